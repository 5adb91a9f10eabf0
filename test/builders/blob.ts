/** Makes variables, signature lists and VARS blobs: what the tests, the corpus and the shipped sample are made of. */
import { char16Bytes } from "../../parsers/efi/char16.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../parsers/efi/signature-list.ts";
import {
  EFI_GLOBAL_VARIABLE,
  EFI_IMAGE_SECURITY_DATABASE,
  guidNamed,
  MICROSOFT_OWNER,
  XCP_NG_OWNER,
} from "../../parsers/guids.ts";
import { buildBlob, type VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import { diskOption } from "./load-option.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "./sample-keys.ts";

export { EFI_GLOBAL_VARIABLE, EFI_IMAGE_SECURITY_DATABASE, MICROSOFT_OWNER, XCP_NG_OWNER };
/** Somebody's own keys: an owner that no table knows. */
export const CUSTOM_OWNER = "6b5c0e1a-2f0d-4b6c-9a51-0c7f3f5d2e11";

export interface VariableOptions {
  readonly guid?: string;
  readonly attributes?: number;
  readonly timestamp?: Uint8Array;
  readonly certDigest?: Uint8Array;
}

/** A variable with the attributes that its kind usually has. `name` may be raw bytes. */
export function makeVariable(
  name: string | Uint8Array,
  data: Uint8Array,
  options: VariableOptions = {},
): VariableFields {
  return {
    nameBytes: typeof name === "string" ? char16Bytes(name) : name,
    data,
    vendorGuid: options.guid ?? EFI_GLOBAL_VARIABLE,
    attributes: options.attributes ?? 0x07,
    timestamp: options.timestamp ?? new Uint8Array(16),
    certDigest: options.certDigest ?? new Uint8Array(32),
  };
}

export function makeTime(
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
): Uint8Array {
  return Uint8Array.of(year & 0xff, year >> 8, month, day, hour, minute, second, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

/** Deterministic bytes that look like nothing else: xorshift from a seed. */
export function noise(length: number, seed: number): Uint8Array {
  let state = seed | 0 || 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

export function signature(owner: string, data: Uint8Array): Uint8Array {
  return Uint8Array.from([...guidBytes(owner), ...data]);
}

/** One EFI_CERT_SHA256 list of hashes number `from` to `from + count - 1`. */
export function sha256List(owner: string, count: number, from = 0): Uint8Array {
  const entries = Array.from({ length: count }, (_, i) => signature(owner, noise(32, 1000 + from + i)));
  return buildSignatureList(guidBytes(guidNamed("EFI_CERT_SHA256")), new Uint8Array(0), 48, entries);
}

/** One EFI_CERT_X509 list with one certificate. */
export function x509List(owner: string, der: Uint8Array): Uint8Array {
  const entry = signature(owner, der);
  return buildSignatureList(guidBytes(guidNamed("EFI_CERT_X509")), new Uint8Array(0), entry.length, [entry]);
}

export function makeSignatureVariable(
  name: "PK" | "KEK" | "db" | "dbx" | "dbt",
  data: Uint8Array,
): VariableFields {
  const guid = name === "PK" || name === "KEK" ? EFI_GLOBAL_VARIABLE : EFI_IMAGE_SECURITY_DATABASE;
  return makeVariable(name, data, { guid, attributes: 0x27, timestamp: makeTime(2025, 7, 29, 14, 22) });
}

export const ANCILLARY = new Uint8Array(268);

/** A version 2 blob with a true header. */
export function makeBlob(variables: readonly VariableFields[], version = 2): Uint8Array {
  return buildBlob(version, version === 2 ? ANCILLARY : null, variables);
}

/** What a guest has besides its keys. */
export function bootVariables(): VariableFields[] {
  return [
    makeVariable("Timeout", Uint8Array.of(3, 0)),
    makeVariable("BootOrder", Uint8Array.of(0, 0)),
    makeVariable("Boot0000", diskOption("varscope test system")),
  ];
}

export function keyVariables(owner: string, dbx: Uint8Array): VariableFields[] {
  return [
    makeSignatureVariable("PK", x509List(XCP_NG_OWNER, SAMPLE_PK)),
    makeSignatureVariable("KEK", x509List(owner, SAMPLE_KEK)),
    makeSignatureVariable("db", x509List(owner, SAMPLE_DB)),
    makeSignatureVariable("dbx", dbx),
  ];
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export const healthyBlob = (): Uint8Array =>
  makeBlob([...bootVariables(), ...keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 20))]);

/** Planted under the XCP-ng owner; `appended` more hashes came from Microsoft's own update. */
export function incidentBlob(planted = 827, appended = 431): Uint8Array {
  const dbx = concat(sha256List(XCP_NG_OWNER, planted), sha256List(MICROSOFT_OWNER, appended, 1));
  return makeBlob([...bootVariables(), ...keyVariables(XCP_NG_OWNER, dbx)]);
}
