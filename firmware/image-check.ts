/**
 * The firmware's check of an image under Secure Boot (EDK2 SecurityPkg/Library/DxeImageVerificationLib,
 * DxeImageVerificationHandler), in its order: what forbids, what allows, and what is measured on the way.
 */
import type { SignatureVerifier } from "../daemon/crypto.ts";
import { openCertificate } from "../daemon/opened-certificate.ts";
import { EFI_IMAGE_SECURITY_DATABASE } from "../parsers/guids.ts";
import type { EfiImage } from "../parsers/pe/image.ts";
import { hashedBytes, readCertificateTable } from "../parsers/pe/signed-parts.ts";
import { type Generation, unsignedDigests, verifierOf } from "./generation.ts";
import {
  digestOfSignature,
  type ImageSignature,
  isSignedBelow,
  type Known,
  openImageSignature,
  timeVouchedFor,
} from "./image-signature.ts";
import type { Authorities } from "./pcr7.ts";
import { certificatesOf, hashEntry, type RevokedCertificate, revocationOf } from "./signature-lists.ts";

/** Why an image was taken or refused. */
export interface Reason {
  readonly rule:
    | "signature-in-db"
    | "hash-in-db"
    | "signature-in-dbx"
    | "signer-revoked"
    | "hash-in-dbx"
    | "signer-unreadable"
    | "table-damaged"
    | "no-hash"
    | "not-signed"
    | "not-in-db"
    | "undecided";
  readonly variable: "db" | "dbx" | null;
  /** Which entry of the variable, from 0. */
  readonly entry: number | null;
}

export interface ImageVerdict {
  /** Null where varscope cannot tell. */
  readonly accepted: Known;
  readonly why: Reason;
}

export interface Databases {
  readonly db: Uint8Array | null;
  readonly dbx: Uint8Array | null;
  readonly dbt: Uint8Array | null;
}

function refused(rule: Reason["rule"], entry: number | null = null): ImageVerdict {
  const isDbx = rule === "signature-in-dbx" || rule === "signer-revoked" || rule === "hash-in-dbx";
  return { accepted: false, why: { rule, variable: isDbx ? "dbx" : null, entry } };
}

const UNDECIDED: ImageVerdict = { accepted: null, why: { rule: "undecided", variable: null, entry: null } };

export function checkImage(
  image: EfiImage,
  databases: Databases,
  settings: {
    readonly generation: Generation;
    readonly verifier: SignatureVerifier;
    readonly authorities: Authorities;
  },
): ImageVerdict {
  const verifier = verifierOf(settings.generation, settings.verifier);
  return new ImageCheck(image, databases, { ...settings, verifier }).run();
}

class ImageCheck {
  readonly #image: EfiImage;
  readonly #databases: Databases;
  readonly #generation: Generation;
  readonly #verifier: SignatureVerifier;
  readonly #authorities: Authorities;
  readonly #hashed: Uint8Array | null;

  constructor(
    image: EfiImage,
    databases: Databases,
    settings: { generation: Generation; verifier: SignatureVerifier; authorities: Authorities },
  ) {
    this.#image = image;
    this.#databases = databases;
    this.#generation = settings.generation;
    this.#verifier = settings.verifier;
    this.#authorities = settings.authorities;
    this.#hashed = hashedBytes(image);
  }

