import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../parsers/bytes.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList, EFI_CERT_SHA256_GUID } from "../../parsers/efi/signature-list.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import type { ForecastEntry } from "../../report/forecast.ts";
import { FORECAST_SCHEMA } from "../../report/schemas/forecast.ts";
import {
  bootVariables,
  incidentBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  sha256List,
  signature,
} from "../builders/blob.ts";
import { authenticodeOf, makeBootDisk, makeProgram, signProgram } from "../builders/boot-disk.ts";
import { listOf, makeTestKeys, userModeVariables } from "../builders/daemon.ts";
import { signedUpdate } from "../builders/signing.ts";
import { makeXva } from "../builders/tar.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { hasSharedData, SHARED_NVRAM } from "../shared-data.ts";
import { put, run, temporaryFolder, UUID_A } from "./run.ts";

const folder = temporaryFolder();
const isKek = ({ nameBytes }: { readonly nameBytes: Uint8Array }): boolean =>
  Buffer.from(nameBytes).toString("utf16le") === "KEK";
const keys = makeTestKeys();
const validate = new Ajv({ strict: true }).compile(FORECAST_SCHEMA);

const update = (count: number, from = 0) =>
  signedUpdate("dbx", sha256List(MICROSOFT_OWNER, count, from), keys.kek, { append: true });

const vm = put(folder, "vm.vars", makeBlob(userModeVariables(keys)));
const small = put(folder, "small.bin", update(3));

function forecasts(...args: string[]): ForecastEntry[] {
  const { stdout, stderr } = run(["forecast", ...args, "--format", "json"]);
  if (stdout === "") throw new Error(stderr);
  const report = JSON.parse(stdout);
  expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  return report.forecasts;
}

function hashList(hash: Uint8Array): Uint8Array {
  const type = guidBytes(EFI_CERT_SHA256_GUID);
  return buildSignatureList(type, new Uint8Array(0), 48, [signature(MICROSOFT_OWNER, hash)]);
}

describe("forecast of an export with disks", () => {
  const program = signProgram(makeProgram(1), keys.db);
  const exportOf = (bytes: Uint8Array): Uint8Array => {
    const fields = {
      uuid: UUID_A,
      name_label: "booted",
      NVRAM: { "EFI-variables": Buffer.from(bytes).toString("base64") },
      platform: { secureboot: "true" },
      HVM_boot_params: { firmware: "uefi", order: "cdn" },
    };
    return makeXva(exportMembers(fields, [diskOf("Ref:7", makeBootDisk(program))]));
  };
  const booted = exportOf(makeBlob(userModeVariables(keys)));
  const revoking = put(
    folder,
    "revoking.bin",
    signedUpdate("dbx", hashList(authenticodeOf(program)), keys.kek, { append: true }),
  );

  it("says what its own boot loader does, before and after, in whichever form it is", () => {
    const path = put(folder, "booted.xva", booted);
    const packed = put(folder, "booted.xva.gz", gzipSync(booted));
    const [taken] = forecasts(path, "--update", small, "--daemon", "fixed");
    expect(taken?.start).toMatchObject({ assumed: false, before: { starts: true }, after: { starts: true } });
    const [refused] = forecasts(packed, "--update", revoking, "--daemon", "fixed");
    expect(refused?.start).toMatchObject({
      before: { starts: true },
      after: {
        starts: false,
        path: "\\EFI\\BOOT\\BOOTX64.EFI",
        reason: expect.stringContaining("dbx entry 10"),
      },
      pcr7Changes: true,
    });
    const { stdout, status } = run(["forecast", path, "--update", revoking, "--fail-on", "error"]);
    expect(stdout).toContain(
      "The VM does not start afterwards: \\EFI\\BOOT\\BOOTX64.EFI: its hash is revoked",
    );
    expect(status).toBe(1);
  });

  it("says that a boot loader is assumed where it looks at none, and why", () => {
    const { stdout } = run(["forecast", vm, "--update", small, "--daemon", "fixed"]);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "The NVRAM loads again afterwards. That its boot loader still starts is assumed; the disks were not looked at: this input holds none; exports (XVA) do.",
    );
  });
});

