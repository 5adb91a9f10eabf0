/** What a VM's record asks of Secure Boot (`platform:secureboot`), and what that comes to on a host. */
import type { VmSource } from "../model.ts";

/** As `VmSource.fields` has it. */
const FIELD = "platform:secureboot";
const AUTO = "auto";

/** `auto` is on where the pool has certificates; null where nothing tells. */
export type SecureBootSetting = boolean | typeof AUTO | null;

/**
 * Whether the guest starts with it, as far as the record alone tells. varstored compares with exactly `true` (varstored.c,
 * initialize_settings); for `auto` xapi writes `true` or `false` at each start (xapi_vm.ml, update_platform_secureboot), and
 * which one depends on the pool.
 */
export function readSecureBoot(text: string | null): boolean | null {
  return text === AUTO ? null : text === "true";
}

/** What the record says, whatever it comes to. */
export function secureBootSetting({
  secureBoot,
  fields,
}: Pick<VmSource, "secureBoot" | "fields">): SecureBootSetting {
  const text = fields.get(FIELD);
  if (text === AUTO) return AUTO;
  return text === undefined ? secureBoot : text === "true";
}

/** True where only the pool's certificates tell whether it is on, and nobody has told them. */
export function dependsOnPool(vm: Pick<VmSource, "secureBoot" | "fields">): boolean {
  return vm.secureBoot === null && secureBootSetting(vm) === AUTO;
}

/** `hasCertificates`: whether the pool has active ones; null where that is not known. */
export function withPoolCertificates(vm: VmSource, hasCertificates: boolean | null): VmSource {
  return dependsOnPool(vm) ? { ...vm, secureBoot: hasCertificates } : vm;
}

/** The field of a record that tells the setting, for a copy that keeps no other. */
export function secureBootFields({ fields }: Pick<VmSource, "fields">): ReadonlyMap<string, string> {
  const text = fields.get(FIELD);
  return text === undefined ? new Map() : new Map([[FIELD, text]]);
}
