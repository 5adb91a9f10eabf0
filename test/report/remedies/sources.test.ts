/** Each condition has its remedy, each remedy a public source, each command on a host or in a guest its place in one list. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REMEDIES } from "../../../report/remedies/index.ts";
import type { NextStep, Patient, Remedy } from "../../../report/remedies/remedy.ts";
import { RULES } from "../../../rules/index.ts";
import { sharedFolder } from "../../shared-data.ts";
import { ALL_KINDS, COMMAND_SOURCES, kindOf, PUBLIC } from "./known-commands.ts";

/** Rules that ask for something, by the remedy that answers; a repair that is at hand answers first. */
const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  repair: [
    "base64-not-loadable",
    "blob-too-short",
    "bad-magic",
    "unsupported-version",
    "variable-count-over-limit",
    "missing-variables",
    "truncated-blob",
    "trailing-bytes",
    "variable-name-empty",
    "variable-name-over-limit",
    "variable-data-empty",
    "variable-data-over-limit",
    "incident-2025-10",
    "wrong-signature-owner",
    "duplicate-signature",
  ],
  "pool-certificates": [
    "pool-certificates-wrong-owner",
    "pool-certificates-unusable",
    "pool-certificates-2011-only",
    "auth-file-over-limit",
    "faulty-varstored-installed",
    "faulty-varstored-was-installed",
    "varstored-refused-auth-file",
  ],
  "failed-start": ["varstored-refused-nvram", "varstored-ended-unexplained", "start-failed-otherwise"],
  "missing-keys": ["setup-mode-with-secure-boot", "secure-boot-db-missing", "kek-missing"],
  "certificates-2023": ["kek-2023-missing", "db-2023-missing"],
  "revoked-windows": ["pca2011-revoked-without-successor", "revoked-certificate-in-db", "svn-inconsistent"],
  "platform-key": [
    "certificate-in-wrong-variable",
    "unusable-kek-signer",
    "unusable-pk",
    "test-or-leaked-pk",
  ],
  "stored-keys": ["malformed-signature-list", "stored-auth-header", "timestamp-freezes-variable"],
  "odd-variable": ["duplicate-variable", "namesake-under-wrong-guid", "name-not-utf16"],
  space: ["next-update-overflows", "near-total-limit"],
  "bad-attributes": ["bad-attributes"],
  "no-dbx": ["dbx-wrong-architecture"],
  "on-boot-reset": ["nvram-reset-on-boot"],
  "nvram-lost": ["nvram-lost"],
  "saved-state": ["suspended-without-state"],
  "misspelt-owner": ["misspelt-owner"],
  "boot-entries": ["boot-order-dangling"],
  "boot-loader": [
    "boot-image-refused",
    "boot-loader-2011-only",
    "boot-loader-unsigned",
    "boot-sbat-below-level",
    "boot-svn-below-dbx",
    "boot-file-missing",
    "boot-loader-revoked",
  ],
  "xapi-state": ["xapi-state-contradicts-blob"],
  "tools-missing": ["clone-failed"],
  "backup-incomplete": ["backup-incomplete"],
  "windows-secure-boot-event": ["windows-secure-boot-event"],
};

const UUID = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01";

function patientsOf({ ruleIds, errorCodes = [] }: Remedy): Patient[] {
  const one: Patient = {
    path: "a.xva",
    format: "xva",
    vm: 0,
    uuid: UUID,
    nameLabel: "vm 1",
    kind: "vm",
    source: "NVRAM",
    place: "vm",
    verdict: "at-risk",
    errorCode: null,
    symptoms: [],
    advice: { kind: "repair", strategy: "merge", bytes: 0, scriptRestores: true, deletes: [] },
  };
  const withRules = ruleIds.flatMap((ruleId) =>
    FACTS.map((facts) => ({ ...one, symptoms: [{ ruleId, facts, variable: null }] })),
  );
  return [
    one,
    { ...one, uuid: null },
    { ...one, uuid: null, nameLabel: null },
    ...withRules,
    ...errorCodes.map((errorCode) => ({ ...one, vm: null, errorCode })),
  ];
}

