/** Test keys, certificates and signed writes, made anew for every run: none of them is trusted anywhere. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Write } from "../../daemon/authentication.ts";
import { type SecureBootVariable, secureBootId } from "../../daemon/variable-id.ts";
import { concatBytes } from "../../parsers/bytes.ts";
import { EFI_VARIABLE_APPEND_WRITE } from "../../parsers/efi/attributes.ts";
import { buildUnsignedAuth, signedContent } from "../../parsers/efi/auth-header.ts";
import { makeTime } from "./blob.ts";

const OID = {
  commonName: "550403",
  keyUsage: "551d0f",
  basicConstraints: "551d13",
  rsa: "2a864886f70d010101",
  sha256WithRsa: "2a864886f70d01010b",
  ecdsaWithSha256: "2a8648ce3d040302",
  sha256: "608648016503040201",
  sha384: "608648016503040202",
  data: "2a864886f70d010701",
  signedData: "2a864886f70d010702",
  contentType: "2a864886f70d010903",
  messageDigest: "2a864886f70d010904",
} as const;

/** One element. SignedData needs a length of two bytes, which everything of 256 bytes and more gets. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(parts);
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concatBytes([Uint8Array.of(tag, ...head), content]);
}

const oid = (text: string): Uint8Array => der(0x06, Buffer.from(text, "hex"));
const integer = (value: number): Uint8Array =>
  der(0x02, value < 0x80 ? Uint8Array.of(value) : Uint8Array.of(value >> 8, value & 0xff));
const sequence = (...parts: readonly Uint8Array[]): Uint8Array => der(0x30, ...parts);
const algorithm = (name: string): Uint8Array => sequence(oid(name), der(0x05));
/** A name of one attribute after the other, as [object identifier in hexadecimal, value]; each in UTF-8. */
export function distinguishedName(
  ...attributes: readonly (readonly [type: string, value: string])[]
): Uint8Array {
  return sequence(
    ...attributes.map(([type, value]) => der(0x31, sequence(oid(type), der(0x0c, Buffer.from(value))))),
  );
}

function nameOf(commonName: string | null): Uint8Array {
  return commonName === null ? distinguishedName() : distinguishedName([OID.commonName, commonName]);
}

export interface Identity {
  readonly commonName: string | null;
  /** DER, of the subject and of the issuer. */
  readonly name: Uint8Array;
  readonly issuerName: Uint8Array;
  readonly serialNumber: number;
  readonly key: KeyObject;
  /** DER. */
  readonly certificate: Uint8Array;
}

export interface CertificateOptions {
  /** Self-signed where absent. */
  readonly issuer?: Identity;
  readonly isAuthority?: boolean;
  /** DER of the subject, in place of the common name alone. */
  readonly name?: Uint8Array;
  /** Made before, so that many certificates cost little. */
  readonly key?: KeyObject;
  /** Of basicConstraints. */
  readonly pathLength?: number;
  /** Without basicConstraints. */
  readonly unconstrained?: boolean;
  /** More extensions, each made by `extension`. */
  readonly extensions?: readonly Uint8Array[];
  /** First octet of KeyUsage; no such extension where absent. */
  readonly keyUsage?: number;
  /** Version 1: no extensions at all. */
  readonly version1?: boolean;
  readonly elliptic?: boolean;
  /** Signs in place of the issuer, whose name stays. */
  readonly forger?: Identity;
}

let nextSerialNumber = 1;

function makeKey(elliptic: boolean): KeyObject {
  if (elliptic) return generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
  return generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
}

/** `type` in hexadecimal. */
export function extension(type: string, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid(type), ...(critical ? [der(0x01, Uint8Array.of(0xff))] : []), der(0x04, value));
}

function extensionsOf(options: CertificateOptions): Uint8Array {
  const { isAuthority = true, unconstrained = false, keyUsage, pathLength, extensions = [] } = options;
  const constraints = sequence(
    ...(isAuthority ? [der(0x01, Uint8Array.of(0xff))] : []),
    ...(pathLength === undefined ? [] : [integer(pathLength)]),
  );
  const basic = unconstrained ? [] : [extension(OID.basicConstraints, true, constraints)];
  const usage =
    keyUsage === undefined ? [] : [extension(OID.keyUsage, false, der(0x03, Uint8Array.of(0, keyUsage)))];
  return der(0xa3, sequence(...basic, ...usage, ...extensions));
}

