/** Whose signature the daemon accepts (varstored handler.c, verify_auth_var_type): read off the stored keys. */
import { MICROSOFT_OWNER, XCP_NG_OWNER } from "../../parsers/guids.ts";
import type { EfiVariable } from "../../parsers/model.ts";
import type { HeldKeys } from "../engine/key-state.ts";
import { nameOfPlatformKey } from "../engine/platform-key.ts";
import type { RuleContext } from "../engine/rule.ts";
import { hasPublishedKekUpdate } from "../knowledge/certificates.ts";
import { certificateName, type StoredCertificate } from "../knowledge/stored-certificates.ts";
import { testOrLeakedPk } from "../test-or-leaked-pk.ts";
import { signerFault } from "../unusable-kek-signer.ts";
import type { Holder } from "./claims.ts";

/** What decides whether a write must be signed. */
export type Mode = "user" | "setup" | "not-enforced" | "unknown";

export interface Signer {
  /** For a sentence. */
  readonly certificate: string;
  /** Fingerprint in lower-case hexadecimal. */
  readonly sha256: string;
  readonly holder: Holder;
  /** The variable that makes it a signer. */
  readonly through: "PK" | "KEK";
  readonly heldBy: EfiVariable;
}

/** Unknown where a PK may stand in what cannot be read. `platform:auth-enforce` turns the checks off where it is exactly `false` (varstored.c, initialize_settings). */
export function modeOf({ vm, blob, keys }: RuleContext): Mode {
  if (vm.fields.get("platform:auth-enforce") === "false") return "not-enforced";
  if (keys().PK !== null) return "user";
  return blob === null || blob.stop !== null ? "unknown" : "setup";
}

/** The certificate with which the daemon compares a signer: the first entry of PK. Null where that can sign nothing. */
export function platformSigner(context: RuleContext): Signer | null {
  const { PK } = context.keys();
  const first = PK?.signer;
  if (PK === null || first == null) return null;
  return signerFault(first, context.platform) === null ? signerOf(first, "PK", PK, context) : null;
}

/** The usable certificates of KEK. Certificates that one of them issued may sign as well: Microsoft's updates do so. */
export function exchangeSigners(context: RuleContext): readonly Signer[] {
  const { KEK } = context.keys();
  if (KEK === null) return [];
  return KEK.certificates
    .filter((certificate) => signerFault(certificate, context.platform) === null)
    .map((certificate) => signerOf(certificate, "KEK", KEK, context));
}

function signerOf(
  certificate: StoredCertificate,
  through: Signer["through"],
  { variable }: HeldKeys,
  context: RuleContext,
): Signer {
  return {
    certificate: certificateName(certificate, context.platform),
    sha256: certificate.known?.sha256 ?? certificate.sha256,
    holder: holderOf(certificate, through, variable, context),
    through,
    heldBy: variable,
  };
}

function holderOf(
  { known }: StoredCertificate,
  through: Signer["through"],
  variable: EfiVariable,
  context: RuleContext,
): Holder {
  if (known?.owner === MICROSOFT_OWNER) return "microsoft";
  if (known?.owner === XCP_NG_OWNER) return "vates";
  if (through === "PK" && testOrLeakedPk.detect(variable, context)[Symbol.iterator]().next().done === false) {
    return "public";
  }
  return "unknown";
}

/** The name of a certificate for a sentence; the known one where varscope knows it. */
export function nameOf(sha256: string, { knowledge }: RuleContext): string {
  return knowledge.certificate(sha256)?.commonName ?? sha256;
}

/** The PK for a sentence; also one that can sign nothing. */
export function platformKeyName({ platform, keys }: RuleContext): string {
  return nameOfPlatformKey(keys().PK, platform);
}

/** Whether Microsoft publishes an update of KEK that the PK has signed; null where nothing is known of the PK. */
export function publishesKekUpdate(context: RuleContext): boolean | null {
  const own = platformSigner(context);
  return own === null ? false : hasPublishedKekUpdate(own.sha256);
}
