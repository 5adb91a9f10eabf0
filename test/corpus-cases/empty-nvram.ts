/** Records whose NVRAM holds nothing, or that do not carry it: lost, not there yet, not needed, or not known. */
import { ascii } from "../../parsers/bytes.ts";
import { healthyBlob } from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { date, makeOvaXml, struct, vmObject } from "../builders/ova-xml.ts";

const uuid = "00000000-0000-4000-8000-000000000028";
const name_label = "files";
const UEFI = { firmware: "uefi", order: "cdn" };
const full = () => ({ "EFI-variables": Buffer.from(healthyBlob()).toString("base64") });
const platform = { secureboot: "true", "device-model": "qemu-upstream-uefi" };

type Fields = Readonly<Record<string, unknown>>;

function record(more: Fields): Fields {
  const settings = { HVM_boot_params: UEFI, platform, is_a_snapshot: false };
  return { uuid, name_label, power_state: "Halted", ...settings, last_boot_CPU_flags: {}, ...more };
}

function asJson(value: unknown): Uint8Array {
  return ascii(JSON.stringify(value));
}

const STARTED = { last_boot_CPU_flags: { vendor: "AuthenticAMD", features: "1" } };

export const cases: readonly CorpusCase[] = [
  {
    name: "nvram-lost",
    title: "A UEFI VM that was started before, and whose NVRAM is empty.",
    file: "input.json",
    bytes: () => asJson(record({ ...STARTED, NVRAM: {} })),
  },
  {
    name: "nvram-lost-start-time",
    title: "An export that tells of a start only in another object, VM_metrics.",
    file: "input.ova.xml",
    bytes: () => {
      const start_time = date("20251020T08:00:00Z");
      return makeOvaXml([
        vmObject("Ref:1", { uuid, name_label, metrics: "Ref:2" }),
        { className: "VM_metrics", id: "Ref:2", snapshot: struct({ start_time }) },
      ]);
    },
  },
  {
    name: "nvram-lost-beside-snapshot",
    title:
      "A delta backup whose record of the VM, which a restore takes, is empty, and whose snapshot is not.",
    file: "input.json",
    bytes: () => {
      const snapshot = { uuid: "00000000-0000-4000-8000-000000000777", is_a_snapshot: true, NVRAM: full() };
      const backup = {
        jobId: "j",
        mode: "delta",
        scheduleId: "s",
        timestamp: 1_785_546_000_000,
        version: "2.0.0",
      };
      return asJson({ ...backup, vm: record({ NVRAM: {} }), vmSnapshot: record(snapshot) });
    },
  },
  {
    name: "nvram-lost-not-told",
    title: "A UEFI VM with an empty NVRAM, restored from a backup of Xen Orchestra: it may have had one.",
    file: "input.json",
    bytes: () => asJson(record({ tags: ["restored from backup"], NVRAM: {} })),
  },
  {
    name: "nvram-lost-near-miss",
    title: "A UEFI VM that was never started: varstored makes its NVRAM at the first start.",
    file: "input.json",
    bytes: () => asJson(record({ NVRAM: {} })),
  },
  {
    name: "nvram-lost-near-miss-reset",
    title: "A UEFI VM that was started and never keeps its variables.",
    file: "input.json",
    bytes: () => asJson(record({ ...STARTED, NVRAM: { "EFI-variables-on-boot": "reset" } })),
  },
  {
    name: "nvram-lost-near-miss-snapshot",
    title: "A backup whose snapshot is empty, and whose VM is not.",
    file: "input.json",
    bytes: () => {
      const snapshot = { uuid: "00000000-0000-4000-8000-000000000777", is_a_snapshot: true, NVRAM: {} };
      const backup = {
        jobId: "j",
        mode: "delta",
        scheduleId: "s",
        timestamp: 1_785_546_000_000,
        version: "2.0.0",
      };
      return asJson({ ...backup, vm: record({ NVRAM: full() }), vmSnapshot: record(snapshot) });
    },
  },
  {
    name: "nvram-lost-near-miss-bios",
    title: "A VM that boots by BIOS, was started before, and needs no NVRAM.",
    file: "input.json",
    bytes: () => asJson(record({ ...STARTED, HVM_boot_params: { order: "cdn" }, NVRAM: {} })),
  },
  {
    name: "bios-with-old-nvram",
    title:
      "A VM that boots by BIOS and keeps the NVRAM of a time when it booted by UEFI: Secure Boot is not on.",
    file: "input.json",
    bytes: () => asJson(record({ HVM_boot_params: { firmware: "bios" }, NVRAM: full() })),
  },
  {
    name: "bios-with-refused-nvram",
    title: "A VM that boots by BIOS and keeps an NVRAM that varstored would refuse: it starts all the same.",
    file: "input.json",
    bytes: () => {
      const cut = Buffer.from(healthyBlob().subarray(0, -10)).toString("base64");
      return asJson(record({ HVM_boot_params: { order: "cd" }, NVRAM: { "EFI-variables": cut } }));
    },
  },
  {
    name: "nvram-not-in-record",
    title: "A record of the XenAPI from which the member NVRAM was left out: nothing is known of it.",
    file: "input.json",
    bytes: () => asJson(record(STARTED)),
  },
  {
    name: "nvram-null-in-record",
    title: "A record of which jq printed the members that were asked for, null for one that is not there.",
    file: "input.json",
    bytes: () => asJson(record({ ...STARTED, NVRAM: null })),
  },
  {
    name: "nvram-no-map",
    title: "A record whose NVRAM is the beginning of a map, cut: nothing of it can be read.",
    file: "input.json",
    bytes: () => asJson(record({ ...STARTED, NVRAM: "(('EFI-var" })),
  },
  {
    name: "nvram-not-in-xo-objects",
    title: "Objects of Xen Orchestra's own API, which never carry the NVRAM, and its host, which is no VM.",
    file: "input.json",
    bytes: () => {
      const object = (type: string, boot: Fields) => ({
        type,
        uuid,
        id: uuid,
        name_label,
        power_state: "Running",
        boot,
        secureBoot: true,
        $pool: "00000000-0000-4000-8000-000000000001",
      });
      return asJson([object("VM", UEFI), object("VM-snapshot", { order: "cd" }), object("host", {})]);
    },
  },
];