/** A certificate of the years 2001 and 2002: validity dates count for nothing. */
export function makeIdentity(commonName: string | null, options: CertificateOptions = {}): Identity {
  const { issuer, forger, version1 = false, elliptic = false } = options;
  const key = options.key ?? makeKey(elliptic);
  const name = options.name ?? nameOf(commonName);
  const signingKey = forger?.key ?? issuer?.key ?? key;
  const serialNumber = nextSerialNumber++;
  const issuerName = issuer === undefined ? name : issuer.name;
  const signatureAlgorithm =
    signingKey.asymmetricKeyType === "ec" ? sequence(oid(OID.ecdsaWithSha256)) : algorithm(OID.sha256WithRsa);
  const tbs = sequence(
    ...(version1 ? [] : [der(0xa0, integer(2))]),
    integer(serialNumber),
    signatureAlgorithm,
    issuerName,
    sequence(der(0x17, Buffer.from("010101000000Z")), der(0x17, Buffer.from("020101000000Z"))),
    name,
    createPublicKey(key).export({ type: "spki", format: "der" }),
    ...(version1 ? [] : [extensionsOf(options)]),
  );
  const certificate = sequence(
    tbs,
    signatureAlgorithm,
    der(0x03, Uint8Array.of(0), sign("sha256", tbs, signingKey)),
  );
  return { commonName, name, issuerName, serialNumber, key, certificate };
}

export interface SignatureOptions {
  /** Sent along; the signers' own where absent. */
  readonly certificates?: readonly Uint8Array[];
  /** Signs over attributes that hold the digest, not over the content itself. */
  readonly throughAttributes?: boolean;
  /** In place of the content's digest in the attributes. */
  readonly messageDigest?: Uint8Array;
  readonly digest?: "sha256" | "sha384";
}

/** A bare SignedData over detached content. */
export function signContent(
  content: Uint8Array,
  signers: readonly Identity[],
  options: SignatureOptions = {},
): Uint8Array {
  const { digest = "sha256" } = options;
  const certificates = options.certificates ?? signers.map(({ certificate }) => certificate);
  return sequence(
    integer(1),
    der(0x31, algorithm(OID[digest])),
    sequence(oid(OID.data)),
    der(0xa0, ...certificates),
    der(0x31, ...signers.map((signer) => signerInfo(content, signer, options))),
  );
}

function signerInfo(content: Uint8Array, signer: Identity, options: SignatureOptions): Uint8Array {
  const { throughAttributes = false, digest = "sha256" } = options;
  const messageDigest = options.messageDigest ?? createHash(digest).update(content).digest();
  const attributeSet = [
    sequence(oid(OID.contentType), der(0x31, oid(OID.data))),
    sequence(oid(OID.messageDigest), der(0x31, der(0x04, messageDigest))),
  ];
  const signed = throughAttributes ? der(0x31, ...attributeSet) : content;
  return sequence(
    integer(1),
    sequence(signer.issuerName, integer(signer.serialNumber)),
    algorithm(OID[digest]),
    ...(throughAttributes ? [der(0xa0, ...attributeSet)] : []),
    algorithm(OID.rsa),
    der(0x04, sign(digest, signed, signer.key)),
  );
}

export function wrapInContentInfo(signedData: Uint8Array): Uint8Array {
  return sequence(oid(OID.signedData), der(0xa0, signedData));
}

/** The data of an authenticated write: header, signature, payload. */
export function joinAuth(timestamp: Uint8Array, signature: Uint8Array, payload: Uint8Array): Uint8Array {
  const data = buildUnsignedAuth(timestamp, concatBytes([signature, payload]));
  new DataView(data.buffer).setUint32(16, 24 + signature.length, true);
  return data;
}

export const LATER: Uint8Array = makeTime(2026, 6, 15, 9, 30);

export interface SignedWriteOptions extends SignatureOptions {
  readonly append?: boolean;
  readonly timestamp?: Uint8Array;
  /** Signed over these attributes although the write has others. */
  readonly signedAttributes?: number;
  readonly wrapped?: boolean;
}

/** The data of a write to `id`, signed over exactly what the daemon checks. */
export function signedAuth(
  id: Pick<Write, "nameBytes" | "vendorGuid">,
  payload: Uint8Array,
  signers: readonly Identity[],
  options: SignedWriteOptions = {},
): Uint8Array {
  const { append = false, timestamp = LATER, wrapped = false } = options;
  const attributes = options.signedAttributes ?? 0x27 | (append ? EFI_VARIABLE_APPEND_WRITE : 0);
  const content = signedContent({ ...id, attributes, timestamp, payload });
  const signature = signContent(content, signers, options);
  return joinAuth(timestamp, wrapped ? wrapInContentInfo(signature) : signature, payload);
}

/** As `signedAuth`, for one of the five by its name. */
export function signedUpdate(
  name: SecureBootVariable,
  payload: Uint8Array,
  signer: Identity,
  options: SignedWriteOptions = {},
): Uint8Array {
  return signedAuth(secureBootId(name), payload, [signer], options);
}
