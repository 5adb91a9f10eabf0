/** What must not become a repaired export that looks sound. */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { splicedFile } from "../../cli/io/splice-file.ts";
import { readVmRecord } from "../../parsers/records/vm-record.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { incidentBlob } from "../builders/blob.ts";
import { makeOvaXml, vmObject } from "../builders/ova-xml.ts";
import { makeUstar, makeXva } from "../builders/tar.ts";
import { base64, put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const vm = {
  uuid: "7a1c3f60-52de-4b0e-9a55-0d9a4f3c1b02",
  name_label: "vm",
  NVRAM: { "EFI-variables": base64(incidentBlob()) },
};
const ovaXml = makeOvaXml([vmObject("Ref:1", vm)]);
const member = { name: "ova.xml", bytes: ovaXml };

describe("an export", () => {
  it("whose size stands in a PAX record too gets it there as well; compressed it is refused", async () => {
    const archive = await makeUstar([member], { size: String(ovaXml.length) });
    const out = (name: string) => join(folder, `pax-size.out.${name}`);
    expect(run(["repair", put(folder, "pax-size.xva", archive), "--out", out("xva")])).toMatchObject({
      status: 0,
    });
    expect(run(["verify", out("xva"), "--format", "json"]).status).toBe(0);
    expect(run(["repair", out("xva"), "--dry-run"]).stdout).toContain("NOTHING TO REPAIR");
    if (spawnSync("python3", ["--version"]).status === 0) {
      const size = "import sys,tarfile; print(len(tarfile.open(sys.argv[1]).extractfile('ova.xml').read()))";
      const before = spawnSync("python3", ["-c", size, join(folder, "pax-size.xva")], { encoding: "utf8" });
      const after = spawnSync("python3", ["-c", size, out("xva")], { encoding: "utf8" });
      expect(after.status).toBe(0);
      expect(Number(after.stdout)).toBeLessThan(Number(before.stdout));
    }
    const packed = put(folder, "pax-size.xva.gz", gzipSync(archive));
    expect(run(["repair", packed, "--out", out("gz.xva")])).toMatchObject({ status: 4 });
    expect(existsSync(out("gz.xva"))).toBe(false);
  });

  it("that does not end as an archive does is told to be cut", () => {
    const whole = makeXva([member]);
    const path = put(folder, "cut.xva", whole.subarray(0, whole.length - 512));
    const out = (name: string) => ["repair", path, "--out", join(folder, name)];
    expect(run(out("cut.out.xva")).stderr).toContain("it may be cut");
    const sound = put(folder, "sound.xva", whole);
    expect(run(["repair", sound, "--out", join(folder, "sound.out.xva")]).stderr).toBe("");
  });

  it("that changes while it is copied ends the copy", async () => {
    const path = put(folder, "changing.xva", makeXva([member]));
    const copy = async () => {
      for await (const _piece of splicedFile(path, [], { start: 0, bytes: new Uint8Array(0) }))
        appendFileSync(path, "x");
    };
    await expect(copy()).rejects.toMatchObject({ code: "read-failed" });
  });
});

describe("an NVRAM that is no map", () => {
  const stateOf = (text: string) => {
    const record = new Map([["NVRAM", text]]);
    return readVmRecord(record, "", nodePlatform).sources[0]?.nvram?.state ?? null;
  };

  it("is unreadable or redacted, and absent only where it is empty", () => {
    expect(["((", "garbage", "REMOVED", "", "()"].map(stateOf)).toEqual([
      "unreadable",
      "unreadable",
      "redacted",
      null,
      null,
    ]);
  });
});
