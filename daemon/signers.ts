/** Who may sign an authenticated write (varstored handler.c, the branches of verify_auth_var_type). */
import { concatBytes, equalBytes, toHex, viewOf } from "../parsers/bytes.ts";
import { mayReadPast } from "../parsers/efi/asn1.ts";
import { readGuid } from "../parsers/efi/guid.ts";
import {
  EFI_CERT_X509_GUID,
  SIGNATURE_LIST_HEADER_BYTES,
  SIGNATURE_OWNER_BYTES,
} from "../parsers/efi/signature-list.ts";
import { type Answer, BrokenChain, Undecided } from "./answer.ts";
import type { SignatureVerifier } from "./crypto.ts";
import { type OpenedCertificate, openCertificate } from "./opened-certificate.ts";
import { type OpenedSignature, openSignature, verifySignature } from "./pkcs7-verify.ts";
import { Refusal } from "./refusal.ts";
import { findVariable, type StoredVariable, type VariableStore } from "./store.ts";
import { KEK, PK } from "./variable-id.ts";

/** X509_NAME_get_text_by_NID copies into 128 bytes, the last of which is NUL. */
const COMMON_NAME_BYTES = 127;
const INDEFINITE_LENGTH = 0x80;
/** Of a list, up to its SignatureListSize: what the daemon reads of one that holds no certificates. */
const LIST_SIZE_END = 20;

export interface SignedWrite {
  /** Wrapped as ContentInfo. */
  readonly contentInfo: Uint8Array;
  /** What the signature must be made over. */
  readonly content: Uint8Array;
  readonly payload: Uint8Array;
}

/** AUTH_TYPE_PK: the signer's certificate is the PK itself, byte for byte; no chain is followed. */
export function checkPlatformKey(
  store: VariableStore,
  write: SignedWrite,
  verifier: SignatureVerifier,
): Refusal | null {
  const signature = openSignature(write.contentInfo, verifier);
  if (signature === null) return malformedSignature();
  const platformKey = findVariable(store, PK);
  if (platformKey === null)
    return new Refusal("platform-key-missing", "There is no PK that could have signed this.");
  const signer = lastSigner(signature);
  const isPlatformKey = isFirstEntry(platformKey.data, signer.der);
  if (isPlatformKey instanceof Refusal) return isPlatformKey;
  if (!isPlatformKey) return new Refusal("signer-not-trusted", "The signer is not the PK.");
  return refusalOf(
    verifySignature(signature, write.content, signer, verifier),
    "The PK did not sign this name, GUID, attributes, time and payload.",
    "the PK",
  );
}

/** Null where the signature holds. `otherwise` is the whole sentence where nothing more is known. */
function refusalOf(answer: Answer, otherwise: string, holder = ""): Refusal | null {
  if (answer === true) return null;
  if (answer instanceof Undecided)
    return new Refusal("answer-undecided", `The answer depends on ${answer.reason}.`);
  if (answer === false) return new Refusal("signer-not-trusted", otherwise);
  const reason = `The signer comes from ${holder}, but ${answer.reason}: no signature of that chain counts.`;
  return new Refusal("signer-not-trusted", reason);
}

/** Is this certificate the first entry of the stored PK? The daemon compares without a look at how long the PK is. */
function isFirstEntry(data: Uint8Array, der: Uint8Array): boolean | Refusal {
  const pastEnd = new Refusal(
    "daemon-reads-past-end",
    `PK has ${data.length} bytes, fewer than its list says: the daemon compares with what lies behind them.`,
  );
  if (data.length < SIGNATURE_LIST_HEADER_BYTES) return pastEnd;
  const { headerSize, signatureSize } = firstListSizes(data);
  if (signatureSize - SIGNATURE_OWNER_BYTES !== der.length) return false;
  const start = SIGNATURE_LIST_HEADER_BYTES + headerSize + SIGNATURE_OWNER_BYTES;
  const stored = data.subarray(start, start + der.length);
  if (stored.length === der.length) return equalBytes(stored, der);
  const isSameSoFar = equalBytes(stored, der.subarray(0, stored.length));
  return isSameSoFar ? pastEnd : false;
}

