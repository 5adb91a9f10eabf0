/** Answers the questions that a rule's findings raise (`topics` of the rule). */
import type { VarstoredBlob } from "../../parsers/model.ts";
import type { RuleContext } from "../engine/rule.ts";
import { RULES } from "../index.ts";
import { authorityOver } from "./authority.ts";
import type { Chain } from "./chain.ts";
import { type HostRow, hostMatrix } from "./host-matrix.ts";
import { changeOwners, getDb2023, getKek2023, updateDbx } from "./self-repair.ts";
import { startLinux, startOthers, startUnchecked, startWindows } from "./start.ts";
import type { Question, Topic } from "./topics.ts";

/** How each question is answered. Null where the NVRAM does not have the fault that the question is about. */
const ANSWERS: Readonly<Record<Question, (blob: VarstoredBlob, context: RuleContext) => Chain | null>> = {
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

const RULE_TOPICS: ReadonlyMap<string, readonly Topic[]> = new Map(
  RULES.map(({ meta, topics = [] }) => [meta.id, topics]),
);

/** Questions that the boot loaders on the disks answer, where the disks are read. */
const BOOT_LOADER_TOPICS: ReadonlySet<Topic> = new Set(["start-windows", "start-linux", "start-others"]);

/** True where the answer depends on the boot loaders on the disks. */
export function needsBootLoaders(ruleId: string): boolean {
  return (RULE_TOPICS.get(ruleId) ?? []).some((topic) => BOOT_LOADER_TOPICS.has(topic));
}

export interface Reasoning {
  readonly chains: readonly Chain[];
  /** Null where the rule does not name the topic `hosts`. */
  readonly hosts: readonly HostRow[] | null;
}

/** Answers the questions that findings of this rule raise, for one copy of an NVRAM. None where its bytes are no VARS blob. */
export function reasonAbout(ruleId: string, context: RuleContext): Reasoning {
  const { blob } = context;
  const topics = RULE_TOPICS.get(ruleId) ?? [];
  if (blob === null) return { chains: [], hosts: null };
  const chains = topics.flatMap((topic) => (topic === "hosts" ? [] : (ANSWERS[topic](blob, context) ?? [])));
  return { chains, hosts: topics.includes("hosts") ? hostMatrix(blob, context) : null };
}
