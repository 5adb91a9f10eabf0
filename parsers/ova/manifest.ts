/** The manifest (`.mf`) of an appliance: a digest of each other file, `SHA256(name)= hexadecimal` (DMTF DSP0243, §5.1). */

import { toHex } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { Splice } from "../text/splice.ts";
import { decodeLatin1, decodeUtf8, encodeUtf8 } from "../text/text-encoding.ts";
import { plainName } from "./names.ts";

export interface ManifestLine {
  /** As it stands there, in upper case and without what is no letter or digit: `SHA256`. */
  readonly algorithm: string;
  /** Without `./`. */
  readonly name: string;
  readonly digest: string;
  /** Of the digest. */
  readonly start: number;
  readonly end: number;
}

/** `SHA1 (name) = hex` as well. A name may hold brackets: the last one that an equals sign follows ends it. */
const LINE = /^([A-Za-z0-9/-]{2,16})[ \t]*\(.*\)[ \t]*=[ \t]*([0-9A-Fa-f]+)[ \t]*$/;

/** Other lines are left out: what they would say is not known. */
export function* manifestLines(bytes: Uint8Array): Generator<ManifestLine, void, undefined> {
  const text = decodeLatin1(bytes);
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(at, end).replace(/\r$/, "");
    const [, algorithm, digest = ""] = LINE.exec(line) ?? [];
    if (algorithm !== undefined) {
      const start = at + line.trimEnd().length - digest.length;
      yield {
        algorithm: algorithm.toUpperCase().replaceAll(/[^A-Z0-9]/g, ""),
        name: plainName(decodeUtf8(bytes.subarray(at + line.indexOf("(") + 1, at + line.lastIndexOf(")")))),
        digest: digest.toLowerCase(),
        start,
        end: start + digest.length,
      };
    }
    at = end + 1;
  }
}

/** Hexadecimal; null for an algorithm that no appliance should name. */
export function digestOf(algorithm: string, bytes: Uint8Array, platform: Platform): string | null {
  const { sha1, sha256, sha384, sha512 } = platform;
  const hash = new Map([
    ["SHA1", sha1],
    ["SHA256", sha256],
    ["SHA384", sha384],
    ["SHA512", sha512],
  ]).get(algorithm);
  return hash === undefined ? null : toHex(hash(bytes));
}

/** What becomes of a manifest. */
export interface Remade {
  readonly splices: readonly Splice[];
  /** False where it told another digest than `before` had; null where it tells none of this file. */
  readonly wasRight: boolean | null;
}

/** The lines for the file `name`, with the digest of `after`. Throws ParseError where that cannot be computed. */
export function remakeManifest(
  bytes: Uint8Array,
  name: string,
  { before, after }: { readonly before: Uint8Array; readonly after: Uint8Array },
  platform: Platform,
): Remade {
  const splices: Splice[] = [];
  let wasRight: boolean | null = null;
  for (const line of manifestLines(bytes)) {
    if (line.name !== plainName(name)) continue;
    const digest = digestOf(line.algorithm, after, platform);
    if (digest === null) {
      throw new ParseError({
        code: "bad-structure",
        path: "manifest",
        offset: line.start,
        expected: "a digest of SHA-1, SHA-256, SHA-384 or SHA-512",
        found: line.algorithm,
        next: "Unpack the appliance with tar and repair the .ovf in it.",
      });
    }
    wasRight = (wasRight ?? true) && digestOf(line.algorithm, before, platform) === line.digest;
    splices.push({ start: line.start, end: line.end, bytes: encodeUtf8(digest) });
  }
  return { splices, wasRight };
}
