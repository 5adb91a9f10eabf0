/** What stands beside the blob in a VM's record: the other keys of the NVRAM map, and a snapshot's second copy. */
import { ascii } from "../../parsers/bytes.ts";
import { bootVariables, healthyBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { snapshotMetadata } from "../builders/ova-xml.ts";

const uuid = "00000000-0000-4000-8000-000000000004";
const name_label = "test";
const base64 = (blob: Uint8Array) => Buffer.from(blob).toString("base64");

function asRecord(keys: Readonly<Record<string, string>>): Uint8Array {
  const NVRAM = { "EFI-variables": base64(healthyBlob()), ...keys };
  return ascii(JSON.stringify({ uuid, name_label, NVRAM }));
}

function asSnapshot(own: Uint8Array, copy: Uint8Array): Uint8Array {
  const snapshot_metadata = snapshotMetadata({
    uuid,
    name_label,
    platform: {},
    NVRAM: { "EFI-variables": base64(copy) },
  });
  const NVRAM = { "EFI-variables": base64(own) };
  return ascii(JSON.stringify({ uuid, name_label, is_a_snapshot: true, NVRAM, snapshot_metadata }));
}

const small = () => makeBlob(bootVariables());

export const cases: readonly CorpusCase[] = [
  {
    name: "nvram-reset-on-boot",
    title: "EFI-variables-on-boot is reset.",
    file: "input.json",
    bytes: () => asRecord({ "EFI-variables-on-boot": "reset" }),
  },
  {
    name: "nvram-reset-on-boot-invalid",
    title: "EFI-variables-on-boot has a value that XAPI refuses, and the backend is another.",
    file: "input.json",
    bytes: () => asRecord({ "EFI-variables-on-boot": "Reset", "EFI-variables-backend": "xenstore" }),
  },
  {
    name: "nvram-reset-on-boot-near-miss",
    title: "The two keys with their defaults.",
    file: "input.json",
    bytes: () => asRecord({ "EFI-variables-on-boot": "persist", "EFI-variables-backend": "xapidb" }),
  },
  {
    name: "nvram-copies-differ",
    title: "A snapshot whose own NVRAM was repaired: the copy that a revert restores is still refused.",
    file: "input.json",
    bytes: () =>
      asSnapshot(small(), makeBlob([...bootVariables(), makeVariable("Empty", new Uint8Array(0))])),
  },
  {
    name: "nvram-copies-differ-both-load",
    title: "A snapshot whose two copies differ and both load.",
    file: "input.json",
    bytes: () => asSnapshot(small(), makeBlob([...bootVariables(), makeVariable("More", Uint8Array.of(1))])),
  },
  {
    name: "nvram-copies-differ-near-miss",
    title: "A snapshot whose two copies are the same.",
    file: "input.json",
    bytes: () => asSnapshot(small(), small()),
  },
];
