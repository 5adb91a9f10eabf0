/** Everything that is decoded of one copy of an NVRAM, as plain values: what `inspect` shows and prints as JSON. */

import { startBytes, usedBytes } from "../daemon/space.ts";
import { toHex } from "../parsers/bytes.ts";
import type { DecodedData } from "../parsers/efi/decoded-data.ts";
import { holdsSecret } from "../parsers/efi/secret-variables.ts";
import {
  type EfiSignatureList,
  readSignatureDatabase,
  type SignatureDatabase,
  type SignatureListFault,
  signatureAt,
} from "../parsers/efi/signature-list.ts";
import { signatureVariableKind } from "../parsers/efi/signature-variables.ts";
import { formatEfiTime } from "../parsers/efi/time.ts";
import { decodeVariable } from "../parsers/efi/variable-forms.ts";
import { type View, viewOfCopy } from "../parsers/guest/view.ts";
import { nameOfGuid } from "../parsers/guids.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type {
  BlobStop,
  EfiVariable,
  Firmware,
  Nvram,
  Span,
  VarstoredBlob,
  VmSource,
} from "../parsers/model.ts";
import { type AccountedRange, accountBytes } from "../parsers/nvram/byte-account.ts";
import { type SecureBootSetting, secureBootSetting } from "../parsers/records/secure-boot.ts";
import { type VariableRef, variableRef } from "../rules/engine/variable-ref.ts";
import { attributeNames } from "./attribute-names.ts";
import {
  inspectSignature,
  type NamedGuid,
  named,
  type SignatureInspection,
  type SignatureKnowledge,
} from "./signature-inspection.ts";

export interface SignatureListInspection {
  readonly span: Span;
  readonly type: NamedGuid;
  readonly signatureListSize: number;
  readonly signatureHeaderSize: number;
  readonly signatureSize: number;
  readonly fault: SignatureListFault | null;
  readonly signatureCount: number;
  /** All of them, unless the NVRAM holds more than is ever shown. */
  readonly signatures: readonly SignatureInspection[];
}

export interface VariableInspection extends VariableRef {
  readonly index: number;
  readonly guidName: string | null;
  /** Null where the input does not tell them. */
  readonly attributes: number | null;
  readonly attributeNames: readonly string[];
  readonly timestamp: string | null;
  readonly certDigest: string;
  /** The record, in bytes of the blob; null where there is no blob. */
  readonly span: Span | null;
  /** Range of the data in the blob; without a blob, in the data itself. Spans of lists and signatures count in the same way. */
  readonly dataSpan: Span;
  readonly bytes: number;
  readonly sha256: string;
  /** What the data means; null where it is not known, and where `lists` show it. */
  readonly decoded: DecodedData | null;
  /** The data holds a password or its hash, and is not shown. */
  readonly secret: boolean;
  /** Null for a variable that holds none; then `data` is there, unless it is a secret. */
  readonly signatureLists: readonly SignatureListInspection[] | null;
  readonly signatureFault: SignatureListFault | null;
  /** In hexadecimal. */
  readonly data: string | null;
}

export interface NvramInspection {
  readonly state: Nvram["state"];
  /** What differs from one line of padded base64; null for a raw blob. */
  readonly base64Oddities: readonly string[] | null;
  readonly otherKeys: Readonly<Record<string, string>>;
  /** How many more keys there are than are shown. */
  readonly otherKeysLeftOut: number;
  readonly blob: BlobInspection | null;
}

export interface BlobInspection {
  /** Null, as all else that a blob alone has, for what a guest shows of itself. */
  readonly version: number | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  /** UINT64 of the header, as decimal text. */
  readonly declaredCount: string | null;
  readonly declaredDataLength: string | null;
  readonly ancillary: { readonly morKey: string; readonly ppiVdata: string } | null;
  readonly usedBytes: number;
  readonly runtimeBytes: number;
  readonly limitBytes: number;
  readonly stop: BlobStop | null;
  readonly rest: Span;
  /** Of the blob; `variables` may be a choice of them, and has no more than 4096. */
  readonly variableCount: number;
  readonly variables: readonly VariableInspection[];
  /** Where every byte belongs. */
  readonly byteAccount: readonly AccountedRange[];
}

export interface VmInspection {
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly kind: string;
  readonly source: string;
  readonly firmware: Firmware;
  readonly secureBoot: boolean | null;
  readonly secureBootSetting: SecureBootSetting;
  readonly nvram: NvramInspection | null;
}

