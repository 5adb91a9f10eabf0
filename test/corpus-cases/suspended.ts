/** Suspended VMs: images by themselves and inside exports. And .auth files by themselves. */
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import {
  bootVariables,
  healthyBlob,
  incidentBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  noise,
  sha256List,
} from "../builders/blob.ts";
import { base64, HEALTHY_FILES, PLANTED_FILES } from "../builders/certificates.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { suspendImage, volatileVariables } from "../builders/suspend-image.ts";
import { makeXva } from "../builders/tar.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";

/** What varstored saves of a healthy VM that runs. */
const running = (): Uint8Array =>
  makeBlob([
    ...volatileVariables(),
    ...bootVariables(),
    ...keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 20)),
  ]);

function exportOfSuspended(own: Uint8Array, saved: Uint8Array): Uint8Array {
  const vm = {
    uuid: "5b0c6f4e-3c57-4b53-8a0f-6f6b8f3d2c11",
    name_label: "suspended",
    power_state: "Suspended",
    suspend_VDI: "Ref:9",
    NVRAM: { "EFI-variables": base64(own) },
  };
  const state = diskOf("Ref:9", suspendImage({ nvram: saved }), false);
  return makeXva(exportMembers(vm, [diskOf("Ref:10", noise(3000, 1)), state]));
}

function exportWithoutState(power_state: string): Uint8Array {
  const vm = {
    uuid: "5b0c6f4e-3c57-4b53-8a0f-6f6b8f3d2c12",
    name_label: "left alone",
    power_state,
    suspend_VDI: "Ref:9",
    NVRAM: { "EFI-variables": base64(healthyBlob()) },
  };
  return makeXva(exportMembers(vm, [diskOf("Ref:10", noise(3000, 1))]));
}

/** As the XenAPI gives it. */
function recordOf(power_state: string): Uint8Array {
  const record = {
    uuid: "5b0c6f4e-3c57-4b53-8a0f-6f6b8f3d2c13",
    name_label: "laid to rest",
    power_state,
    suspend_VDI: power_state === "Suspended" ? "OpaqueRef:9" : "OpaqueRef:NULL",
    is_a_template: false,
    HVM_boot_params: { firmware: "uefi", order: "cd" },
    platform: { secureboot: "true" },
    NVRAM: {},
  };
  return encodeUtf8(JSON.stringify(record));
}

/** An archive's dbx.auth, told by what it holds: the corpus gives every input the same name. */
const dbxAuth = (files: typeof HEALTHY_FILES): Uint8Array =>
  files.find(({ name }) => name === "dbx.auth")?.bytes ?? new Uint8Array(0);

export const cases: readonly CorpusCase[] = [
  {
    name: "healthy-suspend-image",
    title:
      "The image of a suspended VM, with the volatile variables that varstored saves besides the others.",
    file: "input.img",
    bytes: () => suspendImage({ nvram: running() }),
  },
  {
    name: "suspend-image-affected",
    title: "The image of a suspended VM with a dbx of 60440 bytes: varstored refuses to resume from it.",
    file: "input.img",
    bytes: () => suspendImage({ nvram: incidentBlob() }),
  },
  {
    name: "not-portable-suspend-image",
    title: "The image of a suspended VM whose saved variables are more than varstored resumes from.",
    file: "input.img",
    bytes: () =>
      suspendImage({ nvram: makeBlob([...volatileVariables(), ...bootVariables(), ...threeLarge()]) }),
  },
  {
    name: "healthy-xva-suspended",
    title: "An export of a suspended VM: its NVRAM, and the one in its saved state.",
    file: "input.xva",
    bytes: () => exportOfSuspended(healthyBlob(), running()),
  },
  {
    name: "xva-suspended-affected",
    title: "An export of a suspended VM: its NVRAM was repaired, the one in its saved state was not.",
    file: "input.xva",
    bytes: () => exportOfSuspended(healthyBlob(), incidentBlob(10, 3)),
  },
  {
    name: "suspended-without-state",
    title: "An export of a suspended VM in which the disk with its saved state is missing.",
    file: "input.xva",
    bytes: () => exportWithoutState("Suspended"),
  },
  {
    name: "suspended-without-state-near-miss",
    title: "The same of a halted VM, whose suspend_VDI is a trace of earlier times.",
    file: "input.xva",
    bytes: () => exportWithoutState("Halted"),
  },
  {
    name: "vm-suspended",
    title: "The record of a suspended VM without its NVRAM, as JSON: a resume takes the saved state's.",
    file: "input.json",
    bytes: () => recordOf("Suspended"),
  },
  {
    name: "vm-suspended-near-miss",
    title: "The same of a VM that runs.",
    file: "input.json",
    bytes: () => recordOf("Running"),
  },
  {
    name: "healthy-auth-file",
    title: "dbx.auth of a host by itself, told by what it holds.",
    file: "input.auth",
    bytes: () => dbxAuth(HEALTHY_FILES),
  },
  {
    name: "auth-file-affected",
    title: "dbx.auth of a host by itself, under the owner of XCP-ng.",
    file: "input.auth",
    bytes: () => dbxAuth(PLANTED_FILES),
  },
];

function threeLarge(): ReturnType<typeof bootVariables> {
  return [0, 1, 2].map((i) => ({
    ...(bootVariables()[0] as ReturnType<typeof bootVariables>[number]),
    nameBytes: Uint8Array.of(0x41 + i, 0),
    data: noise(45_000, i + 1),
  }));
}
