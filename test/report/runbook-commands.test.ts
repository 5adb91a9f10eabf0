/** Runbooks have their commands from the same list as next steps, each with its source. */
import { describe, expect, it } from "vitest";
import { repair } from "../../report/remedies/repair.ts";
import { RUNBOOK_SOURCE, runbookFor } from "../../report/runbook/runbook.ts";
import type { RunbookSubject } from "../../report/runbook/step.ts";
import { ALL_KINDS_OF_RUNBOOKS, kindInRunbook, PUBLIC } from "./remedies/known-commands.ts";

const UUID = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01";

const TEXT: RunbookSubject = {
  format: "efivars-b64",
  vm: { uuid: UUID, nameLabel: "files", kind: "vm", source: "NVRAM", fields: new Map([["VTPMs", "1"]]) },
  file: "out/vm.repaired.efivars.b64",
  path: "vm.efivars.b64",
  form: "text",
  blobBytes: 40_000,
  scriptRestores: true,
  textSha256: "ab".repeat(32),
  loadedBefore: true,
  measuredChanges: ["db", "dbx"],
  archive: null,
  writeCommand: null,
  emit: {
    command: "varscope repair vm.xva --emit efivars --out repaired",
    file: `repaired/${UUID}.efivars.b64`,
  },
};
const EXPORT: RunbookSubject = {
  ...TEXT,
  format: "xva",
  form: "document",
  path: "vm.xva",
  file: "vm.repaired.xva",
  archive: { bytes: 5 * 2 ** 30, isMetadataOnly: false },
};
const METADATA: RunbookSubject = { ...EXPORT, archive: { bytes: 70_000, isMetadataOnly: true } };

function withVm(subject: RunbookSubject, vm: Partial<RunbookSubject["vm"]>): RunbookSubject {
  return { ...subject, vm: { ...subject.vm, ...vm } };
}

const SUSPENDED = {
  fields: new Map([
    ["power_state", "Suspended"],
    ["suspend_VDI", "OpaqueRef:1"],
    ["VTPMs", "0"],
  ]),
};

const SUBJECTS: readonly RunbookSubject[] = [TEXT, EXPORT, METADATA]
  .flatMap((subject) => [
    subject,
    withVm(subject, { uuid: null }),
    withVm(subject, { uuid: null, nameLabel: null }),
    withVm(subject, { kind: "template" }),
    withVm(subject, { kind: "snapshot" }),
    withVm(subject, { source: "snapshot_metadata.NVRAM" }),
    withVm(subject, SUSPENDED),
    withVm({ ...subject, loadedBefore: false }, {}),
    { ...subject, scriptRestores: false },
    { ...subject, scriptRestores: false, blobBytes: 200_000 },
  ])
  .concat([
    { ...TEXT, form: "blob", format: "vars", file: "vm.vars" },
    { ...TEXT, form: "document", format: "ova-xml", file: "ova.repaired.xml" },
    { ...TEXT, form: "document", format: "nvram-json", file: "nvram.repaired.json" },
    { ...EXPORT, format: "ova", file: "vm.repaired.ova" },
  ]);

describe("commands of runbooks", () => {
  const typed = SUBJECTS.flatMap((subject) => runbookFor(subject))
    .filter(({ machine }) => machine !== "workstation")
    .flatMap(({ commands }) => commands);

  it("on a host or in a guest are known, with their source", () => {
    expect([...new Set(typed.filter((one) => kindInRunbook(one) === null))]).toEqual([]);
  });

  it("are all that the list has", () => {
    const used = new Set(typed.map(kindInRunbook));
    expect(ALL_KINDS_OF_RUNBOOKS.filter((kind) => !used.has(kind))).toEqual([]);
  });

  it("have their sources in the remedy that they go on from", () => {
    for (const source of RUNBOOK_SOURCE) {
      expect(repair.source).toContain(source);
      expect(
        Object.keys(PUBLIC).some((beginning) => source.startsWith(beginning)),
        source,
      ).toBe(true);
    }
  });
});
