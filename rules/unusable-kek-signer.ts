import { shortName } from "../parsers/efi/short-name.ts";
import { EFI_CERT_X509_GUID, type SignatureDatabase } from "../parsers/efi/signature-list.ts";
import { secureBootName } from "../parsers/efi/signature-variables.ts";
import { nameOfGuid } from "../parsers/guids.ts";
import type { Platform } from "../parsers/platform.ts";
import type { VariableRule } from "./engine/rule.ts";
import {
  isCertificate,
  type StoredCertificate,
  storedCertificates,
} from "./knowledge/stored-certificates.ts";

export const unusableKekSigner: VariableRule = {
  meta: {
    id: "unusable-kek-signer",
    title: "KEK holds entries that can sign nothing",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for entries of KEK that are no X.509 certificate, or whose certificate cannot be parsed.",
      why: "To check an update of db or dbx the daemon tries each X.509 certificate of KEK that it can parse. Other entries are passed over. Where no usable one is left, nobody but the holder of the PK can update db and dbx any more, Microsoft's updates included.",
      repair:
        "None is applied. Enrol a certificate with an RSA key in KEK, signed with the PK; or write the pool's set. On the host, with the VM halted and its NVRAM saved: look at the pool's set (secureboot-certs report), then varstore-sb-state UUID user writes PK, KEK, db and dbx anew from it. Look at varstore-ls afterwards: the tool ends with 0 even where it failed.",
      notAFault:
        "An expired certificate still signs: validity dates are not looked at. So does one with an elliptic-curve key: the daemon asks for RSA only when a certificate is written, and the blob of another program may bring any. In setup mode nobody needs to sign.",
      references: [
        "varstored handler.c, verify_auth_var_type (AUTH_TYPE_KEK) and check_signature_list_format",
        "UEFI 2.10 §32.3",
      ],
    },
  },
  topics: ["write-db", "write-dbx"],
  message: ({ variable, unusable, usable, reasons }) =>
    `${unusable === 1 ? "An entry" : `${unusable} entries`} of ${variable} can sign nothing (${(reasons as readonly string[]).join(", ")}); ${usable === 0 ? "none is left that can" : `usable: ${usable}`}.`,
  on: "variable",
  concerns: (variable) => secureBootName(variable) === "KEK",
  *detect(variable, context) {
    const { blob, platform } = context;
    const database = context.signaturesOf(variable);
    const certificates = storedCertificates(database, context);
    const faults = certificates.map((certificate) => signerFault(certificate, platform));
    const usable = faults.filter((fault) => fault === null).length;
    const others = otherTypes(database);
    const unusable = certificates.length - usable + others.entries;
    if (unusable === 0) return;
    const reasons = [...new Set([...faults.filter((fault) => fault !== null), ...others.types])];
    const needsSigner = (blob?.variables ?? []).some((other) => secureBootName(other) === "PK");
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: { variable: shortName(variable.name), unusable, usable, reasons },
      breaks: usable === 0 && needsSigner ? "update" : null,
      repair: {
        applicability: "manual",
        title: "Enrol a certificate with an RSA key in KEK, signed with the PK",
        patches: [],
      },
    };
  },
};

/** Why a certificate can sign nothing, in words for a sentence; null for one that can. Any kind of key does: X509_from_buf alone decides. */
export function signerFault(certificate: StoredCertificate, platform: Platform): string | null {
  return isCertificate(certificate, platform) ? null : "a certificate that cannot be parsed";
}

function otherTypes({ lists }: SignatureDatabase): { entries: number; types: readonly string[] } {
  const others = lists.filter(
    ({ signatureType, signatureCount }) => signatureType !== EFI_CERT_X509_GUID && signatureCount > 0,
  );
  return {
    entries: others.reduce((sum, { signatureCount }) => sum + signatureCount, 0),
    types: others.map(({ signatureType }) => `the type ${nameOfGuid(signatureType) ?? signatureType}`),
  };
}
