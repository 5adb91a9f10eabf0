/** Name constraints as OpenSSL checks them (crypto/x509/v3_ncons.c, x509_vfy.c check_name_constraints). */
import { ascii, equalBytes } from "../parsers/bytes.ts";
import { UNIVERSAL } from "../parsers/efi/asn1.ts";
import type { GeneralName, NameConstraints, Subtree } from "../parsers/efi/general-name.ts";
import { type Name, type NameAttribute, textBytes } from "../parsers/efi/x509-name.ts";
import { ParseError } from "../parsers/errors.ts";
import { decodeLatin1 } from "../parsers/text/text-encoding.ts";
import type { OpenedCertificate } from "./opened-certificate.ts";

const OID_COMMON_NAME = "550403";
/** 1.2.840.113549.1.9.1 */
const OID_EMAIL_ADDRESS = "2a864886f70d010901";
/** 1.3.6.1.5.5.7.8.9: a mailbox in UTF-8, to which constraints of e-mail addresses apply (RFC 8398 §6). */
const OID_SMTP_UTF8_MAILBOX = "2b06010505070809";
/** NAME_CHECK_MAX: names times constraints. */
const MOST_COMPARISONS = 1 << 20;
const AT = 0x40;
const DOT = 0x2e;
const COLON = 0x3a;
const SLASH = 0x2f;
const PUNYCODE = "xn--";

/** `refused` is any error but a name that is not below the subtree; `unknown` is what varscope does not decide. */
type Match = "below" | "beside" | "refused" | "unknown";
export type ConstraintsAnswer = "obeyed" | "violated" | "unknown";

/** From the signer up: does every name obey the constraints of every certificate above it? */
export function checkNameConstraints(chain: readonly OpenedCertificate[]): ConstraintsAnswer {
  for (let i = chain.length - 1; i >= 0; i--) {
    const certificate = chain[i];
    if (certificate === undefined) continue;
    // Self-issued ones are passed over unless they are the signer.
    if (i !== 0 && certificate.fields.issuer === certificate.fields.subject) continue;
    for (const { extensions } of chain.slice(i + 1).reverse()) {
      if (extensions.nameConstraints === null) continue;
      const answer = checkNames(namesOf(certificate, i === 0), extensions.nameConstraints);
      if (answer !== "obeyed") return answer;
    }
  }
  return "obeyed";
}

interface CertificateNames {
  /** Null is a name that cannot be compared: OpenSSL refuses. In the order in which they are looked at. */
  readonly names: readonly (GeneralName | null)[];
  readonly count: number;
}

function namesOf({ fields, extensions }: OpenedCertificate, isSigner: boolean): CertificateNames {
  const { altNames } = extensions;
  const { attributes } = fields.subjectName;
  const own: (GeneralName | null)[] =
    attributes.length === 0 ? [] : [{ kind: "directory", name: fields.subjectName }];
  const mails = attributes.filter(({ type }) => type === OID_EMAIL_ADDRESS).map(emailOf);
  // A signer without DNS names is compared by those of its common names that look like one.
  const hosts =
    isSigner && !altNames.some(({ kind }) => kind === "dns") ? attributes.flatMap(hostNamesOf) : [];
  return {
    names: [...own, ...mails, ...altNames, ...hosts],
    count: attributes.length + altNames.length,
  };
}

function emailOf({ value }: NameAttribute): GeneralName | null {
  return value.number === UNIVERSAL.IA5_STRING ? { kind: "email", bytes: value.content } : null;
}

/** cn2dnsid: letters, digits, `_`, and inside them `-` and `.`, at least two labels. */
function hostNamesOf({ type, value }: NameAttribute): (GeneralName | null)[] {
  if (type !== OID_COMMON_NAME) return [];
  const text = textOf(value);
  if (text === null) return [null];
  const end = text.findLastIndex((byte) => byte !== 0) + 1;
  const name = text.subarray(0, end);
  if (name.includes(0)) return [null];
  return isHostName(name) ? [{ kind: "dns", bytes: name }] : [];
}

