/** Which questions belong to which rule. A test compares the rules here with those that there are. */
import type { VarstoredBlob } from "../../parsers/model.ts";
import type { RuleContext } from "../engine/rule.ts";
import { authorityOver } from "./authority.ts";
import type { Chain, Question } from "./chain.ts";
import { type HostRow, hostMatrix } from "./host-matrix.ts";
import { changeOwners, getDb2023, getKek2023, updateDbx } from "./self-repair.ts";
import { startLinux, startOthers, startUnchecked, startWindows } from "./start.ts";

/** Null where the question does not arise: the fault that it is about is not there. */
const ASK: Readonly<Record<Question, (blob: VarstoredBlob, context: RuleContext) => Chain | null>> = {
  "write-pk": (_, context) => authorityOver("PK", context).chain,
  "write-kek": (_, context) => authorityOver("KEK", context).chain,
  "write-db": (_, context) => authorityOver("db", context).chain,
  "write-dbx": (_, context) => authorityOver("dbx", context).chain,
  "get-kek-2023": getKek2023,
  "get-db-2023": getDb2023,
  "update-dbx": updateDbx,
  "change-owners": changeOwners,
  "start-without-secure-boot": startUnchecked,
  "start-windows": startWindows,
  "start-linux": startLinux,
  "start-others": startOthers,
};

type Topic = Question | "hosts";

const START: readonly Topic[] = ["start-without-secure-boot", "hosts"];

/** Every rule; an empty list for one that raises no question of these. */
export const TOPICS_OF_RULE: Readonly<Record<string, readonly Topic[]>> = {
  "base64-not-loadable": START,
  "blob-too-short": [],
  "bad-magic": [],
  "unsupported-version": START,
  "variable-count-over-limit": START,
  "missing-variables": START,
  "truncated-blob": START,
  "trailing-bytes": START,
  "variable-name-empty": START,
  "variable-name-over-limit": START,
  "variable-data-empty": START,
  "variable-data-over-limit": START,
  "malformed-signature-list": ["update-dbx", "hosts"],
  "incident-2025-10": ["change-owners", "update-dbx", "hosts"],
  "faulty-varstored-installed": [],
  "faulty-varstored-was-installed": [],
  "varstored-refused-nvram": [],
  "auth-file-over-limit": [],
  "backup-incomplete": [],
  "boot-file-missing": [],
  "boot-image-refused": [],
  "boot-loader-2011-only": [],
  "boot-loader-revoked": [],
  "boot-loader-unsigned": [],
  "boot-sbat-below-level": [],
  "boot-svn-below-dbx": [],
  "clone-failed": [],
  "nvram-lost": [],
  "pool-certificates-2011-only": [],
  "varstored-refused-auth-file": [],
  "windows-secure-boot-event": [],
  "xapi-update-scheduled": [],
  "varstored-ended-unexplained": [],
  "start-failed-otherwise": [],
  "pool-certificates-wrong-owner": [],
  "pool-certificates-unusable": [],
  "wrong-signature-owner": ["change-owners", "update-dbx"],
  "duplicate-signature": ["update-dbx"],
  "duplicate-variable": [],
  "pca2011-revoked-without-successor": ["start-without-secure-boot", "start-windows", "get-db-2023"],
  "secure-boot-db-missing": [
    "start-without-secure-boot",
    "start-windows",
    "start-linux",
    "start-others",
    "write-db",
  ],
  "kek-missing": ["write-kek", "write-db", "write-dbx", "hosts"],
  "next-update-overflows": ["update-dbx", "write-dbx", "hosts"],
  "kek-2023-missing": ["get-kek-2023", "write-kek", "write-dbx"],
  "db-2023-missing": ["get-db-2023", "start-windows", "start-linux"],
  "certificate-in-wrong-variable": [],
  "revoked-certificate-in-db": ["start-windows", "start-linux", "start-others"],
  "svn-inconsistent": ["start-windows"],
  "dbx-wrong-architecture": ["update-dbx"],
  "dbx-behind": ["update-dbx", "write-dbx"],
  "dbx-flat-hashes": ["update-dbx"],
  "setup-mode-with-secure-boot": ["start-windows", "start-linux", "write-pk", "write-db"],
  "stored-auth-header": [],
  "bad-attributes": ["update-dbx"],
  "timestamp-freezes-variable": [],
  "unusable-kek-signer": ["write-db", "write-dbx"],
  "unusable-pk": ["write-pk", "write-kek", "write-dbx"],
  "nvram-reset-on-boot": [],
  "suspended-without-state": [],
  "vm-suspended": [],
  "near-total-limit": ["hosts"],
  "test-or-leaked-pk": ["write-pk", "write-kek"],
  "namesake-under-wrong-guid": [],
  "misspelt-owner": [],
  "boot-order-dangling": [],
  "xapi-state-contradicts-blob": [],
  "name-not-utf16": [],
  "nvram-copies-differ": [],
  "crash-dump-residue": [],
  "mok-list-near-limit": [],
  "certificates-incomplete": ["write-db", "start-windows", "start-linux"],
  "not-portable": ["hosts"],
  "expired-certificate": ["start-windows", "start-linux"],
  "sbat-level-old": ["start-linux"],
  "fragmented-signature-lists": [],
  "header-length-mismatch": [],
  "mor-ppi-anomaly": [],
};

/** What the boot loaders on a disk answer, where somebody looks at them. */
const OF_LOADERS: ReadonlySet<Topic> = new Set(["start-windows", "start-linux", "start-others"]);

export function asksForStart(ruleId: string): boolean {
  return (TOPICS_OF_RULE[ruleId] ?? []).some((topic) => OF_LOADERS.has(topic));
}

export interface Reasoning {
  readonly chains: readonly Chain[];
  /** Null where the rule is no question of the host. */
  readonly hosts: readonly HostRow[] | null;
}

/** What follows for this copy of an NVRAM from a finding of the rule. Nothing where the bytes are no VARS blob. */
export function reasonAbout(ruleId: string, context: RuleContext): Reasoning {
  const { blob } = context;
  const topics = Object.hasOwn(TOPICS_OF_RULE, ruleId) ? (TOPICS_OF_RULE[ruleId] ?? []) : [];
  if (blob === null) return { chains: [], hosts: null };
  const chains = topics.flatMap((topic) => (topic === "hosts" ? [] : (ASK[topic](blob, context) ?? [])));
  return { chains, hosts: topics.includes("hosts") ? hostMatrix(blob, context) : null };
}
