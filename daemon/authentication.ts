/** Time based authenticated writes (varstored handler.c, verify_auth_var, verify_auth_var_type, wrap_pkcs7_data). */
import { concatBytes, hasBytesAt } from "../parsers/bytes.ts";
import { EFI_VARIABLE_APPEND_WRITE } from "../parsers/efi/attributes.ts";
import {
  AUTH_HEADER_BYTES,
  type AuthHeader,
  EFI_CERT_TYPE_PKCS7_GUID,
  readAuthHeader,
  signedContent,
  WIN_CERT_TYPE_EFI_GUID,
} from "../parsers/efi/auth-header.ts";
import { formatEfiTime } from "../parsers/efi/time.ts";
import { oncePer } from "../parsers/once-per.ts";
import type { SignatureVerifier } from "./crypto.ts";
import { Refusal } from "./refusal.ts";
import { checkSignatureListFormat } from "./signature-list-format.ts";
import {
  checkCarriedKey,
  checkKeyExchangeKeys,
  checkPlatformKey,
  checkPrivateSigner,
  type SignedWrite,
} from "./signers.ts";
import { changeMode } from "./startup-variables.ts";
import { findVariable, type StoredVariable, type VariableStore } from "./store.ts";
import { hasUnusedFields, isLater } from "./timestamp.ts";
import { SETUP_MODE, type SecureBootVariable, secureBootVariable, type VariableId } from "./variable-id.ts";

/** A request to the daemon; the append bit is not among the attributes any more. */
export interface Write extends VariableId {
  readonly attributes: number;
  readonly append: boolean;
  readonly data: Uint8Array;
  readonly atRuntime: boolean;
}

export interface AuthenticationContext {
  readonly verifier: SignatureVerifier;
  /** False where the VM's platform sets `auth-enforce` to `false`: times and signers are then not compared. */
  readonly authEnforce: boolean;
  /** True where the platform of the VM has Secure Boot on. */
  readonly secureBoot: boolean;
}

export interface Authenticated {
  readonly payload: Uint8Array;
  /** EFI_TIME, 16 raw bytes. */
  readonly timestamp: Uint8Array;
  /** Digest of the signer of a private variable; zeros for the Secure Boot variables. */
  readonly certDigest: Uint8Array;
}

/** The answer, and the store after it. The store may change even where a later check refuses: a PK that is accepted here changes the mode at once. */
export interface AuthenticationAnswer {
  readonly store: VariableStore;
  readonly result: Authenticated | Refusal;
}

type AuthType = "PK" | "KEK" | "payload" | "private" | "none";

const NO_DIGEST = new Uint8Array(32);
/** 1.2.840.113549.1.7.2 with its tag and length */
const SIGNED_DATA_OID = Uint8Array.of(0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02);
/** 2.16.840.1.101.3.4.2.1 */
const SHA256_OID = Uint8Array.of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01);
/** ContentInfo, its object identifier and [0], each with two bytes of length. */
const WRAPPER_BYTES = 19;
/** The shortest signature that wrap_pkcs7_data looks at. */
const SHORTEST_SIGNATURE = 17;
/** Where the first digest algorithm stands in a wrapped SignedData with lengths of two bytes. */
const DIGEST_OID_AT = 32;

/** verify_auth_var. `current` is the variable as it is stored, null for a new one. */
export function verifyAuthVariable(
  store: VariableStore,
  write: Write,
  current: StoredVariable | null,
  context: AuthenticationContext,
): AuthenticationAnswer {
  const setupMode = findVariable(store, SETUP_MODE)?.data[0];
  if (setupMode === undefined) {
    return { store, result: new Refusal("setup-mode-missing", "SetupMode does not exist.") };
  }
  const name = secureBootVariable(write);
  if (name === "PK" && write.append && current !== null) {
    return {
      store,
      result: new Refusal("append-to-pk", "PK holds exactly one entry: nothing is appended to it."),
    };
  }
  const result = verifyAs(authTypesOf(name, setupMode === 1, context.authEnforce), {
    store,
    write,
    current,
    context,
  });
  if (result instanceof Refusal || name === null) return { store, result };
  const refusal = checkSignatureListFormat(result.payload, name === "PK", context.verifier);
  if (refusal !== null) return { store, result: refusal };
  return { store: name === "PK" ? afterPlatformKey(store, result, setupMode, context) : store, result };
}

function afterPlatformKey(
  store: VariableStore,
  { payload }: Authenticated,
  setupMode: number,
  context: AuthenticationContext,
): VariableStore {
  if (setupMode === 1 && payload.length > 0) return changeMode(store, true, context.secureBoot);
  if (setupMode === 0 && payload.length === 0) return changeMode(store, false, context.secureBoot);
  return store;
}

/** Kinds of signers that may sign this write. They are tried in turn; if all refuse, the refusal of the last one is the answer. */
function authTypesOf(
  name: SecureBootVariable | null,
  setupMode: boolean,
  enforce: boolean,
): readonly AuthType[] {
  if (name === null) return ["private"];
  if (!enforce) return ["none"];
  if (name === "PK") return [setupMode ? "payload" : "PK"];
  if (setupMode) return ["none"];
  return name === "KEK" ? ["PK"] : ["PK", "KEK"];
}

interface Attempt {
  readonly store: VariableStore;
  readonly write: Write;
  readonly current: StoredVariable | null;
  readonly context: AuthenticationContext;
}