/** What decides between steps of one remedy. */
const FACTS = [
  {},
  { guestCanTakeThem: true },
  { attributes: "0x67" },
  { attributes: "0x7" },
  { outcome: "does-not-fit" },
  { state: "ok" },
  { present: true },
  { present: false },
  { exitCode: 127 },
  { largest: ["dump-type0-1-1 (1000)"] },
  { id: 1797 },
  { id: 1798 },
  { id: 1032 },
  { cause: "secure-boot-refused" },
  { cause: "xapi-did-not-answer" },
  { cause: "keys-not-planted" },
  { cause: "timed-out" },
] as const;

function stepsOf(remedy: Remedy): NextStep[] {
  return patientsOf(remedy).flatMap((patient) =>
    remedy.variants({ patients: [patient], more: 0, program: "varscope" }).flatMap(({ steps }) => steps),
  );
}

const COLLECTED = sharedFolder("facts");
/** Of these the facts speak in words: start, resume, snapshot, revert. */
const IN_WORDS: ReadonlySet<string> = new Set([
  "xe vm-start",
  "xe vm-resume",
  "xe vm-snapshot",
  "xe snapshot-revert",
  "vm=UUID",
]);

/** The program, of those with many commands with the name of the command; of a loop what is done for each. */
function headOf(command: string): string {
  const inner = command
    .replace(/^for vm in [^;]*; do (.*); done$/, "$1")
    .replace(/^\w+=\$\((.*)\)$/, "$1")
    .replace(/^\$\(command -v (\S+)[^)]*\)/, "$1");
  const [program = "", word = ""] = inner.split(" ");
  if (program === "fix-efivars") return word;
  return /^(?:xe|secureboot-certs|yum|rpm|systemctl)$/.test(program) ? `${program} ${word}` : program;
}

const isPublic = (source: string): boolean =>
  Object.keys(PUBLIC).some((beginning) => source.startsWith(beginning));

describe("what remedies are known from", () => {
  it("is a public place, for each of them", () => {
    expect(REMEDIES.flatMap(({ source }) => source).filter((source) => !isPublic(source))).toEqual([]);
    expect(COMMAND_SOURCES.filter((source) => !isPublic(source))).toEqual([]);
  });

  it("ties each rule that asks for something to one condition", () => {
    const asking = RULES.filter(({ meta }) => meta.severity !== "info" || meta.breaks !== null);
    const told = Object.entries(CONDITIONS).flatMap(([id, rules]) =>
      rules.map((rule) => [rule, id] as const),
    );
    expect(told.map(([rule]) => rule).toSorted()).toEqual(asking.map(({ meta }) => meta.id).toSorted());
    for (const [rule, id] of told)
      expect(REMEDIES.find((one) => one.id === id)?.ruleIds, `${rule} by ${id}`).toContain(rule);
  });
});

describe("commands of next steps", () => {
  const typed = REMEDIES.flatMap(stepsOf).filter(({ where }) => where !== "here");

  it("on a host or in a guest are all in the list, with their source", () => {
    const unknown = typed.flatMap(({ commands }) => commands).filter((one) => kindOf(one) === null);
    expect([...new Set(unknown)]).toEqual([]);
    expect(kindOf("rm -rf /var/lib/varstored")).toBeNull();
  });

  it.skipIf(COLLECTED === null)("on a host stand in the collected facts", () => {
    const onHost = typed.filter(({ where }) => where === "host" || where === "pool-master");
    const heads = new Set(onHost.flatMap(({ commands }) => commands).map(headOf));
    expect(heads.size).toBeGreaterThan(20);
    const facts = ["advice.md", "formats.md"].map((name) =>
      readFileSync(join(COLLECTED ?? "", name), "utf8"),
    );
    const unknown = [...heads].filter((head) => !facts.some((text) => text.includes(head)));
    expect(unknown.filter((head) => !IN_WORDS.has(head))).toEqual([]);
  });

  it("are all that the list has", () => {
    const used = new Set(typed.flatMap(({ commands }) => commands).map(kindOf));
    expect(ALL_KINDS.filter((kind) => !used.has(kind))).toEqual([]);
  });
});