/** AUTH_TYPE_KEK: any X.509 certificate of KEK, or one that it issued. */
export function checkKeyExchangeKeys(
  store: VariableStore,
  write: SignedWrite,
  verifier: SignatureVerifier,
): Refusal | null {
  const keys = findVariable(store, KEK);
  if (keys === null) {
    return new Refusal(
      "key-exchange-keys-missing",
      "The signer is not the PK, and there is no KEK that could have signed this.",
    );
  }
  // Opened once: what it holds does not depend on the key. A signature that cannot be read fails for each of them.
  const signature = openSignature(write.contentInfo, verifier);
  let tried = 0;
  let undecided: Refusal | null = null;
  let broken: Refusal | null = null;
  for (const entry of certificatesOf(keys.data)) {
    if (entry instanceof Refusal) return entry;
    tried++;
    const trusted = openCertificate(entry, verifier);
    if (signature === null || trusted === null) continue;
    const answer = verifySignature(signature, write.content, trusted, verifier);
    if (answer === true) return null;
    if (answer instanceof Undecided) undecided ??= refusalOf(answer, "");
    if (answer instanceof BrokenChain) broken ??= refusalOf(answer, "", "a certificate of KEK");
  }
  if (signature === null) return malformedSignature();
  const reason = `Neither the PK nor a certificate of KEK, which holds ${tried}, signed this name, GUID, attributes, time and payload.`;
  return undecided ?? broken ?? new Refusal("signer-not-trusted", reason);
}

/** AUTH_TYPE_PAYLOAD: a new PK is signed by the certificate that it carries. Without a payload nothing is checked. */
export function checkCarriedKey(write: SignedWrite, verifier: SignatureVerifier): Refusal | null {
  const { payload } = write;
  if (payload.length === 0) return null;
  const noCertificate = new Refusal(
    "signer-not-trusted",
    "The payload does not begin with a certificate that could have signed it.",
  );
  if (payload.length < SIGNATURE_LIST_HEADER_BYTES) return noCertificate;
  const { headerSize, signatureSize } = firstListSizes(payload);
  const end = SIGNATURE_LIST_HEADER_BYTES + headerSize + signatureSize;
  if (payload.length < end || signatureSize < SIGNATURE_OWNER_BYTES) return noCertificate;
  const trusted = openCertificate(firstSignatureData(payload), verifier);
  if (trusted === null) return noCertificate;
  const signature = openSignature(write.contentInfo, verifier);
  if (signature === null) return malformedSignature();
  return refusalOf(
    verifySignature(signature, write.content, trusted, verifier),
    "The certificate in the payload did not sign this name, GUID, attributes, time and payload.",
    "the certificate in the payload",
  );
}

/**
 * AUTH_TYPE_PRIVATE: the same signer as before; `enforce` false compares no digests. Returns the digest that is
 * stored with a new variable: SHA-256 of the first signer's common name and the last signer's tbsCertificate (sha256_sig).
 */
export function checkPrivateSigner(
  write: SignedWrite,
  current: StoredVariable | null,
  enforce: boolean,
  verifier: SignatureVerifier,
): Uint8Array | Refusal {
  const signature = openSignature(write.contentInfo, verifier);
  if (signature === null) return malformedSignature();
  const { commonName } = signature.signers[0].certificate.fields;
  if (commonName === null)
    return new Refusal("signature-malformed", "The signer's certificate has no common name.");
  const signer = lastSigner(signature);
  const digest = verifier.sha256(concatBytes([cString(commonName), tbsOf(signer)]));
  if (enforce && current !== null && !equalBytes(digest, current.certDigest)) {
    const reason = `The signer's digest is ${toHex(digest)}; the variable was made by ${toHex(current.certDigest)}.`;
    return new Refusal("signer-differs", reason);
  }
  const refusal = refusalOf(
    verifySignature(signature, write.content, signer, verifier),
    "The signer did not sign this name, GUID, attributes, time and payload.",
    "itself",
  );
  return refusal ?? digest;
}

/** X509_get_tbs_cert: of an indefinite length it takes the two bytes of the header for all. */
function tbsOf({ fields }: OpenedCertificate): Uint8Array {
  const { tbsCertificate } = fields;
  return tbsCertificate[1] === INDEFINITE_LENGTH ? tbsCertificate.subarray(0, 2) : tbsCertificate;
}

function malformedSignature(): Refusal {
  return new Refusal(
    "signature-malformed",
    "The signature is no PKCS #7 SignedData with its signer's certificate.",
  );
}

/** varstored calls it the top level certificate. */
function lastSigner({ signers }: OpenedSignature): OpenedCertificate {
  return (signers.at(-1) ?? signers[0]).certificate;
}

/** Up to the first NUL, as the digest is made with strlen. */
function cString(text: Uint8Array): Uint8Array {
  const end = text.indexOf(0);
  return text.subarray(0, Math.min(end < 0 ? text.length : end, COMMON_NAME_BYTES));
}

function firstListSizes(data: Uint8Array): { headerSize: number; signatureSize: number } {
  const view = viewOf(data);
  return { headerSize: view.getUint32(20, true), signatureSize: view.getUint32(24, true) };
}

