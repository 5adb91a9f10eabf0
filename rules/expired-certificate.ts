import { shortName } from "../parsers/efi/short-name.ts";
import { secureBootName } from "../parsers/efi/signature-variables.ts";
import { readCertificateSummary } from "../parsers/efi/x509-summary.ts";
import type { VariableRule } from "./engine/rule.ts";
import {
  certificateName,
  type StoredCertificate,
  storedCertificates,
} from "./knowledge/stored-certificates.ts";

const ISO_DATE_CHARACTERS = 10;
/** How many certificates a finding names. */
const SHOWN_CERTIFICATES = 8;

export const expiredCertificate: VariableRule = {
  meta: {
    id: "expired-certificate",
    title: "Certificates have passed their date",
    severity: "info",
    breaks: null,
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks for certificates of PK, KEK and db whose validity ended before the date of this analysis (--as-of).",
      why: "Neither the firmware nor the daemon looks at the dates: what such a certificate has signed goes on starting, and updates that it signs are taken. But its owner signs nothing new with it. Microsoft's certificates of 2011 ended between June and October 2026; new boot loaders and new revocations are signed with those of 2023.",
      repair: "None is needed because of the date alone.",
      notAFault: "A VM does not stop to start on the day on which a certificate expires.",
      references: [
        "varstored handler.c, X509_verify_cb (times are not checked)",
        "edk2 CryptoPkg, Pkcs7Verify (X509_V_FLAG_NO_CHECK_TIME)",
        "Microsoft: Windows Secure Boot certificate expiration and CA updates",
      ],
    },
  },
  topics: ["start-windows", "start-linux"],
  message: ({ variable, expired, certificates, asOf, names }) =>
    `Certificates of ${variable} that ended before ${asOf} (${expired} of ${certificates}): ${(names as readonly string[]).join(", ")}. What they signed stays good.`,
  on: "variable",
  concerns: (variable) => {
    const name = secureBootName(variable);
    return name === "PK" || name === "KEK" || name === "db";
  },
  *detect(variable, context) {
    const { platform, asOf } = context;
    const certificates = storedCertificates(context.signaturesOf(variable), context);
    const expired = certificates.filter((certificate) => isBefore(endOf(certificate), asOf));
    if (expired.length === 0) return;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        variable: shortName(variable.name),
        expired: expired.length,
        certificates: certificates.length,
        asOf,
        names: expired
          .slice(0, SHOWN_CERTIFICATES)
          .map((certificate) => `${certificateName(certificate, platform)} (${endOf(certificate) ?? ""})`),
      },
    };
  },
};

/** `YYYY-MM-DD`; null where that is not known. */
function endOf({ known, der }: StoredCertificate): string | null {
  const notAfter = (known ?? readCertificateSummary(der))?.notAfter;
  return notAfter?.slice(0, ISO_DATE_CHARACTERS) ?? null;
}

function isBefore(end: string | null, asOf: string): boolean {
  return end !== null && end < asOf;
}
