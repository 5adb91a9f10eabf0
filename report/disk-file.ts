/** What is said of one program on a disk: its hashes, who signed it, and what shim and Windows ask of it. */
import type { SignatureVerifier } from "../daemon/crypto.ts";
import { openSignature } from "../daemon/pkcs7-verify.ts";
import { toHex } from "../parsers/bytes.ts";
import { latin1 } from "../parsers/disk/fat-names.ts";
import { ParseError } from "../parsers/errors.ts";
import { readImage, sectionNamed } from "../parsers/pe/image.ts";
import { readShim } from "../parsers/pe/sbat.ts";
import { readCertificateTable } from "../parsers/pe/signed-parts.ts";
import type { Platform } from "../parsers/platform.ts";
import type { BootImage } from "./boot.ts";
import { describeImage } from "./boot-scenarios.ts";

export interface FileCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly sha256: string;
  readonly isSigner: boolean;
}

export interface FileInspection {
  readonly bytes: number;
  /** Null for a file that is no program for the firmware. */
  readonly image: BootImage | null;
  readonly sections: readonly { readonly name: string; readonly bytes: number }[];
  /** For each signature, the certificates in it. */
  readonly signatures: readonly (readonly FileCertificate[])[];
  /** Lines of `.sbat`, as they stand. */
  readonly sbat: readonly string[];
  /** Only for shim: the SBAT levels that it sets by itself, and on request. */
  readonly levels: { readonly automatic: string; readonly latest: string } | null;
}

interface Settings {
  readonly verifier: SignatureVerifier;
  readonly platform: Platform;
}

export function inspectFile(content: Uint8Array, settings: Settings): FileInspection {
  const image = orNull(() => readImage(content));
  if (image === null)
    return { bytes: content.length, image: null, sections: [], signatures: [], sbat: [], levels: null };
  const shim = readShim(image);
  const table = orNull(() => readCertificateTable(image));
  return {
    bytes: content.length,
    image: describeImage(content, settings),
    sections: image.sections.map(({ name, rawSize }) => ({ name, bytes: rawSize })),
    signatures: (table?.signatures ?? []).map((pkcs7) => certificatesOf(pkcs7, settings)),
    sbat: linesOf(sectionNamed(image, ".sbat")),
    levels:
      shim === null ? null : { automatic: latin1(shim.automaticLevel), latest: latin1(shim.latestLevel) },
  };
}

const MAX_SBAT_BYTES = 16_384;

function linesOf(section: Uint8Array | null): string[] {
  const text = latin1((section ?? new Uint8Array(0)).subarray(0, MAX_SBAT_BYTES));
  return (text.split("\0")[0] ?? "").split(/\r?\n/).filter((line) => line !== "");
}

/** Empty where the signature cannot be read. */
function certificatesOf(pkcs7: Uint8Array, { verifier, platform }: Settings): FileCertificate[] {
  const opened = openSignature(pkcs7, verifier);
  if (opened === null) return [];
  const signers = new Set(opened.signers.map(({ certificate }) => certificate.der));
  return opened.certificates.flatMap(({ der }) => {
    const parsed = platform.parseCertificate(der);
    if (parsed === null) return [];
    const { subject, issuer, notBefore, notAfter } = parsed;
    const sha256 = toHex(platform.sha256(der));
    return [{ subject, issuer, notBefore, notAfter, sha256, isSigner: signers.has(der) }];
  });
}

function orNull<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return null;
  }
}
