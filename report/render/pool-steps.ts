/**
 * What to do about the certificates of a pool, before anybody writes them into VMs: the set of the pool first, then the VMs of
 * the same input that lack what it will have.
 */

import { isPlainUuid } from "../../parsers/uuid.ts";
import type { InputReport } from "../input.ts";
import type { VmReport } from "../vm.ts";
import type { Step } from "./next-steps.ts";

const OUTDATED = "pool-certificates-2011-only";
/** Findings that the pool's set, written anew, takes away. */
const CURED: ReadonlySet<string> = new Set([
  "kek-2023-missing",
  "db-2023-missing",
  "setup-mode-with-secure-boot",
  "secure-boot-db-missing",
  "kek-missing",
]);
const MAX_VMS = 4;
const FILES = ["PK", "KEK", "db", "dbx"] as const;

/** Empty where nothing is wrong with the set in use. A set that is wrong as well is mended by the first of these steps, too. */
export function poolSteps({ findings, vms }: Pick<InputReport, "findings" | "vms">): Step[] {
  const isFound = (rule: string): boolean =>
    findings.some(({ ruleId, breaks }) => ruleId === rule && breaks !== null);
  if (isFound(OUTDATED)) return [setStep(), vmStep(vms.filter(lacksCertificates))];
  return WRONG.some(isFound) ? [wrongSetStep()] : [];
}

const NOT_YET =
  "Do not write the pool's certificates into any VM yet (varstore-sb-state, or the button of Xen Orchestra that copies them)";
/** What a set in use may have besides. */
const WRONG: readonly string[] = ["pool-certificates-wrong-owner", "pool-certificates-unusable"];

/** The hosts' set comes anew with their package; one of the pool's own stays until it is dropped. */
function wrongSetStep(): Step {
  return {
    text: `${NOT_YET}: they are wrong themselves. First, on every host of XCP-ng, update varstored (1.2.0-3.4 or newer) and restart the toolstack; then look at the set on the pool's master, keep a copy of it, and where it is a custom one drop it. On XenServer the set comes with the hosts' updates.`,
    commands: [
      "yum update varstored varstored-tools",
      "xe-toolstack-restart",
      "secureboot-certs report",
      ...FILES.map((name) => `secureboot-certs extract ${name} old-${name}.auth`),
      "secureboot-certs clear",
    ],
  };
}

function setStep(): Step {
  return {
    text: `${NOT_YET}: that would plant those of 2011 again. First, on the pool's master of XCP-ng, with varstored 1.2.0-3.4 or newer on every host, look at the set, keep a copy of it, and go back to the defaults. A set with keys of your own is made anew with secureboot-certs install instead. On XenServer the set comes with the hosts' updates.`,
    commands: [
      "rpm -q varstored",
      "secureboot-certs report",
      ...FILES.map((name) => `secureboot-certs extract ${name} old-${name}.auth`),
      "secureboot-certs clear",
      "secureboot-certs report",
    ],
  };
}

function vmStep(vms: readonly VmReport[]): Step {
  // They become names of files as well: what is no UUID is not typed for anybody.
  const named = vms.flatMap(({ uuid }) => (isPlainUuid(uuid) ? [uuid] : []));
  const uuids = named.length === 0 ? ["UUID"] : [...new Set(named)];
  const shown = uuids.slice(0, MAX_VMS);
  const more = uuids.length > MAX_VMS ? ` ${uuids.length - MAX_VMS} more VMs go the same way.` : "";
  return {
    text: `Then, one VM at a time, those that lack the certificates of 2023: suspend BitLocker in the guest (what Secure Boot measures changes), shut it down, save its NVRAM, let the host write the set, and look at what the VM has now, since varstore-sb-state ends with 0 also where it failed. It replaces keys of the VM's own, and does nothing for an NVRAM that varstored refuses: repair that first.${more}`,
    commands: shown.flatMap((uuid) => [
      `xe vm-param-get uuid=${uuid} param-name=NVRAM param-key=EFI-variables --minimal > ${uuid}.efivars.b64`,
      `varstore-sb-state ${uuid} user`,
      `varstore-ls ${uuid}`,
    ]),
  };
}

/** Only what the VM itself starts with can be written on a host, and only where varstored loads it. */
function lacksCertificates({ kind, source, verdict, findings }: VmReport): boolean {
  const isWritable = kind === "vm" && source === "NVRAM" && (verdict === "at-risk" || verdict === "healthy");
  return isWritable && findings.some(({ ruleId, severity }) => CURED.has(ruleId) && severity !== "info");
}

/** Files of one set that are inputs of their own need the same steps, once. */
export function withoutRepeatedSteps(steps: readonly Step[]): Step[] {
  const seen = new Set<string>();
  return steps.filter((step) => {
    const key = JSON.stringify(step);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
