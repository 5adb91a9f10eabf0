/** Why `inspect`, `repair` or `forecast` could not read its input. `analyze` puts the same into its report. */
import type { ErrorCode, ParseError } from "../../parsers/errors.ts";

export class InputError extends Error {
  override readonly name: string = "InputError";
  /** What is wrong, for programs: such as `unrecognised`, `truncated`, `over-limit`. `message` says it in words. */
  readonly code: ErrorCode;
  /** Place in the input, such as `vms[0].NVRAM`; "" is the whole input. */
  readonly path: string;
  /** Byte of that place; null where there is none to name. */
  readonly offset: number | null;

  constructor({ code, path, offset, message }: ParseError) {
    super(message);
    this.code = code;
    this.path = path;
    this.offset = offset;
  }
}
