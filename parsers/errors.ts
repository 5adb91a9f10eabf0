/** Why an input, or a layer of it, could not be read. Scripts rely on these words: they are never renamed. */
export type ErrorCode =
  | "empty-input"
  | "unrecognised"
  | "no-dumps"
  | "not-found"
  | "permission-denied"
  | "special-file"
  | "read-failed"
  | "truncated"
  | "bad-magic"
  | "bad-encoding"
  | "bad-structure"
  | "no-ova-xml"
  | "no-nvram"
  | "dtd-refused"
  | "over-limit"
  | "corrupt-compression"
  | "encrypted"
  /** A fault of varscope itself: one input of many made it fail. */
  | "defect";

interface ParseErrorFields {
  readonly code: ErrorCode;
  /** Path to the place inside the input, such as `ova.xml` or `vms[2].NVRAM`; "" is the input itself. */
  readonly path?: string;
  /** Offset in bytes from the start of that layer; null where no single place is at fault. */
  readonly offset?: number | null;
  readonly expected: string;
  readonly found: string;
  /** What the user can do: whole sentences. */
  readonly next?: string;
}

/** The only error that parsers throw. Its message is made of the fields: place, what was expected, what was found, what to do next. */
export class ParseError extends Error {
  override readonly name: string = "ParseError";
  readonly code: ErrorCode;
  readonly path: string;
  readonly offset: number | null;
  readonly expected: string;
  readonly found: string;
  readonly next: string;

  constructor(fields: ParseErrorFields) {
    const { code, path = "", offset = null, expected, found, next = "" } = fields;
    const at = offset === null ? "" : `at byte ${offset} (0x${offset.toString(16)})`;
    const where = [path, at].filter((part) => part !== "").join(" ");
    const advice = next === "" ? "" : ` ${next}`;
    super(`${where === "" ? "" : `${where}: `}expected ${expected}, found ${found}.${advice}`);
    this.code = code;
    this.path = path;
    this.offset = offset;
    this.expected = expected;
    this.found = found;
    this.next = next;
  }

  /** The same error, seen from the layer around it: `prefix` names this layer there. */
  within(prefix: string): ParseError {
    const path = this.path === "" ? prefix : `${prefix}.${this.path}`;
    const { code, offset, expected, found, next } = this;
    return new ParseError({ code, path, offset, expected, found, next });
  }
}
