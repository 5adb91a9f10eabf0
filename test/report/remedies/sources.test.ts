/** Each condition has its remedy, each remedy a public source, each command on a host or in a guest its place in one list. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REMEDIES } from "../../../report/remedies/index.ts";
import type { NextStep, Patient, Remedy } from "../../../report/remedies/remedy.ts";
import { sharedFolder } from "../../shared-data.ts";
import { ALL_KINDS, COMMAND_SOURCES, kindOf, PUBLIC } from "./known-commands.ts";
import { PATIENT } from "./patient.ts";

function patientsOf({ ruleIds, errorCodes = [] }: Remedy): Patient[] {
  const one: Patient = {
    ...PATIENT,
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
    const sources = [...REMEDIES.flatMap(({ source }) => source), ...COMMAND_SOURCES];
    expect(
      sources.filter((source) => !isPublic(source)),
      "a source begins with one of the words in PUBLIC (known-commands.ts); add the place there",
    ).toEqual([]);
  });
});

describe("commands of next steps", () => {
  const typed = REMEDIES.flatMap(stepsOf).filter(({ where }) => where !== "here");

  it("on a host or in a guest are all in the list, with their source", () => {
    const unknown = typed.flatMap(({ commands }) => commands).filter((one) => kindOf(one) === null);
    expect(
      [...new Set(unknown)],
      "a command on a host or in a guest is added to known-commands.ts (beside this test), with its source",
    ).toEqual([]);
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
    expect(
      unknown.filter((head) => !IN_WORDS.has(head)),
      "the collected facts (advice.md, formats.md) do not have these commands",
    ).toEqual([]);
  });

  it("are all that the list has", () => {
    const used = new Set(typed.flatMap(({ commands }) => commands).map(kindOf));
    expect(
      ALL_KINDS.filter((kind) => !used.has(kind)),
      "known-commands.ts lists commands that no remedy prints",
    ).toEqual([]);
  });
});
