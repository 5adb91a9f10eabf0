/** What a report says about the file of an input: size, time, and SHA-256 of its content. */
import { toHex } from "../../parsers/bytes.ts";
import type { Dump, FormatId } from "../../parsers/model.ts";
import type { FileReport } from "../../report/input.ts";
import type { Machine, RunningHash } from "../world.ts";
import type { Peekable } from "./chunks.ts";
import type { ByteSource } from "./source.ts";

/** SHA-256 of a file, computed while the file is read for other reasons. */
export class FileDigest {
  readonly #newSha256: Machine["newSha256"];
  #hash: RunningHash | null = null;
  #bytes = 0;
  #isWhole = false;

  constructor({ newSha256 }: Pick<Machine, "newSha256">) {
    this.#newSha256 = newSha256;
  }

  /** Gives on the pieces of `source`, and hashes them. */
  async *through(source: Peekable): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of source) {
      this.#hash ??= this.#newSha256();
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
      yield chunk;
    }
    this.#isWhole = true;
  }

  /** Size in bytes and hash; null where the file was not read to its end. Read it only once. */
  get result(): { readonly bytes: number; readonly sha256: string } | null {
    if (!this.#isWhole || this.#hash === null) return null;
    return { bytes: this.#bytes, sha256: toHex(this.#hash.digest()) };
  }
}

/** Formats that are disks: how much is read of one depends on where it comes from, so it has no digest. */
const DISKS: readonly FormatId[] = ["suspend-image"];

/** The result of opening the input. */
interface Opened {
  readonly dump: Pick<Dump, "format"> | null;
  readonly document: { readonly member: object | null } | null;
}

/** The facts of an input. Without a digest where only a part is read: exports, disks, files in no known format. */
export function fileReport(source: ByteSource, { dump, document }: Opened, digest: FileDigest): FileReport {
  const isPart = dump === null || DISKS.includes(dump.format) || (document?.member ?? null) !== null;
  const whole = digest.result;
  return {
    bytes: source.size ?? whole?.bytes ?? null,
    modified: source.modified,
    sha256: isPart ? null : (whole?.sha256 ?? null),
  };
}

/** The facts of an archive: without a digest, as only its members are read. */
export function archiveReport({ size, modified }: ByteSource): FileReport {
  return { bytes: size, modified, sha256: null };
}
