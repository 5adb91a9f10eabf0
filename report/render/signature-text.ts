/** Entries of signature lists in words: one line for a hash, a few for a certificate. */
import type { HashDescription, ImageName } from "../../rules/knowledge/dbx-names.ts";
import type { CertificateInspection, NamedGuid, SignatureInspection } from "../signature-inspection.ts";
import { clip, printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { wrap } from "./text.ts";

export interface SignatureLook {
  readonly style: Style;
  readonly columns: number;
  /** Hashes and names in full. */
  readonly all: boolean;
  /** `YYYY-MM-DD` */
  readonly asOf: string;
}

const MAX_NAME = 64;
const MAX_TEXT = 300;
const SHORT_HASH = 25;

export function guidText({ guid, name }: NamedGuid): string {
  return name ?? guid;
}

/** What an entry is, on one line without its owner: a certificate's name, a number of a boot application, a hash and its image. */
export function signatureText(signature: SignatureInspection, { all, asOf }: SignatureLook): string {
  const { certificate, svn, data, revokes } = signature;
  if (certificate !== null)
    return `certificate ${certificateName(certificate)}, ${validityText(certificate, asOf)}`;
  if (svn !== null) return `SVN ${svn.version} of ${svn.fileName ?? guidText(svn.application)}`;
  const hash = all ? (data ?? "") : clip(data ?? "", SHORT_HASH);
  return revokes === null ? hash : `${hash}  ${imagesText(revokes, all)}`;
}

/** The name that it is known by, else its own. */
export function certificateName({ wellKnown, commonName, subject }: CertificateInspection): string {
  return clip(printable(wellKnown?.commonName ?? commonName ?? subject), MAX_NAME);
}

function validityText({ notBefore, notAfter }: CertificateInspection, asOf: string): string {
  const [first, last] = [notBefore.slice(0, 10), notAfter.slice(0, 10)];
  return `${first} to ${last}${last < asOf ? " (expired)" : ""}`;
}

export function certificateLines(
  certificate: CertificateInspection,
  owner: NamedGuid,
  { style, all, asOf, columns }: SignatureLook,
): string[] {
  const { subject, issuer, serialNumber, keyAlgorithm, keyBits, sha1, sha256, wellKnown } = certificate;
  const hash = (text: string): string => (all ? text : clip(text, SHORT_HASH));
  const key = `${keyAlgorithm}${keyBits === null ? "" : ` ${keyBits}`}`;
  const details = [
    ...(wellKnown === null ? [] : [`well known: ${wellKnown.purpose}`]),
    `subject ${clip(printable(subject), MAX_TEXT)}`,
    `issuer ${clip(printable(issuer), MAX_TEXT)}`,
    `serial ${serialNumber}, ${key}, ${validityText(certificate, asOf)}`,
    `SHA-1 ${hash(sha1)}, SHA-256 ${hash(sha256)}, owner ${guidText(owner)}`,
  ];
  return [
    `    ${style.bold(certificateName(certificate))}`,
    ...details.flatMap((detail) => wrap(detail, columns, 6)),
  ];
}

/** In short form the first image alone, without Microsoft's remarks. */
function imagesText({ kind, architectures, images, releases }: HashDescription, all: boolean): string {
  const shown = all ? images : images.slice(0, 1);
  const more = images.length - shown.length;
  const kinds = {
    authenticode: architectures.join(", "),
    flat: "hash of a file, matches nothing",
    unlisted: "",
  };
  const names = [...shown.map((image) => imageText(image, all)), ...(more > 0 ? [`${more} more`] : [])];
  const parts = [
    names.join("; "),
    kinds[kind],
    all && releases.length > 0 ? `in ${releases.join(", ")}` : "",
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

/** Microsoft's table has "Unknown" for a maker that nobody knows. */
function imageText({ fileName, company, dateOfAddition, description }: ImageName, all: boolean): string {
  const parts = [fileName, company === "Unknown" ? "" : company, dateOfAddition, all ? description : ""];
  return parts
    .filter((part) => part !== "")
    .map(printable)
    .join(", ");
}
