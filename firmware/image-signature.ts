/** One signature of an image: AuthenticodeVerify and ImageTimestampVerify of CryptoPkg, which ask OpenSSL's PKCS7_verify. */
import { type Answer, BrokenChain, Undecided } from "../daemon/answer.ts";
import type { SignatureVerifier } from "../daemon/crypto.ts";
import { openCertificate, orNull } from "../daemon/opened-certificate.ts";
import { type OpenedSignature, openSignature, verifySignature } from "../daemon/pkcs7-verify.ts";
import { digestNamed } from "../daemon/signature-algorithms.ts";
import { equalBytes, hasBytesAt } from "../parsers/bytes.ts";
import { latin1 } from "../parsers/disk/fat-names.ts";
import {
  Asn1Reader,
  readAlgorithmIdentifier,
  readAny,
  readInteger,
  readObject,
  readSequence,
  readString,
  UNIVERSAL,
} from "../parsers/efi/asn1.ts";

/** 1.3.6.1.4.1.311.2.1.4 */
const SPC_INDIRECT_DATA = "2b060104018237020104";
/** 1.2.840.113549.1.9.16.1.4 */
const TST_INFO = "2a864886f70d0109100104";

/** Where the firmware looks for the digest algorithm, whatever stands before it. */
const DIGEST_OFFSET = 32;
const DIGEST_OIDS: readonly (readonly [string, Uint8Array])[] = [
  ["sha1", Uint8Array.of(0x2b, 0x0e, 0x03, 0x02, 0x1a)],
  ["sha256", Uint8Array.of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01)],
  ["sha384", Uint8Array.of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02)],
  ["sha512", Uint8Array.of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03)],
];

/** HashPeImageByType: null where the signature is passed over. */
export function digestOfSignature(pkcs7: Uint8Array): string | null {
  if (((pkcs7[1] ?? 0) & 0x82) !== 0x82) return null;
  return DIGEST_OIDS.find(([, oid]) => hasBytesAt(pkcs7, DIGEST_OFFSET, oid))?.[0] ?? null;
}

export interface ImageSignature {
  readonly opened: OpenedSignature;
  /** The SpcIndirectDataContent without its tag and length; null where something else is signed. */
  readonly content: Uint8Array | null;
}

/** Null where OpenSSL cannot read it, or lacks the certificate of a signer. */
export function openImageSignature(pkcs7: Uint8Array, verifier: SignatureVerifier): ImageSignature | null {
  const opened = openSignature(pkcs7, verifier);
  if (opened === null) return null;
  const { content } = opened.signedData;
  const isSpc = content?.type === SPC_INDIRECT_DATA && content.value.number === UNIVERSAL.SEQUENCE;
  return { opened, content: isSpc ? contentOf(content.value.encoded) : null };
}

/** Of a SEQUENCE, lengths in their short and long form. */
function contentOf(sequence: Uint8Array): Uint8Array {
  const first = sequence[1] ?? 0;
  return sequence.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f));
}

/** True or false; null where varscope cannot tell. */
export type Known = boolean | null;

function known(answer: Answer): Known {
  if (answer instanceof Undecided) return null;
  return answer instanceof BrokenChain ? false : answer;
}

/** AuthenticodeVerify: the image has this hash, and the signer is or is below `anchor`. */
export function isSignedBelow(
  { opened, content }: ImageSignature,
  imageHash: Uint8Array,
  anchor: Uint8Array,
  verifier: SignatureVerifier,
): Known {
  if (content === null || content.length < imageHash.length) return false;
  if (!equalBytes(content.subarray(content.length - imageHash.length), imageHash)) return false;
  const trusted = openCertificate(anchor, verifier);
  return trusted === null ? false : known(verifySignature(opened, content, trusted, verifier));
}

/** ImageTimestampVerify: when the signature was made, as `YYYYMMDDHHMMSS`; false where `anchor` vouches for no time. */
export function timeVouchedFor(
  { opened }: ImageSignature,
  anchor: Uint8Array,
  verifier: SignatureVerifier,
): string | false | null {
  const { timestampToken, signature } = opened.signers[0].info;
  const token = timestampToken === null ? null : openSignature(timestampToken, verifier);
  const trusted = openCertificate(anchor, verifier);
  if (token === null || trusted === null) return false;
  const { content } = token.signedData;
  if (content?.type !== TST_INFO || content.value.number !== UNIVERSAL.OCTET_STRING) return false;
  const answer = known(verifySignature(token, content.value.content, trusted, verifier));
  if (answer !== true) return answer;
  const info = orNull(() => readTimestampInfo(content.value.content));
  const digest = info === null ? null : digestNamed(info.digestAlgorithm);
  if (info === null || digest === null || !equalBytes(info.imprint, verifier.digest(digest, signature)))
    return false;
  return info.time;
}

interface TimestampInfo {
  readonly digestAlgorithm: string;
  readonly imprint: Uint8Array;
  readonly time: string;
}

/** TSTInfo (RFC 3161 §2.4.2), as far as its time. */
function readTimestampInfo(bytes: Uint8Array): TimestampInfo {
  return readSequence(new Asn1Reader(bytes), (info) => {
    readInteger(info);
    readObject(info);
    const [digestAlgorithm, imprint] = readSequence(info, (inner) => {
      const { algorithm } = readAlgorithmIdentifier(inner);
      return [algorithm, readString(inner, UNIVERSAL.OCTET_STRING)] as const;
    });
    readInteger(info);
    const time = latin1(readString(info, UNIVERSAL.GENERALIZED_TIME)).slice(0, 14);
    while (info.more()) readAny(info);
    return { digestAlgorithm, imprint, time };
  });
}
