/** Everything that is decoded of one copy of an NVRAM, as plain values: what `inspect` shows and prints as JSON. */
import { toHex } from "../parsers/bytes.ts";
import {
  EFI_CERT_X509_GUID,
  type EfiSignatureList,
  readSignatureDatabase,
  type SignatureListFault,
  signatureAt,
} from "../parsers/efi/signature-list.ts";
import { signatureVariableKind } from "../parsers/efi/signature-variables.ts";
import { formatEfiTime } from "../parsers/efi/time.ts";
import { nameOfGuid } from "../parsers/guids.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { BlobStop, EfiVariable, Nvram, Span, VarstoredBlob, VmSource } from "../parsers/model.ts";
import type { Certificate, Platform } from "../parsers/platform.ts";
import { runtimeBytes, usedBytes } from "../parsers/space.ts";
import { type VariableRef, variableRef } from "../rules/report.ts";
import { attributeNames } from "./attribute-names.ts";

/** A GUID with its name, where it has one. */
export interface NamedGuid {
  readonly guid: string;
  readonly name: string | null;
}

export interface CertificateInspection extends Certificate {
  /** Of the DER, in lower-case hexadecimal. */
  readonly sha1: string;
  readonly sha256: string;
}

export interface SignatureInspection {
  /** In bytes of the blob, owner included. */
  readonly span: Span;
  readonly owner: NamedGuid;
  /** In hexadecimal, such as the hash itself; null where `certificate` says it. */
  readonly data: string | null;
  readonly sha256: string;
  /** Null for what is no certificate, and for a certificate that cannot be read. */
  readonly certificate: CertificateInspection | null;
}

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
  readonly attributes: number;
  readonly attributeNames: readonly string[];
  readonly timestamp: string | null;
  readonly certDigest: string;
  /** The record and its data, in bytes of the blob. */
  readonly span: Span;
  readonly dataSpan: Span;
  readonly bytes: number;
  readonly sha256: string;
  /** Null for a variable that holds none; then `data` is there. */
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
  readonly blob: BlobInspection | null;
}

export interface BlobInspection {
  readonly version: number;
  readonly bytes: number;
  readonly sha256: string;
  /** UINT64 of the header, as decimal text. */
  readonly declaredCount: string;
  readonly declaredDataLength: string;
  readonly ancillary: { readonly morKey: string; readonly ppiVdata: string } | null;
  readonly usedBytes: number;
  readonly runtimeBytes: number;
  readonly limitBytes: number;
  readonly stop: BlobStop | null;
  readonly rest: Span;
  readonly variables: readonly VariableInspection[];
}

export interface VmInspection {
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly kind: string;
  readonly source: string;
  readonly secureBoot: boolean | null;
  readonly nvram: NvramInspection | null;
}

/** Signatures of one NVRAM that are taken apart. A daemon's NVRAM has room for 7710; hostile bytes for millions. */
const MAX_SIGNATURES = 100_000;

interface Inspector {
  readonly platform: Platform;
  signaturesLeft: number;
}

export function inspectVm(vm: VmSource, platform: Platform): VmInspection {
  const { uuid, nameLabel, kind, source, secureBoot, nvram } = vm;
  return {
    uuid,
    nameLabel,
    kind,
    source,
    secureBoot,
    nvram: nvram === null ? null : inspectNvram(nvram, { platform, signaturesLeft: MAX_SIGNATURES }),
  };
}

function inspectNvram({ state, base64, otherKeys, blob }: Nvram, inspector: Inspector): NvramInspection {
  return {
    state,
    base64Oddities: base64?.oddities ?? null,
    otherKeys: Object.fromEntries(otherKeys),
    blob: blob === null ? null : inspectBlob(blob, inspector),
  };
}

/** mor_key comes first (varstored include/xapidb.h). */
const MOR_KEY_BYTES = 8;

function inspectBlob(blob: VarstoredBlob, inspector: Inspector): BlobInspection {
  const { bytes, ancillary, variables } = blob;
  return {
    version: blob.version,
    bytes: bytes.length,
    sha256: toHex(inspector.platform.sha256(bytes)),
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
    runtimeBytes: runtimeBytes(variables),
    limitBytes: VARSTORED_LIMITS.TOTAL_LIMIT,
    stop: blob.stop,
    rest: blob.rest,
    variables: variables.map((variable) => inspectVariable(variable, inspector)),
  };
}

function inspectVariable(variable: EfiVariable, inspector: Inspector): VariableInspection {
  const { index, vendorGuid, attributes, timestamp, certDigest, span, dataSpan, data } = variable;
  const database = signatureVariableKind(variable) === null ? null : readSignatureDatabase(data);
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
    sha256: toHex(inspector.platform.sha256(data)),
    signatureLists: database?.lists.map((list) => inspectList(list, variable, inspector)) ?? null,
    signatureFault: database?.fault ?? null,
    data: database === null ? toHex(data) : null,
  };
}

function inspectList(
  list: EfiSignatureList,
  variable: EfiVariable,
  inspector: Inspector,
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
  const length = Math.min(signatureCount, inspector.signaturesLeft);
  inspector.signaturesLeft -= length;
  return {
    span: moved(span, variable.dataSpan.start),
    type: named(signatureType),
    signatureListSize,
    signatureHeaderSize,
    signatureSize,
    fault,
    signatureCount,
    signatures: Array.from({ length }, (_, i) => inspectSignature(list, variable, i, inspector.platform)),
  };
}

function inspectSignature(
  list: EfiSignatureList,
  { data, dataSpan }: EfiVariable,
  index: number,
  platform: Platform,
): SignatureInspection {
  const { span, signatureOwner, signatureData } = signatureAt(data, list, index);
  const certificate =
    list.signatureType === EFI_CERT_X509_GUID ? inspectCertificate(signatureData, platform) : null;
  return {
    span: moved(span, dataSpan.start),
    owner: named(signatureOwner),
    data: certificate === null ? toHex(signatureData) : null,
    sha256: toHex(platform.sha256(signatureData)),
    certificate,
  };
}

function inspectCertificate(der: Uint8Array, platform: Platform): CertificateInspection | null {
  const certificate = platform.parseCertificate(der);
  if (certificate === null) return null;
  return { ...certificate, sha1: toHex(platform.sha1(der)), sha256: toHex(platform.sha256(der)) };
}

function named(guid: string): NamedGuid {
  return { guid, name: nameOfGuid(guid) };
}

function moved({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}
