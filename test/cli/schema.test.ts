import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { healthyBlob, incidentBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import { deltaMetadata, metadataText } from "../builders/xen-orchestra.ts";
import { base64, put, run, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";

const folder = temporaryFolder();
const INPUTS = [
  put(folder, "incident.vars", incidentBlob(20, 3)),
  put(folder, "healthy.efivars.b64", base64(healthyBlob())),
  put(folder, "wrapped.txt", base64(incidentBlob(20, 3)).replace(/.{76}/g, "$&\n")),
  put(folder, "big.vars", makeBlob([makeVariable("GuestLog", new Uint8Array(60_000))])),
  put(folder, "odd.vars", makeBlob([makeVariable(Uint8Array.of(0, 0xd8, 0x41), Uint8Array.of(1))])),
  put(folder, "cut.vars", incidentBlob(20, 3).subarray(0, 4000)),
  put(folder, "v3.vars", healthyBlob().fill(3, 4, 5)),
  put(
    folder,
    "short.json",
    JSON.stringify({ uuid: UUID_A, NVRAM: { "EFI-variables": base64(Uint8Array.of(86, 65, 82)) } }),
  ),
  put(folder, "empty.json", JSON.stringify({ uuid: UUID_A, NVRAM: { "EFI-variables": "" } })),
  put(folder, "redacted.json", JSON.stringify({ uuid: UUID_A, NVRAM: { "EFI-variables": "REMOVED" } })),
  put(
    folder,
    "e.xva",
    xvaOf({ uuid: UUID_A, name: "a", blob: incidentBlob(4, 3) }, { uuid: UUID_B, name: "bios", blob: null }),
  ),
  put(folder, "note.txt", "a note"),
  put(folder, "1.json", backupText(1, healthyBlob())),
  put(folder, "2.json", backupText(2, incidentBlob(20, 3))),
];

function backupText(day: number, blob: Uint8Array): Uint8Array {
  const time = new Date(Date.UTC(2025, 9, day));
  return metadataText(deltaMetadata({ uuid: UUID_B, name_label: "backed up", time, blob }));
}

function validator(name: string): (value: unknown) => string {
  const schema = JSON.parse(run(["schema", name]).stdout);
  const validate = new Ajv({
    strict: true,
    strictTypes: true,
    strictRequired: true,
    allErrors: true,
  }).compile(schema);
  return (value) => (validate(value) ? "" : JSON.stringify(validate.errors, null, 1));
}

describe("the schema of the report", () => {
  const errorsOf = validator("report");

  it("is what schema prints without a name, too", () => {
    expect(run(["schema"]).stdout).toBe(run(["schema", "report"]).stdout);
  });

  it("takes what analyze prints", () => {
    const { status, stdout } = run([...INPUTS, folder, "--format", "json"]);
    expect(status).toBe(3);
    const report = JSON.parse(stdout);
    expect(errorsOf(report)).toBe("");
    expect(report.inputs).toHaveLength(2 * INPUTS.length);
    expect(report.timelines).toMatchObject([{ lastGood: 0, firstBad: 1, changes: [{}, {}, {}] }]);
  });

  it("refuses what is none", () => {
    const report = JSON.parse(run([INPUTS[0] ?? "", "--format", "json"]).stdout);
    expect(errorsOf({ ...report, schemaVersion: 2 })).not.toBe("");
    expect(errorsOf({ ...report, inputs: [{}] })).not.toBe("");
    delete report.inputs[0].vms[0].verdict;
    expect(errorsOf(report)).toContain("verdict");
  });
});

describe("the schema of a repair", () => {
  const errorsOf = validator("repair");

  it.each(INPUTS)("takes what repair prints of %s", (path) => {
    for (const strategy of ["merge", "remove"]) {
      const { stdout } = run(["repair", path, "--dry-run", "--strategy", strategy, "--format", "json"]);
      expect(errorsOf(JSON.parse(stdout))).toBe("");
    }
  });

  it("takes what is written as well", () => {
    const { status, stdout } = run(["repair", INPUTS[0] ?? "", "--format", "json"]);
    expect(status).toBe(0);
    expect(errorsOf(JSON.parse(stdout))).toBe("");
    expect(JSON.parse(stdout).repairs[0].output).toMatch(/incident\.repaired\.vars$/);
  });
});