function verifyAs(types: readonly AuthType[], attempt: Attempt): Authenticated | Refusal {
  const needsSigner = types[0] !== "none";
  const header = checkDescriptor(attempt, needsSigner);
  if (header instanceof Refusal) return header;
  const { write } = attempt;
  const { timestamp, payloadOffset } = header;
  const payload = payloadOf(write.data, payloadOffset);
  if (!needsSigner) return { payload, timestamp, certDigest: NO_DIGEST };
  const contentInfo = wrapPkcs7Data(write.data.subarray(AUTH_HEADER_BYTES, payloadOffset));
  if (contentInfo instanceof Refusal) return contentInfo;
  const attributes = write.attributes | (write.append ? EFI_VARIABLE_APPEND_WRITE : 0);
  const content = signedContent({ ...write, attributes, timestamp, payload });
  const digest = checkSigners(types, { contentInfo, content, payload }, attempt);
  return digest instanceof Refusal ? digest : { payload, timestamp, certDigest: digest };
}

/** The payload, as the same array for every VM that one update is tried on, so that results about it can be remembered. */
const payloadOf = oncePer((data: Uint8Array, offset: number): Uint8Array => data.subarray(offset));

/** Everything of the descriptor that does not depend on the signer. */
function checkDescriptor({ write, current, context }: Attempt, needsSigner: boolean): AuthHeader | Refusal {
  const { data, append } = write;
  const header = readAuthHeader(data);
  if (header === null) {
    const reason = `An authenticated write begins with a header of ${AUTH_HEADER_BYTES} bytes; only ${data.length} are there.`;
    return new Refusal("auth-header-cut", reason);
  }
  const { timestamp } = header;
  if (hasUnusedFields(timestamp)) {
    return new Refusal(
      "time-malformed",
      "Pad bytes, nanosecond, time zone or daylight of the time are not zero.",
    );
  }
  if (
    context.authEnforce &&
    needsSigner &&
    !append &&
    current !== null &&
    !isLater(current.timestamp, timestamp)
  ) {
    const [stored, given] = [formatEfiTime(current.timestamp), formatEfiTime(timestamp)];
    return new Refusal(
      "time-not-later",
      `The time ${given ?? "0"} is not later than the stored ${stored ?? "0"}.`,
    );
  }
  if (header.certificateType !== WIN_CERT_TYPE_EFI_GUID || header.certType !== EFI_CERT_TYPE_PKCS7_GUID) {
    return new Refusal("certificate-type", "The header does not announce a PKCS #7 signature.");
  }
  if (header.payloadOffset < AUTH_HEADER_BYTES || header.payloadOffset > data.length) {
    const reason = `The header puts the end of the signature at byte ${header.payloadOffset} of ${data.length}.`;
    return new Refusal("signature-length", reason);
  }
  return header;
}

/** Wraps a bare SignedData as ContentInfo, and looks at its first digest algorithm where the daemon expects it. */
export function wrapPkcs7Data(signature: Uint8Array): Uint8Array | Refusal {
  if (signature.length < SHORTEST_SIGNATURE) {
    return new Refusal(
      "signature-missing",
      `The signature has ${signature.length} bytes: this write is not signed.`,
    );
  }
  const isWrapped =
    hasBytesAt(signature, 4, SIGNED_DATA_OID) && signature[15] === 0xa0 && signature[16] === 0x82;
  const contentInfo = isWrapped
    ? signature
    : concatBytes([
        lengthOfTwo(0x30, signature.length + WRAPPER_BYTES - 4),
        SIGNED_DATA_OID,
        lengthOfTwo(0xa0, signature.length),
        signature,
      ]);
  if (contentInfo.length < DIGEST_OID_AT + SHA256_OID.length) return contentInfo;
  if (contentInfo[20] === 0x82 && hasBytesAt(contentInfo, DIGEST_OID_AT, SHA256_OID)) return contentInfo;
  return new Refusal("digest-not-sha256", "The signature does not name SHA-256 as its digest.");
}

function lengthOfTwo(tag: number, length: number): Uint8Array {
  return Uint8Array.of(tag, 0x82, (length >> 8) & 0xff, length & 0xff);
}

/** The digest to store, or the refusal of the last signer that was tried. */
function checkSigners(
  types: readonly AuthType[],
  signed: SignedWrite,
  attempt: Attempt,
): Uint8Array | Refusal {
  const { store, current, context } = attempt;
  let answer: Uint8Array | Refusal = NO_DIGEST;
  let undecided: Refusal | null = null;
  for (const type of types) {
    if (type === "private")
      answer = checkPrivateSigner(signed, current, context.authEnforce, context.verifier);
    else answer = checkSigner(type, signed, store, context.verifier) ?? NO_DIGEST;
    if (!(answer instanceof Refusal)) return answer;
    // A daemon that reads elsewhere, or is gone, does not come to the next signer; what is open may still be taken there.
    if (answer.status === null && answer.check !== "answer-undecided") return answer;
    if (answer.status === null) undecided ??= answer;
  }
  return undecided ?? answer;
}

function checkSigner(
  type: Exclude<AuthType, "private">,
  signed: SignedWrite,
  store: VariableStore,
  verifier: SignatureVerifier,
): Refusal | null {
  switch (type) {
    case "PK":
      return checkPlatformKey(store, signed, verifier);
    case "KEK":
      return checkKeyExchangeKeys(store, signed, verifier);
    case "payload":
      return checkCarriedKey(signed, verifier);
    case "none":
      return null;
  }
}
