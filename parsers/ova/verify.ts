/** Is an appliance in one file complete and undamaged: every file that its manifest and its description name, with the digest that they tell. */

import { concatBytes } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { endingProblems, type ReadingFailure } from "../packing/archive-ending.ts";
import type { TarHeader } from "../packing/tar.ts";
import { EXTENSION_TYPES, extendedName, MAX_EXTENSION_BYTES } from "../packing/tar-extension.ts";
import { TarWalker } from "../packing/tar-walker.ts";
import { referencedFiles } from "../records/ovf.ts";
import { unwrapText } from "../text/text-encoding.ts";
import { FILE_TYPES } from "./description.ts";
import { type ManifestLine, manifestLines } from "./manifest.ts";
import { isOvfName, plainName, roleOf } from "./names.ts";

/** Stable: scripts may name them. */
export type OvaProblemCode =
  | "description-unreadable"
  | "digest-mismatch"
  | "file-missing"
  | "bad-header"
  | "end-missing"
  | "trailing-data"
  | "truncated"
  | "unreadable";

export interface OvaProblem {
  readonly code: OvaProblemCode;
  readonly member: string | null;
  /** Byte of the (decompressed) archive. */
  readonly offset: number | null;
  readonly message: string;
}

export interface OvaFile {
  readonly name: string;
  readonly bytes: number;
  /** Of the digest that the manifest tells; null where it tells none. */
  readonly algorithm: string | null;
  /** Null where there is none to compare with, or none of an algorithm that is known. */
  readonly matches: boolean | null;
}

export interface OvaVerification {
  readonly bytes: number;
  readonly members: number;
  readonly files: readonly OvaFile[];
  readonly problems: readonly OvaProblem[];
  readonly problemCount: number;
}

/** Takes pieces, and gives the digest of them all in hexadecimal. */
export interface Hashing {
  readonly update: (bytes: Uint8Array) => void;
  readonly digest: () => string;
}

/** Null for an algorithm that is not known. Names are those of `ManifestLine`. */
export type StartHashing = (algorithm: string) => Hashing | null;

/** Told by manifests; all of them are computed of a file that stands before its manifest. */
const ALGORITHMS: readonly string[] = ["SHA1", "SHA256", "SHA512"];

interface ReadFile {
  readonly name: string;
  readonly bytes: number;
  readonly offset: number;
  readonly digests: ReadonlyMap<string, string>;
}

export class OvaVerifier {
  private readonly startHashing: StartHashing;
  private readonly walker: TarWalker;
  private readonly files: ReadFile[] = [];
  private readonly listed: OvaProblem[] = [];
  private problemCount = 0;
  private members = 0;
  private description: string | null = null;
  /** By the name of the file; null as long as no manifest was there. */
  private manifest: ReadonlyMap<string, ManifestLine> | null = null;
  private references: readonly string[] = [];
  private nextName: string | null = null;
  private currentName: string | null = null;
  private pieces: Uint8Array[] | null = null;
  private hashings: readonly (readonly [algorithm: string, hashing: Hashing])[] = [];
  private leave: (data: Uint8Array) => void = () => {};

  constructor(startHashing: StartHashing) {
    this.startHashing = startHashing;
    this.walker = new TarWalker({
      member: (header, offset) => this.enter(header, offset),
      data: (bytes) => {
        this.pieces?.push(bytes);
        for (const [, hashing] of this.hashings) hashing.update(bytes);
      },
      memberEnd: () => {
        const data = concatBytes(this.pieces ?? []);
        this.pieces = null;
        this.leave(data);
      },
      garbage: (offset, bytes) =>
        this.report("bad-header", null, offset, `${bytes} bytes that are no member of the archive`),
    });
  }

  push(piece: Uint8Array): void {
    this.walker.push(piece);
  }