/** Null where ASN1_STRING_to_UTF8 fails: it also refuses what is no text, and takes digits as one. */
function textOf(value: NameAttribute["value"]): Uint8Array | null {
  const isDigits = value.number === 18;
  try {
    return isDigits
      ? textBytes({ number: UNIVERSAL.PRINTABLE_STRING, content: value.content })
      : textBytes(value);
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

function isHostName(name: Uint8Array): boolean {
  const text = decodeLatin1(name);
  let labels = 1;
  for (let i = 0; i < name.length; i++) {
    const character = text[i] ?? "";
    if (/[A-Za-z0-9_]/.test(character)) continue;
    if (i === 0 || i === name.length - 1) return false;
    if (character === "-") continue;
    if (character !== "." || text[i + 1] === "." || text[i - 1] === "-" || text[i + 1] === "-") return false;
    labels++;
  }
  return labels > 1;
}

function checkNames({ names, count }: CertificateNames, constraints: NameConstraints): ConstraintsAnswer {
  const { permitted, excluded } = constraints;
  if (count > 0 && permitted.length + excluded.length > Math.floor(MOST_COMPARISONS / count))
    return "violated";
  for (const name of names) {
    const answer = name === null ? "violated" : checkName(name, constraints);
    if (answer !== "obeyed") return answer;
  }
  return "obeyed";
}

/** nc_match: one of the permitted subtrees of its kind, none of the excluded ones. */
function checkName(name: GeneralName, { permitted, excluded }: NameConstraints): ConstraintsAnswer {
  const allowing = permitted.filter(({ base }) => isOfKind(name, base));
  let isBelow = false;
  for (const subtree of allowing) {
    if (!subtree.isWhole) return "violated";
    if (isBelow) continue;
    const match = matchSubtree(name, subtree);
    if (match === "unknown") return match;
    if (match === "refused") return "violated";
    isBelow = match === "below";
  }
  if (allowing.length > 0 && !isBelow) return "violated";
  for (const subtree of excluded.filter(({ base }) => isOfKind(name, base))) {
    const match = subtree.isWhole ? matchSubtree(name, subtree) : "refused";
    if (match === "unknown") return match;
    if (match !== "beside") return "violated";
  }
  return "obeyed";
}

function isMailbox(name: GeneralName): boolean {
  return name.kind === "other" && name.type === OID_SMTP_UTF8_MAILBOX;
}

function isOfKind(name: GeneralName, base: GeneralName): boolean {
  if (isMailbox(name)) return base.kind === "email";
  if (name.kind === "other") return base.kind === "other" && base.type === name.type;
  return base.kind === name.kind;
}

function matchSubtree(name: GeneralName, { base }: Subtree): Match {
  if (name.kind === "directory" && base.kind === "directory") return matchDirectory(name.name, base.name);
  if (!("bytes" in base)) return "refused";
  if (name.kind === "other") return matchMailbox(name, base.bytes);
  if (name.kind === "dns") return matchDns(name.bytes, base.bytes);
  if (name.kind === "email") return matchEmail(name.bytes, base.bytes);
  if (name.kind === "uri") return matchUri(name.bytes, base.bytes);
  return name.kind === "ip" ? matchAddress(name.bytes, base.bytes) : "refused";
}

/** nc_dn: the name begins with the base. */
function matchDirectory({ relativeNames }: Name, base: Name): Match {
  return base.relativeNames.every((relativeName, i) => relativeName === relativeNames[i])
    ? "below"
    : "beside";
}

function lowerCase(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
}

function isSameIgnoringCase(a: Uint8Array, b: Uint8Array): boolean {
  return equalBytes(lowerCase(a), lowerCase(b));
}

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  return bytes.length >= end.length && isSameIgnoringCase(bytes.subarray(bytes.length - end.length), end);
}

function sameOrBeside(isSame: boolean): Match {
  return isSame ? "below" : "beside";
}

/** nc_dns */
function matchDns(name: Uint8Array, base: Uint8Array): Match {
  if (base.length === 0) return "below";
  if (name.length > base.length && base[0] !== DOT && name[name.length - base.length - 1] !== DOT)
    return "beside";
  return sameOrBeside(endsWith(name, base));
}

/** nc_email */
function matchEmail(name: Uint8Array, base: Uint8Array): Match {
  const at = name.lastIndexOf(AT);
  const baseAt = base.lastIndexOf(AT);
  if (at < 0) return "refused";
  if (baseAt < 0 && base[0] === DOT) return sameOrBeside(name.length > base.length && endsWith(name, base));
  if (baseAt > 0) {
    if (baseAt !== at) return "beside";
    const [local, baseLocal] = [name.subarray(0, at), base.subarray(0, baseAt)];
    if (local.includes(0) || baseLocal.includes(0)) return "refused";
    if (!equalBytes(local, baseLocal)) return "beside";
  }
  return sameOrBeside(isSameIgnoringCase(name.subarray(at + 1), base.subarray(baseAt + 1)));
}

/** nc_email_eai, without names in Punycode: varscope does not decode those. */
function matchMailbox(name: Extract<GeneralName, { kind: "other" }>, base: Uint8Array): Match {
  if (base.includes(0)) return "refused";
  if (name.value.tagClass !== 0 || name.value.number !== UNIVERSAL.UTF8_STRING) return "refused";
  const mailbox = name.value.content;
  const at = mailbox.lastIndexOf(AT);
  if (at < 0) return "refused";
  if (base.length > 200 || includes(lowerCase(base), ascii(PUNYCODE))) return "unknown";
  if (base[0] === DOT) return sameOrBeside(mailbox.length > base.length && endsWith(mailbox, base));
  return sameOrBeside(isSameIgnoringCase(mailbox.subarray(at + 1), base));
}

function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  return bytes.some((_, i) => equalBytes(bytes.subarray(i, i + part.length), part));
}

/** nc_uri: the host behind `://`, up to a port or a path. */
function matchUri(name: Uint8Array, base: Uint8Array): Match {
  const colon = name.indexOf(COLON);
  if (colon < 0 || name[colon + 1] !== SLASH || name[colon + 2] !== SLASH) return "refused";
  const start = colon + 3;
  const port = name.indexOf(COLON, start);
  const end = port >= 0 ? port : name.indexOf(SLASH, start);
  const host = name.subarray(start, end < 0 ? name.length : end);
  if (host.length === 0) return "refused";
  if (base[0] === DOT) return sameOrBeside(host.length > base.length && endsWith(host, base));
  return sameOrBeside(isSameIgnoringCase(host, base));
}

/** nc_ip */
function matchAddress(address: Uint8Array, base: Uint8Array): Match {
  const isAddress = address.length === 4 || address.length === 16;
  if (!isAddress || (base.length !== 8 && base.length !== 32)) return "refused";
  if (address.length * 2 !== base.length) return "beside";
  const mask = base.subarray(address.length);
  return sameOrBeside(
    address.every((byte, i) => (byte & (mask[i] ?? 0)) === ((base[i] ?? 0) & (mask[i] ?? 0))),
  );
}
