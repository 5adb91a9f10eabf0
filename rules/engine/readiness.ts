/**
 * The words of XAPI for the state of Secure Boot (xapi ocaml/xapi/xapi_vm.ml, get_secureboot_readiness; xapi_pool.ml,
 * get_guest_secureboot_readiness; both since 24.17), to compare with what a host or Xen Orchestra shows.
 */
import type { LoadVerdict } from "../../daemon/varstored-loader.ts";
import { secureBootName } from "../../parsers/efi/signature-variables.ts";
import { viewOfCopy } from "../../parsers/guest/view.ts";
import type { Dump, EfiVariable, VmSource } from "../../parsers/model.ts";
import { secureBootSetting } from "../../parsers/records/secure-boot.ts";

export const VM_READINESS = [
  "not_supported",
  "disabled",
  "first_boot",
  "ready",
  "ready_no_dbx",
  "setup_mode",
  "certs_incomplete",
] as const;
export type VmReadiness = (typeof VM_READINESS)[number];

export const POOL_READINESS = ["ready", "ready_no_dbx", "not_ready"] as const;
export type PoolReadiness = (typeof POOL_READINESS)[number];

const KEYS = ["PK", "KEK", "db", "dbx"] as const;

/**
 * What VM.get_secureboot_readiness answers of a VM with this NVRAM. Null where the record does not tell it, and where XAPI
 * has no word: it asks varstore-ls, which fails where varstored would not load the NVRAM.
 */
export function vmReadiness(vm: VmSource, load: LoadVerdict | null): VmReadiness | null {
  if (vm.firmware === null || viewOfCopy(vm) !== null) return null;
  if (vm.firmware === "bios") return "not_supported";
  const isOn = xapiTakesItForOn(vm);
  if (isOn !== true) return isOn === false ? "disabled" : null;
  if (vm.nvram === null) return "first_boot";
  const { state, blob } = vm.nvram;
  if (state !== "present" || blob === null || load?.loads !== true) return null;
  const held = readinessOf(names(blob.variables, secureBootName));
  // XAPI goes by what varstore-ls prints: a namesake under another GUID may count or not.
  return held === readinessOf(names(blob.variables, ({ name }) => name)) ? held : null;
}

/** What pool.get_guest_secureboot_readiness answers: it looks for files of these names. Null without a pool's record. */
export function poolReadiness({
  certificates,
  poolHasCertificates,
}: Pick<Dump, "certificates" | "poolHasCertificates">): PoolReadiness | null {
  const sets = certificates.filter(({ kind, isActive }) => kind === "pool" && isActive === true);
  const [set] = sets;
  // Of an archive that is damaged nobody knows what xapi makes of it.
  if (set === undefined) return poolHasCertificates === false ? "not_ready" : null;
  if (sets.length > 1 || set.error !== null) return null;
  const word = readinessOf(new Set(set.files.map(({ name }) => name.replace(/\.auth$/, ""))));
  return word === "ready" || word === "ready_no_dbx" ? word : "not_ready";
}

/** It takes `true` and `1`, whatever the case (Vm_platform.is_true); `auto` is written anew at each start. Null where not known. */
function xapiTakesItForOn(vm: VmSource): boolean | null {
  const text = vm.fields.get("platform:secureboot");
  if (text === undefined || secureBootSetting(vm) === "auto") return vm.secureBoot;
  return /^(?:true|1)$/i.test(text);
}

function names(
  variables: readonly EfiVariable[],
  nameOf: (variable: EfiVariable) => string | null,
): ReadonlySet<string | null> {
  return new Set(variables.map(nameOf));
}

/** `held`: the variables that are there, or the files of them. */
export function readinessOf(
  held: ReadonlySet<string | null>,
): "ready" | "ready_no_dbx" | "setup_mode" | "certs_incomplete" {
  const [PK, KEK, db, dbx] = KEYS.map((key) => held.has(key));
  if (!PK) return "setup_mode";
  if (!KEK || !db) return "certs_incomplete";
  return dbx ? "ready" : "ready_no_dbx";
}
