/** What verify says of one export. */

import type { Compression } from "../parsers/packing/compression.ts";
import type { XvaVerification } from "../parsers/xva/verify.ts";
import type { ErrorReport } from "./input.ts";

/** What was found out about one export, as scripts rely on it (`varscope schema verify`). */
export interface VerifyEntry extends XvaVerification {
  readonly path: string;
  readonly compression: Compression | null;
  /** Why the input could not be checked at all. */
  readonly error: ErrorReport | null;
  readonly complete: boolean;
}
