import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { XCP_NG_OWNER } from "../../parsers/guids.ts";
import type { RepairEntry } from "../../report/repair-entry.ts";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import { makeOvaXml, snapshotMetadata, vmObject } from "../builders/ova-xml.ts";
import { base64, put, run, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";

const folder = temporaryFolder();
let count = 0;

/** A folder of its own, so that no test sees what another wrote. */
function fresh(): string {
  const path = join(folder, String(count++));
  mkdirSync(path);
  return path;
}

const OVERSIZED = makeBlob([
  makeVariable("Lang", Uint8Array.of(1)),
  makeVariable("GuestLog", new Uint8Array(60_000)),
]);
const VERSION_3 = healthyBlob().fill(3, 4, 5);

function entries(...args: string[]): RepairEntry[] {
  return JSON.parse(run(["repair", ...args, "--format", "json"]).stdout).repairs;
}

function verdicts(path: string): (string | undefined)[] {
  const { inputs } = JSON.parse(run([path, "--format", "json"]).stdout) as Report;
  return inputs.flatMap(({ vms }) => vms.map(({ verdict }) => verdict));
}

describe("repair of one blob", () => {
  it("writes text beside the input, on one line without a newline, that loads and is healthy", () => {
    const dir = fresh();
    const path = put(dir, "vm.efivars.b64", base64(incidentBlob()));
    const { status, stdout, stderr } = run(["repair", path]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const output = join(dir, "vm.repaired.efivars.b64");
    const text = readFileSync(output, "latin1");
    expect(text).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(verdicts(output)).toEqual(["healthy"]);
    expect(stdout).toContain(`Written to ${output}`);
    expect(stdout).toMatch(/^REPAIRED {2}vm.efivars.b64/);
    expect(stdout).toContain(
      "signatures: 1 kept, 431 stored once less, 829 moved to Microsoft's owner GUID, 0 removed",
    );
    expect(stdout).toContain("--restore-from /root/vm.repaired.efivars.b64");
  });

  it("writes a raw blob for a raw blob, and says how it becomes the host's text", () => {
    const dir = fresh();
    const path = put(dir, "vm.vars", incidentBlob());
    const { status, stdout } = run(["repair", path]);
    expect(status).toBe(0);
    const bytes = readFileSync(join(dir, "vm.repaired.vars"));
    expect(bytes.subarray(0, 4).toString()).toBe("VARS");
    // PK keeps the owner: there it is right.
    expect(bytes.indexOf(guidBytes(XCP_NG_OWNER))).toBe(bytes.lastIndexOf(guidBytes(XCP_NG_OWNER)));
    expect(stdout).toContain(
      `base64 -w 0 ${join(dir, "vm.repaired.vars")} > ${join(dir, "vm.repaired.efivars.b64")}`,
    );
  });

  it("never changes the input", () => {
    const dir = fresh();
    const path = put(dir, "vm.vars", incidentBlob());
    const before = { bytes: readFileSync(path), mtime: statSync(path).mtimeMs };
    chmodSync(path, 0o444);
    expect(run(["repair", path]).status).toBe(0);
    expect(run(["repair", path, "--out", path, "--force"]).status).toBe(2);
    expect({ bytes: readFileSync(path), mtime: statSync(path).mtimeMs }).toEqual(before);
  });

  it("writes over a file only with --force", () => {
    const dir = fresh();
    const path = put(dir, "vm.vars", incidentBlob());
    const output = put(dir, "vm.repaired.vars", "mine");
    const { status, stderr } = run(["repair", path]);
    expect(status).toBe(2);
    expect(stderr).toContain("exists");
    expect(readFileSync(output, "utf8")).toBe("mine");
    expect(run(["repair", path, "--force"]).status).toBe(0);
    expect(verdicts(output)).toEqual(["healthy"]);
  });

  it("does not advise --force for what is no file, which no force writes over", () => {
    const path = put(folder, "into.vars", incidentBlob());
    const [taken, link] = [join(folder, "a-folder"), join(folder, "a-link")];
    mkdirSync(taken);
    symlinkSync("nowhere", link);
    for (const [out, told] of [
      [taken, "a-folder is no file. Give the name of a new file."],
      [link, "a-link is a link to nothing. Give another name."],
    ] as const) {
      for (const force of [[], ["--force"]]) {
        const { status, stdout, stderr } = run(["repair", path, "--out", out, ...force]);
        expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
        expect(stderr).toContain(told);
        expect(stderr).not.toContain("--force");
      }
    }
  });

  it("only plans with --dry-run", () => {
    const dir = fresh();
    const path = put(dir, "vm.vars", incidentBlob());
    const { status, stdout } = run(["repair", path, "--dry-run"]);
    expect(status).toBe(0);
    expect(stdout).toContain("CAN BE REPAIRED");
    expect(stdout).not.toContain("Written to");
    expect(entries(path, "--dry-run")[0]).toMatchObject({
      output: null,
      loadsAfterwards: true,
      refused: null,
    });
    expect(readdirSync(dir)).toEqual(["vm.vars"]);
  });

  it("writes nothing where nothing is to be repaired, and says so", () => {
    const dir = fresh();
    const path = put(dir, "vm.vars", healthyBlob());
    const { status, stdout } = run(["repair", path]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^NOTHING TO REPAIR/);
    expect(stdout).toContain("nothing is written");
    const [entry] = entries(path);
    expect(entry).toMatchObject({ output: null, merged: 0, reowned: 0, removed: [], refused: null });
    expect(entry?.sha256After).toBe(entry?.sha256Before);
    expect(readdirSync(dir)).toEqual(["vm.vars"]);
  });

  it("changes nothing when it is repeated", () => {
    const dir = fresh();
    const path = put(dir, "vm.efivars.b64", base64(incidentBlob()));
    run(["repair", path]);
    const { status, stdout } = run(["repair", join(dir, "vm.repaired.efivars.b64")]);
    expect(status).toBe(0);
    expect(stdout).toContain("NOTHING TO REPAIR");
    expect(readdirSync(dir)).toHaveLength(2);
  });

  it("refuses with exit code 4 what the strategy cannot save, and names the one that can", () => {
    const dir = fresh();
    const path = put(dir, "vm.vars", OVERSIZED);
    const { status, stdout } = run(["repair", path]);
    expect(status).toBe(4);
    expect(stdout).toContain("--strategy remove");
    expect(stdout).toContain("Nothing was written.");
    expect(entries(path)[0]).toMatchObject({
      output: null,
      sha256After: null,
      refused: { strategy: "remove" },
    });
    expect(readdirSync(dir)).toEqual(["vm.vars"]);
    expect(run(["repair", path, "--strategy", "remove"]).status).toBe(0);
    expect(verdicts(join(dir, "vm.repaired.vars"))).toEqual(["healthy"]);
  });

  it("says so where no strategy can", () => {
    const path = put(fresh(), "vm.vars", VERSION_3);
    const { status, stdout } = run(["repair", path, "--strategy", "remove"]);
    expect(status).toBe(4);
    expect(stdout).toContain("No strategy can repair it.");
    expect(entries(path)[0]?.refused).toMatchObject({ strategy: null });
  });

  it("takes a name with --out, and needs one for standard input and for what is compressed", () => {
    const dir = fresh();
    const out = join(dir, "out.vars");
    expect(run(["repair", "-"], { input: incidentBlob(4, 3), cwd: dir }).status).toBe(2);
    expect(run(["repair", "-", "--out", out], { input: incidentBlob(4, 3), cwd: dir }).status).toBe(0);
    expect(verdicts(out)).toEqual(["healthy"]);
    const packed = put(dir, "vm.vars.gz", gzipSync(incidentBlob(4, 3)));
    expect(run(["repair", packed]).stderr).toContain("--out FILE");
    expect(run(["repair", packed, "--out", join(dir, "unpacked.vars")]).status).toBe(0);
    expect(readdirSync(dir).sort()).toEqual(["out.vars", "unpacked.vars", "vm.vars.gz"]);
  });

  it("prints only the file with --quiet", () => {
    const dir = fresh();
    const path = put(dir, "vm.vars", incidentBlob(4, 3));
    expect(run(["repair", path, "--quiet"]).stdout).toBe(`${join(dir, "vm.repaired.vars")}\n`);
    expect(run(["repair", join(dir, "vm.repaired.vars"), "--quiet"]).stdout).toBe("");
  });

  it("ends with 3 for what is no dump, and with 2 for a folder", () => {
    const dir = fresh();
    expect(run(["repair", put(dir, "note.txt", "a note")]).status).toBe(3);
    expect(run(["repair", join(dir, "none.vars")]).status).toBe(3);
    expect(run(["repair", folder, put(dir, "b.vars", incidentBlob(4, 3))]).status).toBe(2);
  });
});

describe("a blob that is compressed", () => {
  it.each([
    ["gzip", gzipSync],
    ["nothing", (bytes: Uint8Array) => bytes],
  ] as const)("by %s is compared with its repair as it was", (_, compress) => {
    const path = put(fresh(), "vm.bin", compress(incidentBlob(4, 3)));
    const [entry] = entries(path, "--dry-run", "--out", join(fresh(), "x"));
    expect(entry).toMatchObject({ kept: 1, merged: 3, reowned: 6, bytesBefore: incidentBlob(4, 3).length });
    expect(entry?.sha256Before).toBe(createHash("sha256").update(incidentBlob(4, 3)).digest("hex"));
  });
});

describe("repair of an export", () => {
  const vms = [
    { uuid: UUID_A, name: "files", blob: incidentBlob(40, 30) },
    { uuid: UUID_B, name: "mail", blob: healthyBlob() },
  ];

  it("writes one text a VM that needs it, into a folder that it makes", () => {
    const dir = fresh();
    const path = put(dir, "two.xva", xvaOf(...vms));
    const out = join(dir, "deep", "repaired");
    const { status, stdout } = run(["repair", path, "--emit", "efivars", "--out", out]);
    expect(status).toBe(0);
    expect(readdirSync(out)).toEqual([`${UUID_A}.efivars.b64`]);
    expect(verdicts(out)).toEqual(["healthy"]);
    expect(stdout).toContain(`restore-efivar-backup ${UUID_A} --restore-from /root/${UUID_A}.efivars.b64`);
    expect(stdout).toContain("NOTHING TO REPAIR  mail");
  });

  it("shows its plan without a folder, as long as nothing is to be written", () => {
    const path = put(fresh(), "two.xva", xvaOf(...vms));
    expect(run(["repair", path, "--dry-run"]).status).toBe(0);
    expect(entries(path, "--dry-run").map(({ vm, output }) => [vm.uuid, output])).toEqual([
      [UUID_A, null],
      [UUID_B, null],
    ]);
  });

  it("writes the others where one VM is refused, and ends with 4; --vm leaves that one out", () => {
    const dir = fresh();
    const path = put(dir, "two.xva", xvaOf(...vms, { uuid: UUID_B, name: "log", blob: OVERSIZED }));
    const out = join(dir, "out");
    const { status, stdout } = run(["repair", path, "--emit", "efivars", "--out", out]);
    expect(status).toBe(4);
    expect(readdirSync(out)).toEqual([`${UUID_A}.efivars.b64`]);
    expect(stdout).toContain("REFUSED  log");
    expect(stdout).toContain("REPAIRED  files");
    expect(run(["repair", path, "--emit", "efivars", "--out", out, "--vm", UUID_A, "--force"]).status).toBe(
      0,
    );
    expect(readdirSync(out)).toEqual([`${UUID_A}.efivars.b64`]);
  });

  it("says of a cut copy to get it again before it is repaired, as the page of a report does", () => {
    const again = "First get it again, whole: a copy that was cut on its way looks just like this one.";
    const cut = "./corpus/truncated-blob/input.vars";
    const spoken = (text: string): string => text.replaceAll(/\s+/g, " ");
    expect(spoken(run(["repair", cut]).stdout)).toContain(again);
    expect(run([cut, "--format", "html"]).stdout).toContain(again);
    const whole = "./corpus/variable-data-empty/input.vars";
    expect(spoken(run(["repair", whole, "--dry-run"]).stdout)).not.toContain(again);
    expect(run([whole, "--format", "html"]).stdout).not.toContain(again);
  });

  it("knows when there is no VM with that UUID", () => {
    const path = put(fresh(), "one.xva", xvaOf({ uuid: UUID_A, name: "a", blob: incidentBlob(4, 3) }));
    const { status, stderr } = run(["repair", path, "--dry-run", "--vm", UUID_B]);
    expect(status).toBe(2);
    expect(stderr).toContain(`It has ${UUID_A}.`);
  });

  it("writes nothing where one of the files exists", () => {
    const dir = fresh();
    const both = put(dir, "two.xva", xvaOf(...vms.map((vm) => ({ ...vm, blob: incidentBlob(4, 3) }))));
    put(dir, `${UUID_B}.efivars.b64`, "mine");
    const { status } = run(["repair", both, "--emit", "efivars", "--out", dir]);
    expect(status).toBe(2);
    expect(readdirSync(dir).sort()).toEqual([`${UUID_B}.efivars.b64`, "two.xva"].sort());
  });

  it("gives the copy of snapshot_metadata a file of its own", () => {
    const dir = fresh();
    const nvram = { "EFI-variables": base64(incidentBlob(4, 3)) };
    const snapshot_metadata = snapshotMetadata({ uuid: UUID_A, name_label: "a", NVRAM: nvram });
    const ova = makeOvaXml([
      vmObject("Ref:0", { uuid: UUID_A, name_label: "a", NVRAM: nvram, snapshot_metadata }),
    ]);
    const path = put(dir, "ova.xml", ova);
    expect(run(["repair", path, "--emit", "efivars", "--out", join(dir, "out")]).status).toBe(0);
    expect(readdirSync(join(dir, "out"))).toEqual([
      `${UUID_A}.efivars.b64`,
      `${UUID_A}.snapshot_metadata.efivars.b64`,
    ]);
  });

  it("stays in its folder, whatever the input calls its VMs", () => {
    const dir = fresh();
    const record = {
      uuid: "../../escape",
      name_label: "../up",
      NVRAM: { "EFI-variables": base64(incidentBlob(4, 3)) },
    };
    const path = put(dir, "records.json", JSON.stringify([record, { ...record, uuid: "/abs" }]));
    expect(run(["repair", path, "--emit", "efivars", "--out", join(dir, "out")]).status).toBe(0);
    expect(readdirSync(join(dir, "out"))).toEqual(["records.0.efivars.b64", "records.1.efivars.b64"]);
    expect(readdirSync(dir).sort()).toEqual(["out", "records.json"]);
  });

  it("writes texts for a raw blob as well", () => {
    const dir = fresh();
    const path = put(dir, "vm.vars", incidentBlob(4, 3));
    expect(run(["repair", path, "--emit", "efivars", "--out", dir]).status).toBe(0);
    expect(readFileSync(join(dir, "vm.efivars.b64"), "latin1")).toMatch(/^VkFS[A-Za-z0-9+/]+={0,2}$/);
  });

  it("prints one element a line as ndjson", () => {
    const path = put(fresh(), "two.xva", xvaOf(...vms));
    const lines = run(["repair", path, "--dry-run", "--format", "ndjson"]).stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(entries(path, "--dry-run"));
  });
});
