/** Which kind of key makes which signature, and the digests of OpenSSL 3.0's default provider, by object identifier. */

/** 1.2.840.113549.1.1 */
const PKCS1 = "2a864886f70d0101";
/** 1.2.840.10045.4 */
const ECDSA = "2a8648ce3d04";
/** 2.16.840.1.101.3.4: digests below 2, signatures below 3 */
const NIST = "6086480165030402";
const NIST_SIGNATURES = "6086480165030403";

function under(arc: string, ends: readonly string[]): string[] {
  return ends.map((end) => `${arc}${end}`);
}

/** As crypto/objects/obj_xref.txt has it; those of SHA-0, MDC-2, RIPEMD-160 and of OIW are RSA too. */
const RSA_SIGNATURES = [
  ...under(PKCS1, ["02", "03", "04", "05", "0b", "0c", "0d", "0e"]),
  ...under(NIST_SIGNATURES, ["0d", "0e", "0f", "10"]),
  ...["2b0e03020f", "2b0e030203", "2b0e03021d", "55080364", "2b2403030102"],
];
const PSS_SIGNATURE = `${PKCS1}0a`;
const EC_SIGNATURES = under(ECDSA, ["01", "02", "03", "0301", "0302", "0303", "0304"]);
const DSA_SIGNATURES = ["2a8648ce380403", "2b0e03020d", ...under(NIST_SIGNATURES, ["01", "02"])];

/** Object identifier in hexadecimal → the types of key that make it, as Node names them. */
const KEY_TYPES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...RSA_SIGNATURES.map((oid) => [oid, ["rsa"]] as const),
  [PSS_SIGNATURE, ["rsa", "rsa-pss"]],
  ...EC_SIGNATURES.map((oid) => [oid, ["ec"]] as const),
  ...DSA_SIGNATURES.map((oid) => [oid, ["dsa"]] as const),
  ["2b6570", ["ed25519"]],
  ["2b6571", ["ed448"]],
]);

/** check_sig_alg_match of crypto/x509/v3_purp.c. */
export function canSign(keyType: string, signatureAlgorithm: string): boolean {
  return KEY_TYPES.get(signatureAlgorithm)?.includes(keyType) ?? false;
}

/** Object identifier in hexadecimal → the name that OpenSSL knows the digest by. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ["2a864886f70d0205", "md5"],
  ["2b0e03021a", "sha1"],
  ["2b24030201", "ripemd160"],
  [`${NIST}01`, "sha256"],
  [`${NIST}02`, "sha384"],
  [`${NIST}03`, "sha512"],
  [`${NIST}04`, "sha224"],
  [`${NIST}05`, "sha512-224"],
  [`${NIST}06`, "sha512-256"],
  [`${NIST}07`, "sha3-224"],
  [`${NIST}08`, "sha3-256"],
  [`${NIST}09`, "sha3-384"],
  [`${NIST}0a`, "sha3-512"],
  ["2b060104018d3a0c020110", "blake2b512"],
  ["2b060104018d3a0c020208", "blake2s256"],
  ["2a811ccf55018311", "sm3"],
]);

/** Null where it names no digest. */
export function digestNamed(algorithm: string): string | null {
  return DIGESTS.get(algorithm) ?? null;
}
