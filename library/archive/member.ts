/** A member of an archive, whichever kind of archive that is. */
export interface ArchiveMember {
  /** Name in the archive. Never used as the path of a file that is written. */
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "special" | "encrypted" | "unreadable";
  /** Size of a file in bytes, as the archive says. */
  readonly bytes: number;
  /** Content of a file. It can be read until the next member is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** For members without content. */
export async function* noContent(): AsyncGenerator<Uint8Array, void, undefined> {}
