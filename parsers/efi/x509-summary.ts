/**
 * The two fields of a certificate by which rules judge one that they do not know. Walking to them costs a tenth of
 * what a library needs to open the certificate.
 */
import { ParseError } from "../errors.ts";
import { DER_TAG, readOid, SequenceReader } from "./der.ts";

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const UTC_TIME_TEXT = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const GENERALIZED_TIME_TEXT = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const LONGEST_TIME = 32;
/** Two-digit years from here on are of the 20th century (RFC 5280 §4.1.2.5.1). */
const FIRST_YEAR_OF_1900S = 50;

export interface CertificateSummary {
  /** `YYYY-MM-DDThh:mm:ssZ`; null where the time has neither of the forms that RFC 5280 §4.1.2.5 allows. */
  readonly notAfter: string | null;
}

/** Null where the bytes are laid out as no certificate. */
export function readCertificateSummary(der: Uint8Array): CertificateSummary | null {
  try {
    const certificate = new SequenceReader(der).take(DER_TAG.SEQUENCE);
    const tbs = new SequenceReader(new SequenceReader(certificate.content).take(DER_TAG.SEQUENCE).content);
    tbs.optional(DER_TAG.CONTEXT_0);
    tbs.take(DER_TAG.INTEGER);
    tbs.take(DER_TAG.SEQUENCE);
    tbs.take(DER_TAG.SEQUENCE);
    const validity = tbs.take(DER_TAG.SEQUENCE).content;
    tbs.take(DER_TAG.SEQUENCE);
    const keyInfo = new SequenceReader(tbs.take(DER_TAG.SEQUENCE).content);
    // A certificate has a key, of whatever kind.
    readOid(new SequenceReader(keyInfo.take(DER_TAG.SEQUENCE).content));
    return { notAfter: endOf(new SequenceReader(validity)) };
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

/** Validity ::= SEQUENCE { notBefore, notAfter } */
function endOf(validity: SequenceReader): string | null {
  validity.any();
  const utc = validity.optional(UTC_TIME);
  return utc === null
    ? isoTime(GENERALIZED_TIME_TEXT, validity.take(GENERALIZED_TIME).content)
    : isoTime(UTC_TIME_TEXT, utc.content);
}

function isoTime(form: RegExp, content: Uint8Array): string | null {
  const shown = content.subarray(0, LONGEST_TIME);
  const match = form.exec(Array.from(shown, (byte) => String.fromCharCode(byte)).join(""));
  if (match === null) return null;
  const [, year = "", month, day, hour, minute, second] = match;
  const century = year.length === 4 ? "" : Number(year) >= FIRST_YEAR_OF_1900S ? "19" : "20";
  return `${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}
