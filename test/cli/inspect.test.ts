import { describe, expect, it } from "vitest";
import type { VmInspection } from "../../report/inspection.ts";
import { healthyBlob, incidentBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import { base64, put, run, temporaryFolder, UUID_A, xvaOf } from "./run.ts";

const folder = temporaryFolder();
const incident = put(folder, "vm.vars", incidentBlob(20, 3));

function inspected(path: string): VmInspection[] {
  return JSON.parse(run(["inspect", path, "--format", "json"]).stdout).inputs[0].vms;
}

describe("inspect", () => {
  it("shows every variable with its vendor, attributes, size and time", () => {
    const { status, stdout } = run(["inspect", incident]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^6 +dbx +EFI_IMAGE_SECURITY_DATABASE +NV BS RT AT +\d+ +2025-07-29T14:22:00$/m);
    expect(stdout).toMatch(/^0 +Timeout +EFI_GLOBAL_VARIABLE +NV BS RT +2$/m);
    expect(stdout).toMatch(/space as the daemon counts it: \d+ \+ 1583 at start of 131072 bytes/);
  });

  it("takes signature lists and certificates apart", () => {
    const { stdout } = run(["inspect", incident]);
    expect(stdout).toMatch(/PK \(#3\): 1 list, 1 entry/);
    expect(stdout).toMatch(/bytes \d+ to \d+: EFI_CERT_SHA256, 20 entries, owner XCP-ng/);
    expect(stdout).toMatch(/subject .*CN=/);
    expect(stdout).toMatch(/SHA-1 [0-9a-f]{12}…[0-9a-f]{12}, SHA-256 [0-9a-f]{12}…[0-9a-f]{12}, owner/);
    expect(stdout).toContain("… 16 more; --all shows them");
  });

  it("shows every hash in full with --all", () => {
    const { stdout } = run(["inspect", incident, "--all"]);
    expect(stdout.match(/^ {4}[0-9a-f]{64}$/gm)).toHaveLength(23);
    expect(stdout).not.toContain("more;");
  });

  it("judges validity by --as-of", () => {
    expect(run(["inspect", incident, "--as-of", "2199-01-01"]).stdout).toContain("(expired)");
    expect(run(["inspect", incident, "--as-of", "2026-01-01"]).stdout).not.toContain("(expired)");
  });

  it("says the same as JSON, with spans that point into the blob", () => {
    const [vm] = inspected(incident);
    const blob = incidentBlob(20, 3);
    const variables = vm?.nvram?.blob?.variables ?? [];
    expect(variables.map(({ name }) => name)).toEqual([
      "Timeout",
      "BootOrder",
      "Boot0000",
      "PK",
      "KEK",
      "db",
      "dbx",
    ]);
    const dbx = variables[6];
    expect(dbx?.attributeNames).toContain("TIME_BASED_AUTHENTICATED_WRITE_ACCESS");
    const [first] = dbx?.signatureLists?.[0]?.signatures ?? [];
    const { start, end } = first?.span ?? { start: 0, end: 0 };
    expect(Buffer.from(blob.subarray(start + 16, end)).toString("hex")).toBe(first?.data);
    expect(variables[3]?.signatureLists?.[0]?.signatures[0]?.certificate).toMatchObject({
      keyAlgorithm: expect.any(String),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(variables[0]).toMatchObject({ signatureLists: null, data: "0300" });
  });

  it("shows what is damaged as far as it goes", () => {
    const cut = put(folder, "cut.vars", incidentBlob(20, 3).subarray(0, 4000));
    expect(run(["inspect", cut]).stdout).toMatch(/reading stopped at byte \d+ \(cut-record\)/);
    const odd = put(
      folder,
      "odd.vars",
      makeBlob([makeVariable(Uint8Array.of(0x00, 0xd8, 0x41), Uint8Array.of(1))]),
    );
    expect(run(["inspect", odd]).stdout).toContain("(no UTF-16)");
  });

  it("shows each VM of an export, and one without NVRAM as such", () => {
    const path = put(
      folder,
      "e.xva",
      xvaOf({ uuid: UUID_A, name: "a", blob: healthyBlob() }, { uuid: UUID_A, name: "bios", blob: null }),
    );
    const { stdout } = run(["inspect", path]);
    expect(stdout).toContain(`vm ${UUID_A} · NVRAM`);
    expect(stdout).toContain("This record has no NVRAM.");
    expect(inspected(path)).toHaveLength(2);
    expect(run(["inspect", path, "--format", "ndjson"]).stdout.trimEnd().split("\n")).toHaveLength(1);
  });

  it("shows the other keys of the map", () => {
    const record = {
      uuid: UUID_A,
      NVRAM: { "EFI-variables": base64(healthyBlob()), "EFI-variables-on-boot": "reset" },
    };
    const path = put(folder, "keys.json", JSON.stringify(record));
    expect(run(["inspect", path]).stdout).toContain("NVRAM:EFI-variables-on-boot = reset");
  });

  it("ends with 3 for what is no dump and 2 for a folder", () => {
    expect(run(["inspect", put(folder, "note.txt", "a note")]).status).toBe(3);
    expect(run(["inspect", folder]).status).toBe(2);
  });
});