/** Lists and signatures of one NVRAM that are taken apart. A daemon's NVRAM has room for 7710; hostile bytes for millions. */
const MAX_ENTRIES = 100_000;
/** Variables that are; a daemon holds 1024. */
const MAX_VARIABLES = 4096;

/** Chooses variables by name, and by GUID where one is given. */
export interface VariableChoice {
  readonly name: string;
  readonly guid: string | null;
}

export interface InspectionSettings {
  readonly known: SignatureKnowledge;
  /** Null for all of them. */
  readonly variable: VariableChoice | null;
}

/** What is taken apart of one input's signature lists: entries count over all of them. */
interface EntryCounter {
  readonly known: SignatureKnowledge;
  entriesLeft: number;
}

interface Inspector extends InspectionSettings, EntryCounter {}

export function entryCounter(known: SignatureKnowledge): EntryCounter {
  return { known, entriesLeft: MAX_ENTRIES };
}

export function inspectVm(vm: VmSource, settings: InspectionSettings): VmInspection {
  const { uuid, nameLabel, kind, source, firmware, secureBoot, nvram } = vm;
  const inspector = { ...settings, ...entryCounter(settings.known) };
  return {
    uuid,
    nameLabel,
    kind,
    source,
    firmware,
    secureBoot,
    secureBootSetting: secureBootSetting(vm),
    nvram: nvram === null ? null : inspectNvram(nvram, vm, inspector),
  };
}

export function isChosen({ name, vendorGuid }: EfiVariable, choice: VariableChoice | null): boolean {
  return choice === null || (name === choice.name && (choice.guid === null || choice.guid === vendorGuid));
}

function inspectNvram(
  { state, base64, otherKeys, blob }: Nvram,
  vm: VmSource,
  inspector: Inspector,
): NvramInspection {
  return {
    state,
    base64Oddities: base64?.oddities ?? null,
    otherKeys: Object.fromEntries(toldKeys(otherKeys)),
    otherKeysLeftOut: Math.max(0, otherKeys.size - MAX_OTHER_KEYS),
    blob: blob === null ? null : inspectBlob(blob, vm, inspector),
  };
}

/** The keys that xapi and varstored know (xapi ocaml/xapi/xapi_xenops.ml, nvram_uefi_of_vm). */
const KNOWN_KEYS: ReadonlySet<string> = new Set(["EFI-variables-on-boot", "EFI-variables-backend"]);

/** A host writes two or three. */
const MAX_OTHER_KEYS = 1000;

function toldKeys(otherKeys: ReadonlyMap<string, string>): (readonly [string, string])[] {
  const told: (readonly [string, string])[] = [];
  for (const [key, value] of otherKeys) {
    if (told.length >= MAX_OTHER_KEYS) break;
    told.push([key, shownValue(key, value)]);
  }
  return told;
}

/** Nobody knows what another key holds: it may be a secret. */
function shownValue(key: string, value: string): string {
  return KNOWN_KEYS.has(key) ? value : `(${value.length} characters, not shown)`;
}

/** mor_key comes first (varstored include/xapidb.h). */
const MOR_KEY_BYTES = 8;

function inspectBlob(blob: VarstoredBlob, vm: VmSource, inspector: Inspector): BlobInspection {
  const { bytes, ancillary, variables } = blob;
  const { known, variable: choice } = inspector;
  const chosen = variables.filter((variable) => isChosen(variable, choice)).slice(0, MAX_VARIABLES);
  const view = viewOfCopy(vm);
  if (view !== null)
    return inspectView(
      variables,
      chosen.map((variable) => inspectSeen(variable, view, inspector)),
    );
  return {
    version: blob.version,
    bytes: bytes.length,
    sha256: toHex(known.platform.sha256(bytes)),
    declaredCount: String(blob.declaredCount),
    declaredDataLength: String(blob.declaredDataLength),
    ancillary:
      ancillary === null
        ? null
        : {
            morKey: toHex(ancillary.subarray(0, MOR_KEY_BYTES)),
            ppiVdata: toHex(ancillary.subarray(MOR_KEY_BYTES)),
          },
    usedBytes: usedBytes(variables),
    runtimeBytes: startBytes(vm, variables),
    limitBytes: VARSTORED_LIMITS.TOTAL_LIMIT,
    stop: blob.stop,
    rest: blob.rest,
    variableCount: variables.length,
    variables: chosen.map((variable) => inspectVariable(variable, inspector)),
    byteAccount: accountOf(blob, choice === null ? null : chosen),
  };
}

