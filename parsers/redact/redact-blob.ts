/** A VARS blob without what tells whose it is: every length, offset, GUID, time, signature and hash stays. */
import { viewOf } from "../bytes.ts";
import { char16Bytes, readChar16 } from "../efi/char16.ts";
import { readLoadOption } from "../efi/load-option.ts";
import { ParseError } from "../errors.ts";
import { VARSTORED_LIMITS } from "../limits.ts";
import type { EfiVariable, VarstoredBlob } from "../model.ts";
import { MAGIC, openBlob } from "../nvram/varstored-blob.ts";
import type { Pseudonyms } from "./pseudonyms.ts";
import { redactDevicePaths } from "./redact-device-path.ts";
import { scrubText } from "./scrub-text.ts";
import { dataPolicy, keepsName } from "./variable-policy.ts";

const { HEADER_BYTES } = VARSTORED_LIMITS;
const LENGTH_BYTES = 8;
/** Attributes and length of the list of paths. */
const OPTION_HEADER_BYTES = 6;
/** Key of the lock of MemoryOverwriteRequestControl (varstored mor.c, mor_key): a secret of the guest. */
const MOR_KEY_BYTES = 8;
/** Another name for the same reason: two variables must not become one. */
const MAX_NAME_ATTEMPTS = 64;

/** A new blob of the same length. What is no VARS blob keeps its zeros and its header alone. */
export function redactBlob(bytes: Uint8Array, pseudonyms: Pseudonyms): Uint8Array {
  const out = bytes.slice();
  const blob = openAnyway(bytes);
  if (blob === null) {
    replaceByShape(out.subarray(HEADER_BYTES), pseudonyms);
    return out;
  }
  if (blob.ancillary !== null)
    replaceByShape(out.subarray(HEADER_BYTES, HEADER_BYTES + MOR_KEY_BYTES), pseudonyms);
  const names = new NameMap(blob.variables, pseudonyms);
  for (const variable of blob.variables) {
    const data = out.subarray(variable.dataSpan.start, variable.dataSpan.end);
    redactData(data, variable, pseudonyms);
    const nameStart = variable.span.start + LENGTH_BYTES;
    out.set(names.of(variable), nameStart);
  }
  redactRest(out.subarray(blob.rest.start, blob.rest.end), pseudonyms);
  return out;
}

/** A wrong magic hides nothing of what stands behind it. */
function openAnyway(bytes: Uint8Array): VarstoredBlob | null {
  const repaired = bytes.slice();
  repaired.set(MAGIC.subarray(0, bytes.length));
  try {
    return openBlob(repaired);
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

function replaceByShape(data: Uint8Array, pseudonyms: Pseudonyms): void {
  data.set(pseudonyms.shape(data));
}

/** New names, different where the old ones are. */
class NameMap {
  readonly #pseudonyms: Pseudonyms;
  readonly #replaced = new Map<string, Uint8Array>();
  readonly #taken: Set<string>;

  constructor(variables: readonly EfiVariable[], pseudonyms: Pseudonyms) {
    this.#pseudonyms = pseudonyms;
    this.#taken = new Set(variables.map(({ name }) => name));
  }

  of(variable: EfiVariable): Uint8Array {
    if (keepsName(variable)) return variable.nameBytes;
    const known = this.#replaced.get(variable.name);
    const name = known ?? this.#invent(variable.name);
    this.#replaced.set(variable.name, name);
    // An odd last byte is no character of the name; it stays.
    return Uint8Array.from(variable.nameBytes, (byte, i) => name[i] ?? byte);
  }

  #invent(name: string): Uint8Array {
    let candidate = name;
    for (let attempt = 0; attempt < MAX_NAME_ATTEMPTS; attempt++) {
      candidate = scrubText(candidate, this.#pseudonyms);
      if (!this.#taken.has(candidate)) break;
    }
    this.#taken.add(candidate);
    return char16Bytes(candidate);
  }
}

type Named = Pick<EfiVariable, "name" | "nameIsValid" | "vendorGuid">;

/** `data` is the copy that is written to. */
function redactData(data: Uint8Array, variable: Named, pseudonyms: Pseudonyms): void {
  const policy = dataPolicy({
    name: variable.name,
    nameIsValid: variable.nameIsValid,
    vendorGuid: variable.vendorGuid,
    data,
  });
  if (policy === "load-option") redactLoadOption(data, pseudonyms);
  else if (policy === "device-path") redactDevicePaths(data, { start: 0, end: data.length }, pseudonyms);
  else if (policy === "shape") replaceByShape(data, pseudonyms);
}

function redactLoadOption(data: Uint8Array, pseudonyms: Pseudonyms): void {
  const { description, filePathListLength, fault } = readLoadOption(data);
  if (fault?.code === "header-cut" || fault?.code === "description-unterminated") {
    char16At(data.subarray(OPTION_HEADER_BYTES), pseudonyms);
    return;
  }
  const descriptionEnd = OPTION_HEADER_BYTES + 2 * description.length;
  char16At(data.subarray(OPTION_HEADER_BYTES, descriptionEnd), pseudonyms);
  const start = descriptionEnd + 2;
  const end = Math.min(start + filePathListLength, data.length);
  redactDevicePaths(data, { start, end }, pseudonyms);
  replaceByShape(data.subarray(end), pseudonyms);
}

function char16At(data: Uint8Array, pseudonyms: Pseudonyms): void {
  data.set(char16Bytes(scrubText(readChar16(data), pseudonyms)));
}

/** A record that is cut keeps its lengths; of anything else that stands behind the records its zeros. */
function redactRest(rest: Uint8Array, pseudonyms: Pseudonyms): void {
  const nameLength = lengthAt(rest, 0);
  const dataAt = LENGTH_BYTES + (nameLength ?? 0) + LENGTH_BYTES;
  if (nameLength === null || nameLength === 0 || nameLength > VARSTORED_LIMITS.NAME_LIMIT) {
    replaceByShape(rest, pseudonyms);
    return;
  }
  const nameBytes = rest.subarray(LENGTH_BYTES, LENGTH_BYTES + nameLength);
  const name = readChar16(nameBytes);
  const data = rest.subarray(dataAt);
  const declared = lengthAt(rest, dataAt - LENGTH_BYTES);
  const ofRecord = data.subarray(0, Math.min(declared ?? data.length, data.length));
  // Its GUID stands behind the data and is lost: a list of hashes is told by its name.
  if (!isKeyName(name)) replaceByShape(ofRecord, pseudonyms);
  replaceByShape(data.subarray(ofRecord.length), pseudonyms);
  if (!isKeyName(name) && !keepsName({ name, nameIsValid: true, vendorGuid: "" }))
    char16At(nameBytes, pseudonyms);
}

function isKeyName(name: string): boolean {
  return /^(?:PK|KEK|db|dbx|dbt|MokListX?)$/.test(name);
}

function lengthAt(bytes: Uint8Array, at: number): number | null {
  if (at < 0 || at + LENGTH_BYTES > bytes.length) return null;
  const length = viewOf(bytes).getBigUint64(at, true);
  return length > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(length);
}
