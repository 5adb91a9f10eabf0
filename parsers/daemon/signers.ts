/** Who may sign an authenticated write (varstored handler.c, the branches of verify_auth_var_type). */
import { concatBytes, equalBytes, toHex, viewOf } from "../bytes.ts";
import { readGuid } from "../efi/guid.ts";
import {
  EFI_CERT_X509_GUID,
  SIGNATURE_LIST_HEADER_BYTES,
  SIGNATURE_OWNER_BYTES,
} from "../efi/signature-list.ts";
import type { SignatureVerifier } from "./crypto.ts";
import { type OpenedSignature, openCertificate, openSignature, verifySignature } from "./pkcs7-verify.ts";
import { Refusal } from "./refusal.ts";
import { findVariable, type StoredVariable, type VariableStore } from "./store.ts";
import { KEK, PK } from "./variable-id.ts";

/** X509_NAME_get_text_by_NID copies into 128 bytes, the last of which is NUL. */
const COMMON_NAME_BYTES = 127;

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
  if (!equalBytes(firstSignatureData(platformKey.data), signer.der)) {
    return new Refusal("signer-not-trusted", "The signer is not the PK.");
  }
  if (verifySignature(signature, write.content, signer, verifier)) return null;
  return new Refusal(
    "signer-not-trusted",
    "The PK did not sign this name, GUID, attributes, time and payload.",
  );
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
  for (const entry of certificatesOf(keys.data)) {
    if (entry instanceof Refusal) return entry;
    tried++;
    const trusted = openCertificate(entry, verifier);
    if (signature === null || trusted === null) continue;
    if (verifySignature(signature, write.content, trusted, verifier)) return null;
  }
  if (signature === null) return malformedSignature();
  const reason = `Neither the PK nor a certificate of KEK, which holds ${tried}, signed this name, GUID, attributes, time and payload.`;
  return new Refusal("signer-not-trusted", reason);
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
  if (verifySignature(signature, write.content, trusted, verifier)) return null;
  return new Refusal(
    "signer-not-trusted",
    "The certificate in the payload did not sign this name, GUID, attributes, time and payload.",
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
  const digest = verifier.sha256(concatBytes([cString(commonName), signer.fields.tbsCertificate]));
  if (enforce && current !== null && !equalBytes(digest, current.certDigest)) {
    const reason = `The signer's digest is ${toHex(digest)}; the variable was made by ${toHex(current.certDigest)}.`;
    return new Refusal("signer-differs", reason);
  }
  if (verifySignature(signature, write.content, signer, verifier)) return digest;
  return new Refusal(
    "signer-not-trusted",
    "The signer did not sign this name, GUID, attributes, time and payload.",
  );
}

function malformedSignature(): Refusal {
  return new Refusal(
    "signature-malformed",
    "The signature is no PKCS #7 SignedData with its signer's certificate.",
  );
}

/** varstored calls it the top level certificate. */
function lastSigner({ signers }: OpenedSignature): OpenedSignature["certificates"][number] {
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

/**
 * The daemon's walk over KEK, which checks nothing: KEK was checked when it was written, but a blob may bring any.
 * A Refusal here is a daemon that never answers.
 */
function* certificatesOf(data: Uint8Array): Generator<Uint8Array | Refusal> {
  const view = viewOf(data);
  let start = 0;
  while (start + SIGNATURE_LIST_HEADER_BYTES <= data.length) {
    const listSize = view.getUint32(start + 16, true);
    const signatureSize = view.getUint32(start + 24, true);
    if (readGuid(data, start) === EFI_CERT_X509_GUID) {
      if (signatureSize === 0) {
        yield new Refusal(
          "daemon-crashes",
          `The size of entries at byte ${start} of KEK is 0: the daemon divides by it.`,
        );
        return;
      }
      yield* certificatesOfList(data, start);
    }
    if (listSize === 0) {
      yield new Refusal(
        "daemon-hangs",
        `The list at byte ${start} of KEK has size 0: the daemon never gets past it.`,
      );
      return;
    }
    start += listSize;
  }
}

/** Whole entries of the declared size; those past the data are garbage of which none is a certificate. */
function* certificatesOfList(data: Uint8Array, start: number): Generator<Uint8Array> {
  const view = viewOf(data);
  const end = Math.min(start + view.getUint32(start + 16, true), data.length);
  const signatureSize = view.getUint32(start + 24, true);
  let at = start + SIGNATURE_LIST_HEADER_BYTES + view.getUint32(start + 20, true);
  for (; at + SIGNATURE_OWNER_BYTES < end; at += signatureSize) {
    yield data.subarray(at + SIGNATURE_OWNER_BYTES, Math.min(at + signatureSize, end));
  }
}
