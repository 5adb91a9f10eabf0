/** Certificates that play the part of well-known ones, in cases that may not carry those themselves. */
import { knownCertificate } from "../../rules/knowledge/certificates.ts";
import type { Knowledge } from "../../rules/knowledge/knowledge.ts";

/** By the fingerprint of the certificate (SHA-256, lower-case hexadecimal) that of the well-known one. */
export type StandIns = Readonly<Record<string, string>>;

/** The same knowledge, to which each stand-in is the certificate whose part it plays. */
export function withStandIns(knowledge: Knowledge, standIns: StandIns | undefined): Knowledge {
  if (standIns === undefined) return knowledge;
  const parts = new Map(Object.entries(standIns));
  return {
    ...knowledge,
    certificate: (fingerprint) =>
      knownCertificate(parts.get(fingerprint) ?? "") ?? knowledge.certificate(fingerprint),
  };
}