  run(): ImageVerdict {
    const table = readCertificateTable(this.#image);
    if (this.#hashed === null) return refused("no-hash");
    if (table === null) return this.#unsigned(this.#hashed);
    let accepted: ImageVerdict | null = null;
    for (const pkcs7 of table.signatures) {
      const digest = digestOfSignature(pkcs7);
      if (digest === null) continue;
      const next = this.#signature(pkcs7, digest, this.#verifier.digest(digest, this.#hashed), accepted);
      if (next !== null && next.accepted !== true) return next;
      accepted ??= next;
    }
    if (!table.endsExactly) return refused("table-damaged");
    return accepted ?? refused("not-in-db");
  }

  #unsigned(hashed: Uint8Array): ImageVerdict {
    let accepted: ImageVerdict | null = null;
    for (const digest of unsignedDigests(this.#generation)) {
      const hash = this.#verifier.digest(digest, hashed);
      const forbidden = hashEntry(this.#databases.dbx, digest, hash);
      if (forbidden !== null) return refused("hash-in-dbx", forbidden.index);
      accepted ??= this.#byHash(digest, hash);
    }
    return accepted ?? refused("not-signed");
  }

  /** What the image is worth after this signature; null where it adds nothing. */
  #signature(
    pkcs7: Uint8Array,
    digest: string,
    hash: Uint8Array,
    earlier: ImageVerdict | null,
  ): ImageVerdict | null {
    const { dbx } = this.#databases;
    const signature = openImageSignature(pkcs7, this.#verifier);
    const forbidden = dbx === null ? null : this.#forbidden(signature, hash, dbx);
    if (forbidden !== null) return forbidden;
    const accepted = earlier ?? (signature === null ? null : this.#byCertificate(signature, hash));
    if (accepted?.accepted === null) return accepted;
    const inDbx = hashEntry(dbx, digest, hash);
    if (inDbx !== null) return refused("hash-in-dbx", inDbx.index);
    return accepted ?? this.#byHash(digest, hash);
  }

  /** IsForbiddenByDbx */
  #forbidden(signature: ImageSignature | null, hash: Uint8Array, dbx: Uint8Array): ImageVerdict | null {
    for (const { index, data } of signature === null ? [] : certificatesOf(dbx)) {
      const answer = isSignedBelow(signature!, hash, data, this.#verifier);
      if (answer === null) return UNDECIDED;
      if (answer) return refused("signature-in-dbx", index);
    }
    if (signature === null) return refused("signer-unreadable");
    for (const { certificate } of signature.opened.signers) {
      const revocation = revocationOf(dbx, certificate.fields.tbsCertificate, this.#verifier.digest);
      const isPast = revocation === null ? true : this.#isBefore(signature, revocation);
      if (isPast === null) return UNDECIDED;
      if (!isPast) return refused("signer-revoked", revocation?.index ?? null);
    }
    return null;
  }

  /** PassTimestampCheck: signed before the certificate was revoked, and dbt has who vouches for that. */
  #isBefore(signature: ImageSignature, { since }: RevokedCertificate): Known {
    const { dbt } = this.#databases;
    if (since === null || dbt === null) return false;
    for (const { data } of certificatesOf(dbt)) {
      const time = timeVouchedFor(signature, data, this.#verifier);
      if (time === null) return null;
      if (time !== false && time <= since) return true;
    }
    return false;
  }

  /** IsAllowedByDb: the first certificate that the signature is below; if that one is revoked, none. */
  #byCertificate(signature: ImageSignature, hash: Uint8Array): ImageVerdict | null {
    const { db, dbx } = this.#databases;
    if (db === null) return null;
    for (const { index, data, entry } of certificatesOf(db)) {
      const answer = isSignedBelow(signature, hash, data, this.#verifier);
      if (answer === null) return UNDECIDED;
      if (!answer) continue;
      const revocation = revocationOf(dbx, tbsOf(data, this.#verifier), this.#verifier.digest);
      const isPast = revocation === null ? true : this.#isBefore(signature, revocation);
      if (isPast === null) return UNDECIDED;
      return isPast ? this.#accept("signature-in-db", index, entry) : null;
    }
    return null;
  }

  #byHash(digest: string, hash: Uint8Array): ImageVerdict | null {
    const found = hashEntry(this.#databases.db, digest, hash);
    return found === null ? null : this.#accept("hash-in-db", found.index, found.entry);
  }

  #accept(rule: Reason["rule"], index: number, entry: Uint8Array): ImageVerdict {
    this.#authorities.measure("db", EFI_IMAGE_SECURITY_DATABASE, entry);
    return { accepted: true, why: { rule, variable: "db", entry: index } };
  }
}

function tbsOf(certificate: Uint8Array, verifier: SignatureVerifier): Uint8Array {
  return openCertificate(certificate, verifier)?.fields.tbsCertificate ?? new Uint8Array(0);
}
