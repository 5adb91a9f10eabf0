/** Wrong usage, in words for the one who typed it; ends with exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
