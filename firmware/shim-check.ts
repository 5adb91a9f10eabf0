/** Whether shim takes a second stage (shim verify.c: check_denylist, check_allowlist, verify_one_signature): its own rules, not the firmware's. */
import type { SignatureVerifier } from "../daemon/crypto.ts";
import { EFI_IMAGE_SECURITY_DATABASE, SHIM_LOCK } from "../parsers/guids.ts";
import type { EfiImage } from "../parsers/pe/image.ts";
import { hashedBytes, readCertificateTable } from "../parsers/pe/signed-parts.ts";
import { withoutCurves } from "./generation.ts";
import { type ImageSignature, isSignedBelow, type Known, openImageSignature } from "./image-signature.ts";
import type { Authorities } from "./pcr7.ts";
import { certificatesOf, hashEntry, type ListEntry } from "./signature-lists.ts";

export interface ShimKeys {
  readonly db: Uint8Array | null;
  readonly dbx: Uint8Array | null;
  readonly vendorDb: Uint8Array | null;
  readonly vendorCertificate: Uint8Array | null;
  readonly vendorDbx: Uint8Array;
  readonly mokList: Uint8Array;
  readonly mokListX: Uint8Array;
}

interface NamedLists {
  readonly name: string;
  readonly guid: string;
  readonly data: Uint8Array | null;
}

/** Digests of hash lists, in their order. */
const HASHES = ["sha256", "sha1"];
/** verify_x509: a DER sequence whose length takes two bytes. */
const DER_START = [0x30, 0x82];

export function verifyForShim(
  image: EfiImage,
  keys: ShimKeys,
  settings: { readonly verifier: SignatureVerifier; readonly authorities: Authorities },
): Known {
  return new ShimCheck(image, keys, settings.verifier, settings.authorities).run();
}

class ShimCheck {
  readonly #image: EfiImage;
  readonly #deny: readonly NamedLists[];
  readonly #allow: readonly NamedLists[];
  readonly #vendorCertificate: Uint8Array | null;
  readonly #verifier: SignatureVerifier;
  readonly #authorities: Authorities;

  constructor(image: EfiImage, keys: ShimKeys, verifier: SignatureVerifier, authorities: Authorities) {
    const { db, dbx, vendorDb, vendorDbx, mokList, mokListX } = keys;
    this.#image = image;
    this.#deny = [
      { name: "dbx", guid: EFI_IMAGE_SECURITY_DATABASE, data: vendorDbx },
      { name: "dbx", guid: EFI_IMAGE_SECURITY_DATABASE, data: dbx },
      { name: "MokListX", guid: SHIM_LOCK, data: mokListX },
    ];
    this.#allow = [
      { name: "db", guid: EFI_IMAGE_SECURITY_DATABASE, data: db },
      { name: "vendor_db", guid: EFI_IMAGE_SECURITY_DATABASE, data: vendorDb },
      { name: "MokListRT", guid: SHIM_LOCK, data: mokList },
    ];
    this.#vendorCertificate = keys.vendorCertificate;
    this.#verifier = verifier;
    this.#authorities = authorities;
  }

  run(): Known {
    const hashed = hashedBytes(this.#image);
    if (hashed === null) return false;
    const hash = this.#verifier.digest("sha256", hashed);
    if (this.#byHash(this.#deny, hashed)) return false;
    if (this.#byHash(this.#allow, hashed)) return true;
    let accepted: Known = false;
    for (const pkcs7 of readCertificateTable(this.#image)?.signatures ?? []) {
      const signature = openImageSignature(pkcs7, this.#verifier);
      const answer = signature === null ? false : this.#signature(signature, hash);
      if (answer === null) return null;
      if (answer) accepted = true;
    }
    return accepted;
  }

  #byHash(lists: readonly NamedLists[], hashed: Uint8Array): boolean {
    return lists.some(({ name, guid, data }) =>
      HASHES.some((digest) =>
        this.#hit(name, guid, hashEntry(data, digest, this.#verifier.digest(digest, hashed))),
      ),
    );
  }

  #hit(name: string, guid: string, found: ListEntry | null): boolean {
    if (found !== null) this.#authorities.measure(name, guid, found.entry);
    return found !== null;
  }

  #signature(signature: ImageSignature, hash: Uint8Array): Known {
    const denied = this.#byCertificate(this.#deny, signature, hash);
    if (denied !== false) return denied === null ? null : false;
    const allowed = this.#byCertificate(this.#allow, signature, hash);
    if (allowed !== false || this.#vendorCertificate === null) return allowed;
    const answer = this.#isBelow(signature, hash, this.#vendorCertificate);
    if (answer === true) this.#authorities.measure("Shim", SHIM_LOCK, this.#vendorCertificate);
    return answer;
  }

  /** Only the first certificate of each list is looked at. */
  #byCertificate(lists: readonly NamedLists[], signature: ImageSignature, hash: Uint8Array): Known {
    for (const { name, guid, data } of lists) {
      for (const entry of data === null ? [] : certificatesOf(data)) {
        if (!entry.isFirst || DER_START.some((byte, i) => entry.data[i] !== byte)) continue;
        const answer = this.#isBelow(signature, hash, entry.data);
        if (answer === null) return null;
        if (answer) return this.#hit(name, guid, entry);
      }
    }
    return false;
  }

  /** Whether shim was built with elliptic curves is not known. */
  #isBelow(signature: ImageSignature, hash: Uint8Array, anchor: Uint8Array): Known {
    const answer = isSignedBelow(signature, hash, anchor, this.#verifier);
    if (answer !== true) return answer;
    return isSignedBelow(signature, hash, anchor, withoutCurves(this.#verifier)) === true ? true : null;
  }
}