/** Data of the first entry by the sizes of the first list, whatever its type; what is past the end is not there. */
function firstSignatureData(data: Uint8Array): Uint8Array {
  if (data.length < SIGNATURE_LIST_HEADER_BYTES) return new Uint8Array(0);
  const { headerSize, signatureSize } = firstListSizes(data);
  const start = SIGNATURE_LIST_HEADER_BYTES + headerSize;
  return data.subarray(start + SIGNATURE_OWNER_BYTES, start + signatureSize);
}

/** Where that entry stands, at its owner; null where not all of it is there. */
export function firstEntryOf(data: Uint8Array): { readonly start: number; readonly end: number } | null {
  if (data.length < SIGNATURE_LIST_HEADER_BYTES) return null;
  const { headerSize, signatureSize } = firstListSizes(data);
  const start = SIGNATURE_LIST_HEADER_BYTES + headerSize;
  const end = start + signatureSize;
  return signatureSize > SIGNATURE_OWNER_BYTES && end <= data.length ? { start, end } : null;
}

/**
 * The daemon's walk over KEK, which checks nothing: KEK was checked when it was written, but a blob may bring any.
 * A Refusal here is a daemon that never answers, or that goes on with what lies behind KEK in its memory.
 */
function* certificatesOf(data: Uint8Array): Generator<Uint8Array | Refusal> {
  const view = viewOf(data);
  let start = 0;
  let remaining = data.length;
  while (remaining > 0) {
    if (remaining < LIST_SIZE_END) return yield pastKeys(data, remaining);
    const listSize = view.getUint32(start + 16, true);
    if (readGuid(data, start) === EFI_CERT_X509_GUID) {
      if (remaining < SIGNATURE_LIST_HEADER_BYTES) return yield pastKeys(data, remaining);
      if (view.getUint32(start + 24, true) === 0) {
        const reason = `The size of entries at byte ${start} of KEK is 0: the daemon divides by it.`;
        return yield new Refusal("daemon-crashes", reason);
      }
      yield* certificatesOfList(data, start);
    }
    if (listSize === 0) {
      const reason = `The list at byte ${start} of KEK has size 0: the daemon never gets past it.`;
      return yield new Refusal("daemon-hangs", reason);
    }
    // As the daemon's int: a size of 2 GB and more makes it grow.
    remaining = (remaining - listSize) | 0;
    start += listSize;
    if (remaining > 0 && start >= data.length) return yield pastKeys(data, remaining);
  }
}

function pastKeys(data: Uint8Array, remaining: number): Refusal {
  const reason =
    remaining < SIGNATURE_LIST_HEADER_BYTES
      ? `KEK ends with ${remaining} ${remaining === 1 ? "byte" : "bytes"} that are no whole list: the daemon reads on in what lies behind.`
      : `A list of KEK says that it is longer than the ${data.length} bytes of KEK: the daemon reads on in what lies behind them.`;
  return new Refusal("daemon-reads-past-end", reason);
}

/** What the daemon runs into before it comes to an entry of KEK that satisfies it; null where there is none, or nothing. */
export function keyExchangeObstacle(
  data: Uint8Array,
  satisfies: (entry: Uint8Array) => boolean,
): Refusal | null {
  for (const entry of certificatesOf(data)) {
    if (entry instanceof Refusal) return entry;
    if (satisfies(entry)) return null;
  }
  return null;
}

/** As many entries as the daemon counts: its arithmetic is of 64 bits without a sign, and the result an int. */
function* certificatesOfList(data: Uint8Array, start: number): Generator<Uint8Array | Refusal> {
  const view = viewOf(data);
  const [listSize, headerSize, signatureSize] = [16, 20, 24].map((at) => view.getUint32(start + at, true));
  const first = start + SIGNATURE_LIST_HEADER_BYTES + (headerSize ?? 0);
  const size = signatureSize ?? 0;
  const bytes = BigInt.asUintN(64, BigInt(start + (listSize ?? 0) - first));
  const count = Number(BigInt.asIntN(32, bytes / BigInt(size)));
  // The size of the certificate is unsigned, too.
  const length = (size - SIGNATURE_OWNER_BYTES) >>> 0;
  for (let i = 0, at = first; i < count; i++, at += size) {
    const from = at + SIGNATURE_OWNER_BYTES;
    const entry = entryOf(data, from, length);
    yield entry ?? pastKeys(data, SIGNATURE_LIST_HEADER_BYTES);
    if (entry === null) return;
  }
}

/** Null where OpenSSL would look for the certificate behind the end of the data. */
function entryOf(data: Uint8Array, from: number, length: number): Uint8Array | null {
  const held = data.subarray(from, from + length);
  if (held.length === length) return held;
  return mayReadPast(held, length) ? null : held;
}