describe("forecast", () => {
  it("answers for both daemons, step by step, and ends with 0 whatever the status", () => {
    const { status, stdout } = run(["forecast", vm, "--update", small, small]);
    expect(status).toBe(0);
    expect(stdout).toContain("TAKEN");
    const [unfixed, fixed] = forecasts(vm, "--update", small, small);
    expect([unfixed?.daemon, fixed?.daemon]).toEqual(["unfixed", "fixed"]);
    expect(
      fixed?.steps.map(({ status, signaturesAdded, signaturesDropped }) => [
        status,
        signaturesAdded,
        signaturesDropped,
      ]),
    ).toEqual([
      ["0x0", 3, 0],
      ["0x0", 0, 3],
    ]);
  });

  it("tells what kills the VM on one daemon and is refused by the other", () => {
    const big = put(folder, "big.bin", update(600, 100));
    const again = put(folder, "again.bin", update(600, 1000));
    const [unfixed, fixed] = forecasts(vm, "--update", big, again);
    expect(unfixed?.steps[1]).toMatchObject({ status: "0x0", loadsAfterwards: false });
    expect(fixed?.steps[1]).toMatchObject({ statusName: "EFI_OUT_OF_RESOURCES", loadsAfterwards: true });
    expect(run(["forecast", vm, "--update", big, again, "--fail-on", "error"]).status).toBe(1);
    expect(run(["forecast", vm, "--update", small, "--fail-on", "error"]).status).toBe(0);
  });

  it("says of Secure Boot what analyze would say of the NVRAM that is saved", () => {
    const revoking = put(
      folder,
      "revoking.bin",
      signedUpdate("dbx", listOf(keys.db), keys.kek, { append: true }),
    );
    const record = (secureboot: string) =>
      put(
        folder,
        `revoked-${secureboot}.json`,
        JSON.stringify({
          uuid: UUID_A,
          platform: { secureboot },
          NVRAM: { "EFI-variables": Buffer.from(makeBlob(userModeVariables(keys))).toString("base64") },
        }),
      );
    const [told] = forecasts(record("true"), "--update", revoking, "--daemon", "fixed");
    expect(told?.keys).toEqual({
      before: null,
      after: expect.stringMatching(/^Secure Boot is on, and of the 1 entries? of db none lets/),
    });
    const args = ["forecast", record("true"), "--daemon", "fixed", "--fail-on", "warning", "--update"];
    const { status, stdout } = run([...args, revoking]);
    expect(stdout).toContain("The NVRAM loads again afterwards, but look at its keys: Secure Boot is on");
    expect([status, run([...args, small]).status]).toEqual([1, 0]);
    const [off] = forecasts(record("false"), "--update", revoking, "--daemon", "fixed");
    expect(off?.keys).toEqual({ before: null, after: null });
  });

  it("gives a broken signature its refusal", () => {
    const broken = update(3);
    broken[broken.length - 1]! ^= 1;
    const path = put(folder, "broken.bin", broken);
    expect(forecasts(vm, "--update", path)[0]?.steps[0]).toMatchObject({
      statusName: "EFI_SECURITY_VIOLATION",
      bytesAfter: expect.any(Number),
    });
  });

  it("sends an .auth that is shorter than its header as it is, also in setup mode", () => {
    const cut = put(folder, "cut.auth", update(1).subarray(0, 39));
    const setup = put(folder, "setup-mode.vars", makeBlob(bootVariables()));
    for (const path of [vm, setup]) {
      expect(forecasts(path, "--update", cut, "--variable", "dbx", "--append")[0]?.steps).toMatchObject([
        { status: "0x800000000000001a", check: "auth-header-cut", bytesAfter: path === vm ? 508 : 0 },
      ]);
    }
  });

  it("says that an answer is unknown, and why, where the daemon reads behind its data", () => {
    const stranger = put(
      folder,
      "stranger.bin",
      signedUpdate("dbx", sha256List(MICROSOFT_OWNER, 1), keys.stranger, { append: true }),
    );
    const variables = userModeVariables(keys).map((variable) =>
      variable.data.length === listOf(keys.kek).length && isKek(variable)
        ? { ...variable, data: concatBytes([variable.data, new Uint8Array(3)]) }
        : variable,
    );
    const path = put(folder, "tail.vars", makeBlob(variables));
    const [entry] = forecasts(path, "--update", stranger, small);
    expect(entry).toMatchObject({
      error: { code: "daemon-reads-past-end" },
      steps: [
        { status: null, statusName: null, loadsAfterwards: null, reason: expect.stringMatching(/3 bytes/) },
      ],
    });
    const { stdout, status } = run(["forecast", path, "--update", stranger, "--fail-on", "error"]);
    expect(status).toBe(1);
    expect(stdout).toContain("UNKNOWN");
    expect(stdout).toContain("KEK ends with 3 bytes that are no whole list");
    expect(stdout).not.toMatch(/null|REFUSED|starts again afterwards\./);
    const out = join(folder, "unknown.vars");
    const saving = run(["forecast", path, "--update", stranger, "--daemon", "fixed", "--out", out]);
    expect(saving).toMatchObject({ status: 2, stderr: expect.stringContaining("cannot be known") });
    expect(existsSync(out)).toBe(false);
  });

  it("sends lists alone unsigned, and needs to be told the variable where they do not tell it", () => {
    const hashes = put(folder, "hashes.esl", sha256List(MICROSOFT_OWNER, 2));
    expect(forecasts(vm, "--update", hashes)[0]?.steps[0]).toMatchObject({
      variable: { name: "dbx" },
      statusName: "EFI_SECURITY_VIOLATION",
    });
    const certificate = put(folder, "certificate.esl", listOf(keys.db));
    const { status, stderr } = run(["forecast", vm, "--update", certificate]);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining("--variable") });
    expect(forecasts(vm, "--update", certificate, "--variable", "db", "--replace")[0]?.steps).toHaveLength(1);
  });

  it("writes what one daemon would save, and never over an input", () => {
    const out = join(folder, "after.vars");
    expect(run(["forecast", vm, "--update", small, "--out", out]).status).toBe(2);
    expect(run(["forecast", vm, "--update", small, "--daemon", "fixed", "--out", out]).status).toBe(0);
    const names = openBlob(new Uint8Array(readFileSync(out))).variables.map(({ name }) => name);
    expect(names).toContain("dbx");
    expect(names).not.toContain("SetupMode");
    expect(run(["forecast", vm, "--update", small, "--daemon", "fixed", "--out", vm, "--force"]).status).toBe(
      2,
    );
  });

  it("of a blob that does not load has an error and no steps", () => {
    const dead = put(folder, "dead.vars", incidentBlob());
    expect(forecasts(dead, "--update", small)[0]).toMatchObject({
      error: { code: "data-over-limit" },
      steps: [],
    });
    const out = join(folder, "never.vars");
    expect(run(["forecast", dead, "--update", small, "--daemon", "fixed", "--out", out]).status).toBe(2);
    expect(existsSync(out)).toBe(false);
  });

  it("complains of what it cannot use", () => {
    expect(run(["forecast", vm]).status).toBe(2);
    expect(run(["forecast", vm, "--update", join(folder, "none.bin")]).status).toBe(3);
    expect(run(["forecast", vm, "--update", put(folder, "empty.bin", "")]).status).toBe(3);
    expect(run(["forecast", vm, "--update", small, "--append", "--replace"]).status).toBe(2);
    expect(run(["forecast", join(folder, "none.vars"), "--update", small]).status).toBe(3);
    const setup = put(
      folder,
      "setup.vars",
      makeBlob([...bootVariables(), ...keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 1))]),
    );
    expect(
      run(["forecast", setup, "--update", put(folder, "huge.bin", new Uint8Array(1_048_577))]).stderr,
    ).toContain("at most 1048576 bytes");
  });
});

describe.skipIf(!hasSharedData)("with Microsoft's signed updates", () => {
  it("names the update of October 2025 as what kills the planted VM, and forecasts success after a merge", () => {
    const bin = join(SHARED_NVRAM, "../microsoft/DBXUpdate-2025-10.bin");
    const planted = join(SHARED_NVRAM, "03-affected-first-boot.vars");
    const [unfixed, fixed] = forecasts(planted, "--update", bin);
    expect(unfixed?.steps[0]).toMatchObject({ bytesAfter: 60_440, loadsAfterwards: false });
    expect(fixed?.steps[0]).toMatchObject({ status: "0x8000000000000009" });
    const out = join(folder, "03.vars");
    expect(run(["repair", planted, "--out", out]).status).toBe(0);
    for (const { steps } of forecasts(out, "--update", bin))
      expect(steps[0]).toMatchObject({ status: "0x0", loadsAfterwards: true });
  });
});
