/** Why an input could not be read, as the report tells it. */
import type { ParseError } from "../parsers/errors.ts";

export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly path: string;
  readonly offset: number | null;
}

export function errorReport(error: ParseError): ErrorReport {
  return { code: error.code, message: error.message, path: error.path, offset: error.offset };
}
