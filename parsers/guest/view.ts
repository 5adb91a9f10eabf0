/**
 * What a guest, or a tool outside of the host, shows of a VM's variables: names, data, mostly attributes, but not the blob that
 * the daemon loads, and so nothing of whether it does.
 */

import { char16Bytes } from "../efi/char16.ts";
import { ParseError } from "../errors.ts";
import { EFI_GLOBAL_VARIABLE } from "../guids.ts";
import { PARSER_LIMITS, VARSTORED_LIMITS } from "../limits.ts";
import type { Nvram, VmSource } from "../model.ts";
import { buildBlob, openBlob } from "../nvram/varstored-blob.ts";

/** What such a view can hold of what the daemon keeps. */
export interface View {
  /** In words, for people. */
  readonly title: string;
  /** All variables that it can show are there; false for single ones. */
  readonly isWhole: boolean;
  /** After the start of its system a guest sees only variables with runtime access (UEFI 2.10 §8.2). */
  readonly runtimeOnly: boolean;
  readonly hasAttributes: boolean;
}

export type ViewSource = "efivarfs" | "efivarfs-file" | "signature-lists" | "uefi-json";

/** By the `source` of the copy. */
const VIEWS: Readonly<Record<ViewSource, View>> = {
  efivarfs: {
    title: "the variables that a guest sees (efivarfs)",
    isWhole: true,
    runtimeOnly: true,
    hasAttributes: true,
  },
  "efivarfs-file": {
    title: "one variable as a guest sees it (efivarfs)",
    isWhole: false,
    runtimeOnly: true,
    hasAttributes: true,
  },
  "signature-lists": {
    title: "the signature lists of one variable",
    isWhole: false,
    runtimeOnly: true,
    hasAttributes: false,
  },
  "uefi-json": {
    title: "variables as JSON, as extract, QEMU and virt-fw-vars write them",
    isWhole: true,
    runtimeOnly: false,
    hasAttributes: true,
  },
};

/** Null for a copy of what the daemon keeps. */
export function viewOfCopy({ source }: Pick<VmSource, "source">): View | null {
  return Object.hasOwn(VIEWS, source) ? VIEWS[source as ViewSource] : null;
}

/** One variable of a view. */
export interface SeenVariable {
  readonly name: string;
  readonly nameBytes?: Uint8Array;
  /** Lower case. */
  readonly vendorGuid: string;
  /** 0 where the view has none. */
  readonly attributes: number;
  readonly data: Uint8Array;
  readonly timestamp?: Uint8Array;
  readonly certDigest?: Uint8Array;
}

const TIME_BYTES = 16;
const DIGEST_BYTES = 32;

/** The variables as a copy like others; its blob is made for the sake of readers, and no daemon's. Throws ParseError `over-limit`. */
export function copyOfView(source: ViewSource, variables: readonly SeenVariable[]): VmSource {
  checkRoom(variables);
  const fields = variables.map(
    ({ name, nameBytes, vendorGuid, attributes, data, timestamp, certDigest }) => ({
      nameBytes: nameBytes ?? char16Bytes(name),
      vendorGuid,
      attributes,
      data,
      timestamp: sized(timestamp, TIME_BYTES),
      certDigest: sized(certDigest, DIGEST_BYTES),
    }),
  );
  const ancillary = new Uint8Array(VARSTORED_LIMITS.ANCILLARY_BYTES);
  const nvram: Nvram = {
    state: "present",
    base64: null,
    bytes: null,
    daemonBytes: null,
    blob: openBlob(buildBlob(VARSTORED_LIMITS.DB_VERSION, ancillary, fields)),
    otherKeys: new Map(),
  };
  return {
    uuid: null,
    nameLabel: null,
    kind: "unknown",
    source,
    firmware: "uefi",
    secureBoot: secureBootOf(variables),
    fields: new Map(),
    nvram,
  };
}

function sized(bytes: Uint8Array | undefined, length: number): Uint8Array {
  return bytes?.length === length ? bytes : new Uint8Array(length);
}

function checkRoom(variables: readonly SeenVariable[]): void {
  const { maxSeenVariables, maxSeenBytes } = PARSER_LIMITS;
  if (variables.length > maxSeenVariables)
    throw overLimit(`up to ${maxSeenVariables} variables`, variables.length);
  const bytes = variables.reduce((sum, { data }) => sum + data.length, 0);
  if (bytes > maxSeenBytes) throw overLimit(`up to ${maxSeenBytes} bytes in all variables`, bytes);
}

export function overLimit(expected: string, found: number | string): ParseError {
  return new ParseError({
    code: "over-limit",
    expected,
    found: `${found}`,
    next: "No VM has as many: check that these are the variables of one VM.",
  });
}

/** What the firmware tells its guest; null where this does not show it, and in setup mode, in which it is off whatever the record says. */
function secureBootOf(variables: readonly SeenVariable[]): boolean | null {
  const flag = (wanted: string): number | null =>
    variables.find(({ name, vendorGuid }) => name === wanted && vendorGuid === EFI_GLOBAL_VARIABLE)
      ?.data[0] ?? null;
  const secureBoot = flag("SecureBoot");
  if (secureBoot === 1) return true;
  return secureBoot === 0 && flag("SetupMode") === 0 ? false : null;
}
