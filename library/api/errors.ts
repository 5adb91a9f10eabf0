/** The error of an input that is the whole question: of `inspect`, `repair` and `forecast`. */
import type { ErrorCode, ParseError } from "../../parsers/errors.ts";

export class InputError extends Error {
  override readonly name: string = "InputError";
  readonly code: ErrorCode;
  /** Where in the input, as a report has it. */
  readonly path: string;
  readonly offset: number | null;

  constructor({ code, path, offset, message }: ParseError) {
    super(message);
    this.code = code;
    this.path = path;
    this.offset = offset;
  }
}
