/** A member of an archive, whichever kind of archive that is. */
export interface ArchiveMember {
  /** As the archive has it: nothing is ever written under it. */
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "special" | "encrypted" | "unreadable";
  /** Of a file, as the archive tells it. */
  readonly bytes: number;
  /** Of a file. It can be read until the next member is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The content of what has none. */
export async function* noContent(): AsyncGenerator<Uint8Array, void, undefined> {}
