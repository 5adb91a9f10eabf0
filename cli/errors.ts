/** Wrong usage, in words for the one who typed it; ends with exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** A file that was named besides the dump and cannot be read; ends with exit code 3. */
export class UnreadableFile extends Error {
  override readonly name: string = "UnreadableFile";
}
