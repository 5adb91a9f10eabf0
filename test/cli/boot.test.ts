/** `varscope boot` as its users call it. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { forecast } from "../../platform/portable/index.ts";
import {
  bootVariables,
  incidentBlob,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  sha256List,
  x509List,
} from "../builders/blob.ts";
import { makeBootDisk, makeProgram, signProgram } from "../builders/boot-disk.ts";
import { makeOvf, makeTar } from "../builders/ovf.ts";
import { makeIdentity } from "../builders/signing.ts";
import { makeXva } from "../builders/tar.ts";
import { makeDatabase, vmRow } from "../builders/xapi-db.ts";
import { deltaMetadata, metadataText } from "../builders/xen-orchestra.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { zstdStored } from "../builders/zstd.ts";
import { put, run, temporaryFolder, UUID_A } from "./run.ts";

const folder = temporaryFolder();
const CA = makeIdentity("test CA");
const DISK = makeBootDisk(signProgram(makeProgram(1), CA));
const KEYS = x509List(MICROSOFT_OWNER, CA.certificate);

function nvram(db: Uint8Array | null): Uint8Array {
  return makeBlob([
    ...bootVariables(),
    makeSignatureVariable("PK", KEYS),
    ...(db === null ? [] : [makeSignatureVariable("db", db)]),
  ]);
}

const VM = {
  uuid: UUID_A,
  name_label: "booted",
  platform: { secureboot: "true" },
  HVM_boot_params: { firmware: "uefi", order: "cdn" },
};

function nvramOf(blob: Uint8Array): Record<string, string> {
  return { "EFI-variables": Buffer.from(blob).toString("base64") };
}

function exportOf(blob: Uint8Array, disk = DISK): Uint8Array {
  return makeXva(exportMembers({ ...VM, NVRAM: nvramOf(blob) }, [diskOf("Ref:7", disk)]));
}

const GOOD = exportOf(nvram(KEYS));
const good = put(folder, "good.xva", GOOD);
const refused = put(folder, "refused.xva", exportOf(nvram(null)));

interface Answer {
  readonly inputs: {
    readonly bytesRead: number;
    readonly vms: {
      readonly scenarios: { scenario: string; firmware: string; starts: boolean | null; pcr7: string }[];
    }[];
  }[];
}

function answerOf(path: string, ...more: string[]): Answer {
  return JSON.parse(run(["boot", path, ...more, "--format", "json"]).stdout) as Answer;
}

function startsOf(answer: Answer): unknown[] | undefined {
  return answer.inputs[0]?.vms[0]?.scenarios.map(({ scenario, firmware, starts }) => [
    scenario,
    firmware,
    starts,
  ]);
}

describe("boot", () => {
  it("says that a VM starts, and with which entry", () => {
    const { status, stdout } = run(["boot", good]);
    expect(stdout).toMatch(/^STARTS {2}booted\n/);
    expect(stdout).toContain("Boot0000 (varscope test system) \\EFI\\BOOT\\BOOTX64.EFI: started");
    expect(status).toBe(0);
  });

  it("ends with 1 where the firmware refuses, unless nobody asks for it", () => {
    const { status, stdout } = run(["boot", refused]);
    expect(stdout).toMatch(/^DOES NOT START {2}booted\n/);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("refused: no certificate of db stands above its signer");
    expect(status).toBe(1);
    expect(run(["boot", refused, "--fail-on", "never"]).status).toBe(0);
    expect(run(["boot", refused, "--format", "markdown"]).stdout).toContain("## booted: does not start");
  });

  it("tells images with hash, signers and SBAT in every form, and is a page that loads nothing", () => {
    for (const format of ["table", "markdown", "html"]) {
      const { stdout, status } = run(["boot", good, "--format", format]);
      expect(stdout).toContain("Programs on the system partition");
      expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
        /BOOTX64\.EFI: with Secure Boot on taken: .*; signed below test CA; hash \(SHA-256\) [0-9a-f]{64}/,
      );
      expect(status).toBe(0);
    }
    const page = run(["boot", refused, put(folder, "note3.txt", "a note"), "--format", "html"]).stdout;
    expect(page).toContain("default-src &#39;none&#39;");
    expect(page).toContain("DOES NOT START");
    expect(page).toContain("NOT READ");
    expect(page.trimEnd().endsWith("</html>")).toBe(true);
  });

  it("answers alike for plain, gzip and zstd, each read no further than needed", () => {
    const more = Buffer.concat([GOOD.subarray(0, GOOD.length - 1024), new Uint8Array(1024)]);
    const answers = [
      good,
      put(folder, "a.xva.gz", gzipSync(more)),
      put(folder, "a.xva.zst", zstdStored(more)),
    ].map((path) => answerOf(path));
    const [plain] = answers;
    for (const answer of answers) expect(answer.inputs[0]?.vms).toEqual(plain?.inputs[0]?.vms);
    expect(startsOf(plain!)).toContainEqual(["secure-boot-on", "202208", true]);
  });

  it("reads of a long export only headers and what is wanted", () => {
    // 64 MiB of noise behind the system partition: 64 blocks that nobody asks for.
    const disk = Buffer.concat([DISK, Buffer.alloc(64 * 1_048_576, 0xa5)]);
    const { inputs } = answerOf(put(folder, "long.xva", exportOf(nvram(KEYS), disk)));
    expect(inputs[0]?.vms[0]?.scenarios[0]?.starts).toBe(true);
    expect(inputs[0]?.bytesRead).toBeLessThan(1_048_576);
  });

  it("takes a bare disk with an NVRAM, and says what is missing without", () => {
    const raw = put(folder, "disk.raw", DISK);
    const vars = put(folder, "vm.vars", nvram(KEYS));
    const answer = answerOf(raw, "--nvram", vars);
    expect(startsOf(answer)).toContainEqual(["as-stored", "202208", null]);
    expect(startsOf(answer)).toContainEqual(["secure-boot-on", "newer", true]);
    expect(run(["boot", raw, "--nvram", vars]).status).toBe(0);
    const { status, stderr } = run(["boot", raw]);
    expect(stderr).toContain("--nvram FILE");
    expect(status).toBe(3);
  });

  it("says that nothing starts of a disk whose table the firmware does not read, and nothing of what is no disk", () => {
    const vars = put(folder, "table.vars", nvram(KEYS));
    const broken = DISK.slice();
    // Without the protective entry nobody looks at the GPT.
    broken.fill(0, 0, 512);
    const { inputs } = answerOf(put(folder, "broken.raw", broken), "--nvram", vars);
    expect(inputs[0]?.vms[0]?.scenarios.find(({ scenario }) => scenario === "secure-boot-on")?.starts).toBe(
      false,
    );
    const qcow2 = Buffer.concat([Buffer.from("QFI\xfb", "latin1"), Buffer.alloc(4092)]);
    const { status, stderr } = run(["boot", put(folder, "disk.qcow2", qcow2), "--nvram", vars]);
    expect(stderr).toContain("a qcow2 disk image");
    expect(status).toBe(3);
  });

  it("says what to do instead of standard input and folders", () => {
    const [pipe, whole] = [run(["boot", "-"]), run(["boot", folder])];
    expect([pipe.status, whole.status]).toEqual([2, 2]);
    expect(pipe.stderr).toContain("save it to a file");
    expect(whole.stderr).toContain("analyze --boot");
  });

  it("ends with 3 for what holds no disk, and with an error for an export that is cut", () => {
    expect(run(["boot", put(folder, "note.txt", "a note")]).status).toBe(3);
    const cut = run(["boot", put(folder, "cut.xva", readFileSync(good).subarray(0, 1_500_000))]);
    expect(cut.status).toBe(3);
    expect(cut.stderr).toContain("varscope verify");
    expect(cut.stderr).not.toMatch(/\bat .*\.(ts|cjs):\d/);
  });

  it("says so where the daemon does not load the NVRAM", () => {
    const { status, stdout } = run([
      "boot",
      put(folder, "broken.xva", exportOf(nvram(KEYS).subarray(0, 200))),
    ]);
    expect(stdout).toContain("the NVRAM does not load");
    expect(status).toBe(1);
  });

  it("answers only what is asked for, and knows the updates by their names", () => {
    const scenarios = startsOf(answerOf(good, "--scenario", "repaired", "--scenario", "secure-boot-off"));
    expect(scenarios).toEqual([
      ["secure-boot-off", "202208", true],
      ["secure-boot-off", "newer", true],
      ["secure-boot-off", "2018", null],
    ]);
    expect(startsOf(answerOf(good, "--scenario", "update:2025-10"))).toContainEqual([
      "update:2025-10",
      "202208",
      true,
    ]);
    const unknown = run(["boot", good, "--scenario", "update:never"]);
    expect(unknown.stderr).toContain("update:2025-10");
    expect(unknown.status).toBe(2);
    expect(run(["boot", good, "--scenario", "soon"]).status).toBe(2);
  });

  it("is decided by what the hosts have: nothing is known of XCP-ng 8.2", () => {
    const text = Buffer.from(exportOf(nvram(null)))
      .toString("latin1")
      .replace("<value>8.3.0<", "<value>8.2.1<");
    const { status, stdout, stderr } = run(["boot", put(folder, "old.xva", Buffer.from(text, "latin1"))]);
    expect(stdout).toMatch(/^NOT KNOWN {2}booted\n/);
    expect(stderr).toContain("XCP-ng 8.2");
    expect(status).toBe(0);
  });

  it("is asked by analyze --boot, which finds what is refused and says what to do", () => {
    const quiet = run(["analyze", refused, "--as-of", "2026-11-22"]);
    expect(quiet.stdout).not.toContain("boot-image-refused");
    const { status, stdout } = run(["analyze", "--boot", refused, "--as-of", "2026-11-22"]);
    expect(stdout).toContain("From its disks: does not start with Secure Boot on.");
    expect(stdout).toContain("boot-image-refused");
    expect(stdout).toMatch(/boot \S+refused\.xva/);
    expect(status).toBe(1);
    const report = JSON.parse(run(["analyze", "--boot", refused, "--format", "json"]).stdout) as {
      inputs: { vms: { boot: { loaders: { path: string; accepted: boolean }[] } }[] }[];
    };
    expect(report.inputs[0]?.vms[0]?.boot.loaders).toMatchObject([
      { path: "\\EFI\\BOOT\\BOOTX64.EFI", accepted: false },
    ]);
    const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(
      JSON.parse(run(["schema"]).stdout) as object,
    );
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    const [markdown, html] = ["markdown", "html"].map(
      (format) => run(["analyze", "--boot", refused, "--format", format]).stdout,
    );
    expect(markdown).toContain("From its disks: does not start");
    expect(html).toContain("Start from the disks");
    const cut = put(folder, "cut2.xva", readFileSync(good).subarray(0, 1_500_000));
    expect(run(["analyze", "--boot", cut]).stdout).toContain("From its disks: not read.");
  });

  it("is named by analyze among the next steps of an export whose keys may not go with its boot loader", () => {
    const path = "corpus/boot-loader-2011-only/input.xva.zst";
    const { stdout } = run(["analyze", path, "--as-of", "2026-11-22"]);
    expect(stdout).toMatch(new RegExp(`varscope\\S* boot ${path}`));
  });

  it("says why before what: reason, questions, PCR 7, attempts, programs", () => {
    const { stdout } = run(["boot", put(folder, "order.xva", exportOf(incidentBlob()))]);
    const places = [
      "bytes of data; the daemon takes at most",
      "as stored: does not start",
      "after varscope repair:",
      "PCR 7 (TPM",
      "- after varscope repair: ",
      "Programs on the system partition",
    ].map((text) => stdout.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("warns of BitLocker where the VM has a vTPM, also where the start after the repair alone is asked for", () => {
    const withVtpm = (vtpms: string[]) => {
      const vm = { ...VM, VTPMs: vtpms, NVRAM: nvramOf(incidentBlob()) };
      return put(folder, "vtpm.xva", makeXva(exportMembers(vm, [diskOf("Ref:7", DISK)])));
    };
    for (const more of [[], ["--scenario", "repaired"]]) {
      const asked = (vtpms: string[]) =>
        run(["boot", withVtpm(vtpms), ...more]).stdout.replaceAll(/\s+/g, " ");
      expect(asked(["OpaqueRef:vtpm"])).toContain(
        "The repair may change PCR 7: BitLocker that is bound to it",
      );
      expect(asked([])).not.toContain("BitLocker");
    }
  });

  it("answers of a compressed export whose data are whole and whose trailer is cut", () => {
    const whole = gzipSync(GOOD);
    const { inputs } = answerOf(put(folder, "trailer.xva.gz", whole.subarray(0, whole.length - 8)));
    expect(inputs[0]?.vms[0]?.scenarios[0]?.starts).toBe(true);
  });

  it("names PCR 7 after the start that it is of, and says of the repair only what both tell", () => {
    const off = run(["boot", refused, "--scenario", "secure-boot-off"]).stdout;
    expect(off).toContain("PCR 7 (TPM, SHA-256) Secure Boot off:");
    expect(off).not.toContain("as stored");
    const nothing = run(["boot", good, "--scenario", "repaired"]).stdout.replaceAll(/\s+/g, " ");
    expect(nothing).toContain("NOT KNOWN booted There is no start after the repair");
  });

  it("answers for the start after the repair with Secure Boot on and off where nothing tells which", () => {
    const vars = put(folder, "incident.vars", incidentBlob());
    const raw = put(folder, "incident.raw", DISK);
    const { stdout } = run(["boot", raw, "--nvram", vars, "--scenario", "repaired"]);
    expect(stdout).toContain("Whether Secure Boot is on is not told");
    expect(stdout).toMatch(/after varscope repair, Secure Boot on: (?:starts|does not start)/);
    expect(stdout).toMatch(/after varscope repair, Secure Boot off: starts/);
    const update = run(["boot", raw, "--nvram", vars, "--scenario", "update:2025-10"]).stdout;
    expect(update).toMatch(/after the update of dbx 2025-10, Secure Boot on: (?:starts|does not start)/);
    expect(update).toMatch(/after the update of dbx 2025-10, Secure Boot off: starts/);
  });

  it("says of a packed disk to unpack it first", () => {
    const vars = put(folder, "packed.vars", nvram(KEYS));
    const packed = put(folder, "disk.raw.gz", gzipSync(DISK));
    for (const more of [["--nvram", vars], []]) {
      const { status, stderr } = run(["boot", packed, ...more]);
      expect(stderr).toContain("unpack it first (gunzip)");
      expect(status).toBe(3);
    }
  });

  it("says of what has no disks that analyze --boot did not look at them", () => {
    const vars = put(folder, "only.vars", nvram(KEYS));
    const bare = put(folder, "bare.xva", makeXva(exportMembers({ ...VM, NVRAM: nvramOf(nvram(KEYS)) }, [])));
    const member = put(folder, "member.tar", makeXva([{ name: "inner/good.xva", bytes: GOOD }]));
    const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(
      JSON.parse(run(["schema"]).stdout) as object,
    );
    const database = put(
      folder,
      "state.db",
      makeDatabase({ VM: [vmRow({ ...VM, NVRAM: nvramOf(nvram(KEYS)) })] }),
    );
    const [delta, appliance] = ["delta.json", "vm.ova"];
    put(
      folder,
      delta,
      metadataText(
        deltaMetadata({
          uuid: UUID_A,
          name_label: "delta",
          blob: nvram(KEYS),
          time: new Date("2026-10-01T00:00:00Z"),
        }),
      ),
    );
    put(
      folder,
      appliance,
      makeTar([{ name: "vm.ovf", bytes: makeOvf([{ name: "one", nvram: nvram(KEYS) }]) }]),
    );
    for (const [path, why] of [
      [vars, "this input holds none"],
      [database, "this input holds none"],
      [bare, "no disks of the VM"],
      [member, "it lies in an archive. Unpack it first"],
    ] as const) {
      const { stdout } = run(["analyze", "--boot", path, "--format", "markdown"]);
      expect(stdout).toMatch(new RegExp(`From its disks: not looked at: .*${why}`));
      const report = JSON.parse(run(["analyze", "--boot", path, "--format", "json"]).stdout) as {
        inputs: { vms: { boot?: { error: { code: string } } }[] }[];
      };
      const codes = report.inputs.flatMap(({ vms }) => vms.map(({ boot }) => boot?.error.code));
      expect([...new Set(codes)]).toEqual(["not-looked-at"]);
      expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    }
    // Where a backup or an appliance names disks, or could hold them, they are looked for.
    for (const [path, why] of [
      [delta, "expected a VHD, found no such file"],
      [appliance, "expected an appliance with disks as VHD, found none"],
    ] as const) {
      const report = JSON.parse(
        run(["analyze", "--boot", path, "--format", "json"], { cwd: folder }).stdout,
      ) as {
        inputs: { vms: { boot: { error: { message: string } } }[] }[];
      };
      expect(report.inputs[0]?.vms[0]?.boot.error.message).toContain(why);
      expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it("is told by the library's forecast where it is asked to", async () => {
    const source = { name: "good.xva", data: GOOD };
    const update = { name: "one.esl", data: sha256List(MICROSOFT_OWNER, 1) };
    const [silent] = (await forecast(source, [update])).forecasts;
    expect(silent?.start.assumed).toBe(true);
    const [told] = (await forecast(source, [update], { boot: true })).forecasts;
    expect(told?.start).toMatchObject({ assumed: false, before: { starts: true } });
  });

  it("prints what its schema says", () => {
    const schema = JSON.parse(run(["schema", "boot"]).stdout) as object;
    const validate = new Ajv({
      strict: true,
      strictTypes: true,
      strictRequired: true,
      allErrors: true,
    }).compile(schema);
    for (const path of [good, refused, put(folder, "note2.txt", "a note")]) {
      expect(validate(answerOf(path)), JSON.stringify(validate.errors)).toBe(true);
    }
  });
});
