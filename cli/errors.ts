/** Wrong usage. The message is for the person who typed it. Exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** A file that the user named besides the inputs (such as `--baseline`) cannot be read. Exit code 3. */
export class UnreadableFile extends Error {
  override readonly name: string = "UnreadableFile";
}