  /** `failure` is why reading ended before the archive did; null where all of it was read. */
  finish(failure: ReadingFailure | null): OvaVerification {
    const end = this.walker.finish();
    for (const { code, name, offset, message } of endingProblems(end, failure, this.currentName))
      this.report(code, name, offset, message);
    const { bytes } = end;
    const files = this.files.map((file) => this.compared(file));
    this.reportMissing();
    const { members, listed, problemCount } = this;
    return { bytes, members, files, problems: listed, problemCount };
  }

  private enter({ name: headerName, size, type }: TarHeader, offset: number): boolean {
    this.hashings = [];
    this.leave = () => {};
    if (EXTENSION_TYPES.has(type)) {
      if (size > BigInt(MAX_EXTENSION_BYTES)) return false;
      this.pieces = [];
      this.leave = (data) => {
        this.nextName = extendedName(type, data) ?? this.nextName;
      };
      return true;
    }
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) return false;
    const name = plainName(this.nextName ?? headerName);
    this.nextName = null;
    this.currentName = name;
    this.members++;
    if (!FILE_TYPES.has(type)) return true;
    const bytes = Number(size);
    const role = this.description === null ? null : roleOf(name, this.description);
    if (role === "manifest" && bytes <= PARSER_LIMITS.maxManifestBytes) {
      this.pieces = [];
      this.leave = (data) => {
        this.manifest = new Map(Array.from(manifestLines(data), (line) => [line.name, line]));
      };
    } else if (role === null) {
      this.enterFile(name, bytes, offset);
    }
    return true;
  }

  private enterFile(name: string, bytes: number, offset: number): void {
    const isDescription = this.description === null && isOvfName(name);
    if (isDescription) {
      this.description = name;
      if (bytes <= PARSER_LIMITS.maxOvfBytes) this.pieces = [];
    }
    const told = this.manifest?.get(name)?.algorithm;
    const wanted = this.manifest === null ? ALGORITHMS : told === undefined ? [] : [told];
    this.hashings = wanted.flatMap((algorithm) => {
      const hashing = this.startHashing(algorithm);
      return hashing === null ? [] : [[algorithm, hashing] as const];
    });
    this.leave = (data) => {
      const digests = new Map(this.hashings.map(([algorithm, hashing]) => [algorithm, hashing.digest()]));
      if (this.files.length < PARSER_LIMITS.maxOvaFiles) this.files.push({ name, bytes, offset, digests });
      if (isDescription) this.readDescription(name, data, offset);
    };
  }

  private readDescription(name: string, data: Uint8Array, offset: number): void {
    try {
      this.references = referencedFiles(unwrapText(data).bytes);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.report("description-unreadable", name, offset, error.message);
    }
  }

  private compared({ name, bytes, offset, digests }: ReadFile): OvaFile {
    const line = this.manifest?.get(name);
    if (line === undefined) return { name, bytes, algorithm: null, matches: null };
    const actual = digests.get(line.algorithm);
    const matches = actual === undefined ? null : actual === line.digest;
    if (matches === false)
      this.report(
        "digest-mismatch",
        name,
        offset,
        `its data gives ${line.algorithm} ${actual}, the manifest says ${line.digest}`,
      );
    return { name, bytes, algorithm: line.algorithm, matches };
  }

  /** Of a cut archive that alone is told. */
  private reportMissing(): void {
    if (this.problemCount > 0) return;
    const there = new Set(this.files.map(({ name }) => name));
    for (const name of new Set([...(this.manifest?.keys() ?? []), ...this.references])) {
      if (!there.has(name) && this.files.length < PARSER_LIMITS.maxOvaFiles)
        this.report("file-missing", name, null, "the appliance names this file, and does not hold it");
    }
  }

  private report(code: OvaProblemCode, member: string | null, offset: number | null, message: string): void {
    this.problemCount++;
    if (this.listed.length < PARSER_LIMITS.maxXvaProblems)
      this.listed.push({ code, member, offset, message });
  }
}
