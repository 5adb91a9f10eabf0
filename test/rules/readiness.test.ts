/** XAPI's own words for Secure Boot: of a VM by record and NVRAM, of a pool by the files that its set has. */
import { describe, expect, it } from "vitest";
import { judgeLoad } from "../../daemon/varstored-loader.ts";
import type { VmSource } from "../../parsers/model.ts";
import { nvramOfMap } from "../../parsers/nvram/nvram.ts";
import { readAuthArchive } from "../../parsers/records/certificate-archive.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { POOL_READINESS, poolReadiness, VM_READINESS, vmReadiness } from "../../rules/engine/readiness.ts";
import {
  bootVariables,
  EFI_GLOBAL_VARIABLE,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeVariable,
  sha256List,
} from "../builders/blob.ts";
import { HEALTHY_FILES, hostArchive } from "../builders/certificates.ts";
import { vmOf } from "../builders/vm-of.ts";

const KEYS = ["PK", "KEK", "db", "dbx"];
const keys = keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 2));
const holding = (...names: readonly string[]): Uint8Array =>
  makeBlob([...bootVariables(), ...keys.filter((_, i) => names.includes(KEYS[i] ?? ""))]);

const guest = (blob: Uint8Array, fields: Partial<VmSource> = {}): VmSource => ({
  ...vmOf(blob),
  firmware: "uefi",
  secureBoot: true,
  fields: new Map([["platform:secureboot", "true"]]),
  ...fields,
});
const word = (vm: VmSource) => {
  const bytes = vm.nvram?.daemonBytes ?? null;
  return vmReadiness(vm, bytes === null ? null : judgeLoad(bytes));
};
const setTo = (secureboot: string, secureBoot: boolean | null): Partial<VmSource> => ({
  secureBoot,
  fields: new Map([["platform:secureboot", secureboot]]),
});
const whole = holding(...KEYS);

describe("VM.get_secureboot_readiness", () => {
  it.each([
    ["ready", KEYS],
    ["ready_no_dbx", ["PK", "KEK", "db"]],
    ["certs_incomplete", ["PK"]],
    ["certs_incomplete", ["PK", "KEK", "dbx"]],
    ["certs_incomplete", ["PK", "db", "dbx"]],
    ["setup_mode", ["KEK", "db", "dbx"]],
    ["setup_mode", []],
  ])("%s with %j", (expected, names) => {
    expect(word(guest(holding(...names)))).toBe(expected);
    expect(VM_READINESS).toContain(expected);
  });

  it.each<readonly [string | null, string, Partial<VmSource>]>([
    ["not_supported", "BIOS", { firmware: "bios" }],
    ["not_supported", "BIOS without NVRAM", { firmware: "bios", nvram: null }],
    [null, "a firmware that is not known", { firmware: null }],
    ["disabled", "Secure Boot off", setTo("false", false)],
    ["disabled", "Secure Boot off and no NVRAM", { ...setTo("false", false), nvram: null }],
    ["disabled", "a record that does not ask for it", { secureBoot: false, fields: new Map() }],
    ["ready", "1, which XAPI takes for on", setTo("1", false)],
    ["ready", "True, which XAPI takes for on", setTo("True", false)],
    ["disabled", "yes, which is not on", setTo("yes", false)],
    ["ready", "auto in a pool with certificates", setTo("auto", true)],
    ["disabled", "auto in a pool without", setTo("auto", false)],
    [null, "auto in a pool that is not known", setTo("auto", null)],
    [null, "no record at all", { secureBoot: null, fields: new Map() }],
    ["first_boot", "no EFI variables", { nvram: null }],
    [null, "an empty text", { nvram: nvramOfMap(new Map([["EFI-variables", ""]]), nodePlatform) }],
    [null, "a removed text", { nvram: nvramOfMap(new Map([["EFI-variables", "REMOVED"]]), nodePlatform) }],
    [null, "what a guest shows", { source: "efivarfs" }],
  ])("%s for %s", (expected, _title, fields) => {
    expect(word(guest(whole, fields))).toBe(expected);
  });

  it("no word where varstore-ls fails, whatever is stored", () => {
    const refused = makeBlob([...keys, makeVariable("Empty", new Uint8Array(0))]);
    expect(judgeLoad(refused).loads).toBe(false);
    expect(word(guest(refused))).toBeNull();
  });

  it("no word where a namesake under another GUID would change it, and one where it would not", () => {
    const namesake = (name: string) => makeVariable(name, Uint8Array.of(1), { guid: OTHER });
    const without = keys.filter((_, i) => i !== 2);
    expect(word(guest(makeBlob([...without, namesake("db")])))).toBeNull();
    expect(word(guest(makeBlob([...keys, namesake("db")])))).toBe("ready");
    expect(EFI_GLOBAL_VARIABLE).not.toBe(OTHER);
  });
});

const OTHER = "6b5c0e1a-2f0d-4b6c-9a51-0c7f3f5d2e11";

describe("pool.get_guest_secureboot_readiness", () => {
  const set = (...names: readonly string[]) => ({
    kind: "pool" as const,
    uuid: null,
    nameLabel: null,
    source: "uefi_certificates" as const,
    isActive: true,
    ...readAuthArchive(hostArchive(HEALTHY_FILES.filter(({ name }) => names.includes(name)))),
  });

  it.each([
    ["ready", KEYS],
    ["ready_no_dbx", ["PK", "KEK", "db"]],
    ["not_ready", ["PK"]],
    ["not_ready", ["KEK", "db", "dbx"]],
  ])("%s with %j", (expected, names) => {
    const files = names.map((name) => `${name}.auth`);
    expect(poolReadiness({ certificates: [set(...files)], poolHasCertificates: true })).toBe(expected);
    expect(POOL_READINESS).toContain(expected);
  });

  it("not_ready without any, and no word without a pool's record", () => {
    expect(poolReadiness({ certificates: [], poolHasCertificates: false })).toBe("not_ready");
    expect(poolReadiness({ certificates: [] })).toBeNull();
  });

  it("goes by the set that is in use, and says nothing of a damaged one", () => {
    const own = set("PK.auth", "KEK.auth", "db.auth");
    const hosts = { ...set(...KEYS.map((name) => `${name}.auth`)), isActive: false };
    expect(poolReadiness({ certificates: [own, hosts], poolHasCertificates: true })).toBe("ready_no_dbx");
    const damaged = { ...own, ...readAuthArchive(new Uint8Array(700).fill(1)) };
    expect(damaged.error).not.toBeNull();
    expect(poolReadiness({ certificates: [damaged], poolHasCertificates: true })).toBeNull();
  });
});
