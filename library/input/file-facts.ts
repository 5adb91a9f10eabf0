/** What a report says of the file behind an input: how large and old it is, and what it held when it was read. */
import { toHex } from "../../parsers/bytes.ts";
import type { Dump, FormatId } from "../../parsers/model.ts";
import type { FileReport } from "../../report/input.ts";
import type { Machine, RunningHash } from "../world.ts";
import type { Peekable } from "./chunks.ts";
import type { ByteSource } from "./source.ts";

/** SHA-256 of a file, taken as it is read for its own sake: nothing is read for it. */
export class FileDigest {
  readonly #newSha256: Machine["newSha256"];
  #hash: RunningHash | null = null;
  #bytes = 0;
  #isWhole = false;

  constructor({ newSha256 }: Pick<Machine, "newSha256">) {
    this.#newSha256 = newSha256;
  }

  /** The same pieces. */
  async *through(source: Peekable): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of source) {
      this.#hash ??= this.#newSha256();
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
      yield chunk;
    }
    this.#isWhole = true;
  }

  /** Null where the file was not read to its end. To be asked once. */
  get result(): { readonly bytes: number; readonly sha256: string } | null {
    if (!this.#isWhole || this.#hash === null) return null;
    return { bytes: this.#bytes, sha256: toHex(this.#hash.digest()) };
  }
}

/** Formats that are disks: what is read of one depends on the way it comes. */
const DISKS: readonly FormatId[] = ["suspend-image"];

/** Of what was read of it. */
interface Opened {
  readonly dump: Pick<Dump, "format"> | null;
  readonly document: { readonly member: object | null } | null;
}

/** Of a file of which only a part is read, there is no digest: an export, a disk, what no format claims. */
export function fileReport(source: ByteSource, { dump, document }: Opened, digest: FileDigest): FileReport {
  const isPart = dump === null || DISKS.includes(dump.format) || (document?.member ?? null) !== null;
  const whole = digest.result;
  return {
    bytes: source.size ?? whole?.bytes ?? null,
    modified: source.modified,
    sha256: isPart ? null : (whole?.sha256 ?? null),
  };
}

/** Of an archive only members are read. */
export function archiveReport({ size, modified }: ByteSource): FileReport {
  return { bytes: size, modified, sha256: null };
}
