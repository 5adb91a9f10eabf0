/** Which signature lists may be written to PK, KEK, db, dbx and dbt (varstored handler.c, check_signature_list_format). */
import { viewOf } from "../parsers/bytes.ts";
import { mayReadPast } from "../parsers/efi/asn1.ts";
import { readGuid } from "../parsers/efi/guid.ts";
import {
  DATA_BYTES_OF_TYPE,
  EFI_CERT_X509_GUID,
  SIGNATURE_LIST_HEADER_BYTES,
  SIGNATURE_OWNER_BYTES,
} from "../parsers/efi/signature-list.ts";
import { nameOfGuid } from "../parsers/guids.ts";
import type { SignatureVerifier } from "./crypto.ts";
import { openCertificate } from "./opened-certificate.ts";
import { Refusal } from "./refusal.ts";

interface ListHeader {
  readonly offset: number;
  readonly type: string;
  readonly listSize: number;
  readonly headerSize: number;
  readonly signatureSize: number;
}

/** Null where the daemon takes the lists. The order of the checks is the daemon's. */
export function checkSignatureListFormat(
  data: Uint8Array,
  isPk: boolean,
  verifier: SignatureVerifier,
): Refusal | null {
  const view = viewOf(data);
  let offset = 0;
  let count = 0n;
  while (data.length - offset >= SIGNATURE_LIST_HEADER_BYTES) {
    const list: ListHeader = {
      offset,
      type: readGuid(data, offset),
      listSize: view.getUint32(offset + 16, true),
      headerSize: view.getUint32(offset + 20, true),
      signatureSize: view.getUint32(offset + 24, true),
    };
    if (data.length - offset < list.listSize) break;
    const items = checkList(list);
    if (items instanceof Refusal) return items;
    const refusal = list.type === EFI_CERT_X509_GUID ? checkCertificates(data, list, items, verifier) : null;
    if (refusal !== null) return refusal;
    count += items;
    offset += list.listSize;
  }
  if (offset !== data.length) {
    const reason = `The last whole signature list ends at byte ${offset} of the payload, which has ${data.length}.`;
    return new Refusal("list-past-end", reason);
  }
  if (isPk && BigInt.asIntN(32, count) > 1n) {
    return new Refusal("list-too-many-platform-keys", `PK takes one entry, not ${count}.`);
  }
  return null;
}

/** The number of entries, computed in 64 bits without a sign as the daemon does: a list size under 28 wraps around. */
function checkList(list: ListHeader): bigint | Refusal {
  const { offset, type, listSize, headerSize, signatureSize } = list;
  const where = `the signature list at byte ${offset} of the payload`;
  const dataBytes = DATA_BYTES_OF_TYPE.get(type);
  if (dataBytes === undefined && type !== EFI_CERT_X509_GUID) {
    return new Refusal(
      "list-type-unknown",
      `The type ${nameOfGuid(type) ?? type} of ${where} is not supported.`,
    );
  }
  if (dataBytes !== undefined && signatureSize - SIGNATURE_OWNER_BYTES !== dataBytes) {
    const reason = `Entries of ${where} have ${signatureSize} bytes; their type needs ${dataBytes + SIGNATURE_OWNER_BYTES}.`;
    return new Refusal("list-signature-size", reason);
  }
  if (headerSize !== 0)
    return new Refusal("list-header-size", `The header of ${where} has ${headerSize} bytes, not 0.`);
  if (signatureSize === 0) return new Refusal("list-signature-size", `Entries of ${where} have no bytes.`);
  const body = BigInt.asUintN(64, BigInt(listSize - SIGNATURE_LIST_HEADER_BYTES));
  if (body % BigInt(signatureSize) !== 0n) {
    const reason = `${listSize} bytes of ${where} are no whole number of entries of ${signatureSize} bytes.`;
    return new Refusal("list-body-size", reason);
  }
  if (body === 0n) return new Refusal("list-empty", `There is no entry in ${where}.`);
  return body / BigInt(signatureSize);
}

/** Every entry must be a certificate with an RSA key. Only a list whose size wraps around has entries past the data. */
function checkCertificates(
  data: Uint8Array,
  list: ListHeader,
  items: bigint,
  verifier: SignatureVerifier,
): Refusal | null {
  const { offset, signatureSize } = list;
  if (signatureSize < SIGNATURE_OWNER_BYTES) {
    return new Refusal(
      "list-signature-size",
      `Entries of ${signatureSize} bytes have no room for their owner.`,
    );
  }
  let start = offset + SIGNATURE_LIST_HEADER_BYTES;
  for (let left = items; left > 0n; left--, start += signatureSize) {
    const certificate = data.subarray(start + SIGNATURE_OWNER_BYTES, start + signatureSize);
    const length = signatureSize - SIGNATURE_OWNER_BYTES;
    if (certificate.length < length && mayReadPast(certificate, length)) {
      return new Refusal(
        "daemon-reads-past-end",
        `A list of ${signatureSize} bytes an entry goes past the payload of ${data.length}: the daemon reads on in what lies behind it.`,
      );
    }
    const opened = openCertificate(certificate, verifier);
    if (opened === null) {
      return new Refusal("list-certificate", `The entry at byte ${start} of the payload is no certificate.`);
    }
    if (verifier.keyType(opened.der) !== "rsa") {
      return new Refusal(
        "list-certificate",
        `The certificate at byte ${start} of the payload has no RSA key.`,
      );
    }
  }
  return null;
}
