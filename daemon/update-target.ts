/** Finds out which variable an update file is for, as the file does not name it. */
import { EFI_VARIABLE_APPEND_WRITE } from "../parsers/efi/attributes.ts";
import {
  AUTH_HEADER_BYTES,
  buildUnsignedAuth,
  readAuthHeader,
  signedContent,
} from "../parsers/efi/auth-header.ts";
import { EFI_CERT_SHA256_GUID, readSignatureDatabase } from "../parsers/efi/signature-list.ts";
import { EFI_TIME_BYTES } from "../parsers/efi/time.ts";
import { oncePer } from "../parsers/once-per.ts";
import { wrapPkcs7Data } from "./authentication.ts";
import type { SignatureVerifier } from "./crypto.ts";
import { type OpenedSignature, openSignature, signsContent } from "./pkcs7-verify.ts";
import { Refusal } from "./refusal.ts";
import { SECURE_BOOT_ATTRIBUTES, type SetVariableRequest } from "./request-checks.ts";
import { SECURE_BOOT_VARIABLES, type SecureBootVariable, secureBootId } from "./variable-id.ts";

export interface UpdateFile {
  /** Name of the file in the report. */
  readonly label: string;
  readonly bytes: Uint8Array;
  /** `auth`: with its header, as a guest would send it. `esl`: signature lists only, sent as an unsigned write. */
  readonly kind: "auth" | "esl";
  /** The variable that the user named; null where the file decides. */
  readonly variable: SecureBootVariable | null;
  readonly append: boolean | null;
}

export interface UpdateTarget {
  readonly variable: SecureBootVariable;
  readonly append: boolean;
  /** How the variable was found. */
  readonly by: "user" | "signature" | "content";
}

/** The variable; null where neither user, signature nor content says it: then the user must name it. */
export function chooseTarget(file: UpdateFile, verifier: SignatureVerifier): UpdateTarget | null {
  const { variable, append } = file;
  if (variable !== null && append !== null) return { variable, append, by: "user" };
  const payload = payloadOf(file);
  const signed = file.kind === "auth" ? targetBySignature(file, payload, verifier) : null;
  if (signed !== null) return signed;
  if (variable !== null) return { variable, append: append ?? enrolledByAppend(variable), by: "user" };
  // SVN entries are of this type too.
  const holdsHashes = readSignatureDatabase(payload).lists.some(
    (list) => list.signatureType === EFI_CERT_SHA256_GUID,
  );
  return holdsHashes ? { variable: "dbx", append: append ?? true, by: "content" } : null;
}

/** The daemon's own enrolment appends to dbx and replaces the others (varstored handler.c, auth_info). */
function enrolledByAppend(variable: SecureBootVariable): boolean {
  return variable === "dbx";
}

/** Empty where the header is too short to tell. */
function payloadOf({ bytes, kind }: UpdateFile): Uint8Array {
  if (kind === "esl") return bytes;
  const header = readAuthHeader(bytes);
  return bytes.subarray(header === null ? bytes.length : Math.max(header.payloadOffset, AUTH_HEADER_BYTES));
}

/** The name and the attributes over which the signature was made, whoever made it. */
function targetBySignature(
  file: UpdateFile,
  payload: Uint8Array,
  verifier: SignatureVerifier,
): UpdateTarget | null {
  const header = readAuthHeader(file.bytes);
  const signature = openUpdateSignature(file.bytes, verifier);
  if (header === null || signature === null) return null;
  const names = file.variable === null ? SECURE_BOOT_VARIABLES : [file.variable];
  const modes = file.append === null ? [true, false] : [file.append];
  for (const variable of names) {
    for (const append of modes) {
      const content = signedContent({
        ...secureBootId(variable),
        attributes: attributesOf(append),
        timestamp: header.timestamp,
        payload,
      });
      if (signsContent(signature, content, verifier) === true) return { variable, append, by: "signature" };
    }
  }
  return null;
}

function openUpdateSignature(bytes: Uint8Array, verifier: SignatureVerifier): OpenedSignature | null {
  const header = readAuthHeader(bytes);
  if (header === null || header.payloadOffset < AUTH_HEADER_BYTES || header.payloadOffset > bytes.length)
    return null;
  const contentInfo = wrapPkcs7Data(bytes.subarray(AUTH_HEADER_BYTES, header.payloadOffset));
  return contentInfo instanceof Refusal ? null : openSignature(contentInfo, verifier);
}

function attributesOf(append: boolean): number {
  return SECURE_BOOT_ATTRIBUTES | (append ? EFI_VARIABLE_APPEND_WRITE : 0);
}

/** Remembered for all VMs that the update is tried on. */
const unsignedAuth = oncePer(
  ({ bytes }: UpdateFile): Uint8Array => buildUnsignedAuth(new Uint8Array(EFI_TIME_BYTES), bytes),
);

/** The request that an operating system sends for this update. */
export function requestOf(file: UpdateFile, target: UpdateTarget): SetVariableRequest {
  // Without a signature the time counts for nothing: only setup mode takes such a write, and it compares no times.
  const data = file.kind === "auth" ? file.bytes : unsignedAuth(file);
  return { ...secureBootId(target.variable), attributes: attributesOf(target.append), data, atRuntime: true };
}