function inspectView(all: readonly EfiVariable[], variables: readonly VariableInspection[]): BlobInspection {
  return {
    version: null,
    bytes: null,
    sha256: null,
    declaredCount: null,
    declaredDataLength: null,
    ancillary: null,
    usedBytes: usedBytes(all),
    runtimeBytes: 0,
    limitBytes: VARSTORED_LIMITS.TOTAL_LIMIT,
    stop: null,
    rest: { start: 0, end: 0 },
    variableCount: all.length,
    variables,
    byteAccount: [],
  };
}

/** Without what stands in no such view: places in a blob, and attributes where it has none. */
function inspectSeen(variable: EfiVariable, view: View, inspector: Inspector): VariableInspection {
  const dataSpan = { start: 0, end: variable.data.length };
  const seen = { ...inspectVariable({ ...variable, dataSpan }, inspector), span: null };
  return view.hasAttributes ? seen : { ...seen, attributes: null, attributeNames: [] };
}

/** All ranges, or those of the chosen variables. */
function accountOf(blob: VarstoredBlob, chosen: readonly EfiVariable[] | null): readonly AccountedRange[] {
  const ranges = accountBytes(blob);
  if (chosen === null) return ranges;
  // Both are in the order of the blob.
  let next = 0;
  return ranges.filter(({ start }) => {
    while ((chosen[next]?.span.end ?? Number.POSITIVE_INFINITY) <= start) next++;
    return (chosen[next]?.span.start ?? Number.POSITIVE_INFINITY) <= start;
  });
}

function inspectVariable(variable: EfiVariable, inspector: Inspector): VariableInspection {
  const { index, vendorGuid, attributes, timestamp, certDigest, span, dataSpan, data } = variable;
  const database = signatureVariableKind(variable) === null ? null : readSignatureDatabase(data);
  const secret = holdsSecret(variable);
  return {
    index,
    ...variableRef(variable),
    guidName: nameOfGuid(vendorGuid),
    attributes,
    attributeNames: attributeNames(attributes, "name"),
    timestamp: formatEfiTime(timestamp),
    certDigest: toHex(certDigest),
    span,
    dataSpan,
    bytes: data.length,
    sha256: toHex(inspector.known.platform.sha256(data)),
    decoded: secret ? null : decodeVariable(variable),
    secret,
    signatureLists: database === null ? null : inspectLists(database, dataSpan.start, inspector),
    signatureFault: database?.fault ?? null,
    data: database === null && !secret ? toHex(data) : null,
  };
}

/** `start` is where the lists begin in what the spans are of. */
export function inspectLists(
  { lists, data }: SignatureDatabase,
  start: number,
  counter: EntryCounter,
): SignatureListInspection[] {
  const shown = lists.slice(0, counter.entriesLeft);
  counter.entriesLeft -= shown.length;
  return shown.map((list) => inspectList(list, { data, start }, counter));
}

interface ListPlace {
  readonly data: Uint8Array;
  readonly start: number;
}

function inspectList(
  list: EfiSignatureList,
  place: ListPlace,
  counter: EntryCounter,
): SignatureListInspection {
  const {
    span,
    signatureType,
    signatureListSize,
    signatureHeaderSize,
    signatureSize,
    signatureCount,
    fault,
  } = list;
  const length = Math.min(signatureCount, counter.entriesLeft);
  counter.entriesLeft -= length;
  return {
    span: moved(span, place.start),
    type: named(signatureType),
    signatureListSize,
    signatureHeaderSize,
    signatureSize,
    fault,
    signatureCount,
    signatures: Array.from({ length }, (_, i) => inspectEntry(list, place, i, counter)),
  };
}

function inspectEntry(
  list: EfiSignatureList,
  { data, start }: ListPlace,
  index: number,
  { known }: EntryCounter,
): SignatureInspection {
  const { span, signatureOwner, signatureData } = signatureAt(data, list, index);
  const fields = { type: list.signatureType, owner: signatureOwner, data: signatureData };
  return inspectSignature({ ...fields, span: moved(span, start) }, known);
}

function moved({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}
