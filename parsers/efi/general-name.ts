/** GeneralName and name constraints (RFC 5280 §4.2.1.6, §4.2.1.10) as OpenSSL reads them (crypto/x509/v3_genn.c, v3_ncons.c). */
import { ParseError } from "../errors.ts";
import {
  type AnyValue,
  type Asn1Reader,
  contextTag,
  optional,
  readAny,
  readExplicit,
  readInteger,
  readObject,
  readOneOf,
  readSequence,
  readSequenceOf,
  readString,
  type Tag,
  UNIVERSAL,
} from "./asn1.ts";
import { type Name, readName } from "./x509-name.ts";

/** B_ASN1_DIRECTORYSTRING */
const DIRECTORY_STRINGS: ReadonlySet<number> = new Set([12, 19, 20, 28, 30]);

export type GeneralName =
  | { readonly kind: "other"; readonly type: string; readonly value: AnyValue }
  | { readonly kind: "email" | "dns" | "uri" | "ip"; readonly bytes: Uint8Array }
  | { readonly kind: "directory"; readonly name: Name }
  | { readonly kind: "x400" | "edi" | "registered" };

export interface Subtree {
  readonly base: GeneralName;
  /** A minimum of 0, no maximum: nothing else is supported. */
  readonly isWhole: boolean;
}

export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}

export function readGeneralName(reader: Asn1Reader): GeneralName {
  const { tagClass, number } = reader.peek();
  const tag = contextTag(number);
  if (tagClass !== tag.tagClass) throw noName(reader.at);
  const text = (): Uint8Array => readString(reader, UNIVERSAL.IA5_STRING, tag);
  switch (number) {
    case 0:
      return readSequence(reader, readOtherName, tag);
    case 1:
      return { kind: "email", bytes: text() };
    case 2:
      return { kind: "dns", bytes: text() };
    case 3:
      return readUndecoded(reader, tag);
    case 4:
      return { kind: "directory", name: readExplicit(reader, tag, readName) };
    case 5:
      return readSequence(reader, readEdiPartyName, tag);
    case 6:
      return { kind: "uri", bytes: text() };
    case 7:
      return { kind: "ip", bytes: readString(reader, UNIVERSAL.OCTET_STRING, tag) };
    case 8:
      readObject(reader, tag);
      return { kind: "registered" };
    default:
      throw noName(reader.at);
  }
}

function noName(offset: number): ParseError {
  return new ParseError({
    code: "bad-structure",
    path: "asn1",
    offset,
    expected: "a general name",
    found: "another tag",
  });
}

function readOtherName(reader: Asn1Reader): GeneralName {
  const type = readObject(reader);
  return { kind: "other", type, value: readExplicit(reader, contextTag(0), readAny) };
}

/** An X.400 address is not decoded, but must be marked as constructed. */
function readUndecoded(reader: Asn1Reader, tag: Tag): GeneralName {
  if (!reader.header(tag).constructed) throw noName(reader.at);
  readAny(reader);
  return { kind: "x400" };
}

function readEdiPartyName(reader: Asn1Reader): GeneralName {
  const text = (inner: Asn1Reader): AnyValue => readOneOf(inner, DIRECTORY_STRINGS);
  optional(reader, contextTag(0), (inner, tag) => readExplicit(inner, tag, text));
  readExplicit(reader, contextTag(1), text);
  return { kind: "edi" };
}

export function readGeneralNames(reader: Asn1Reader, tag?: Tag): GeneralName[] {
  return readSequenceOf(reader, readGeneralName, tag);
}

export function readNameConstraints(reader: Asn1Reader): NameConstraints {
  return readSequence(reader, (constraints) => ({
    permitted: optional(constraints, contextTag(0), readSubtrees) ?? [],
    excluded: optional(constraints, contextTag(1), readSubtrees) ?? [],
  }));
}

function readSubtrees(reader: Asn1Reader, tag: Tag): Subtree[] {
  return readSequenceOf(reader, readSubtree, tag);
}

function readSubtree(reader: Asn1Reader): Subtree {
  return readSequence(reader, (subtree) => {
    const base = readGeneralName(subtree);
    const minimum = optional(subtree, contextTag(0), readInteger);
    const maximum = optional(subtree, contextTag(1), readInteger);
    return { base, isWhole: maximum === null && (minimum?.[0] ?? 0) === 0 && (minimum?.length ?? 1) === 1 };
  });
}
