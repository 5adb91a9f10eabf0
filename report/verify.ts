/** What verify says of one export. */

import type { OvaFile, OvaProblem } from "../parsers/ova/verify.ts";
import type { Compression } from "../parsers/packing/compression.ts";
import type { XvaProblem } from "../parsers/xva/problems.ts";
import type { XvaVerification } from "../parsers/xva/verify.ts";
import type { ErrorReport } from "./error-report.ts";

/** What was found out about one export, as scripts rely on it (`varscope schema verify`). */
export interface VerifyEntry extends Omit<XvaVerification, "problems"> {
  readonly problems: readonly (XvaProblem | OvaProblem)[];
  /** Only for an appliance: its files, each with the result of its manifest. */
  readonly files?: readonly OvaFile[];
  readonly path: string;
  readonly compression: Compression | null;
  /** Why the input could not be checked at all. */
  readonly error: ErrorReport | null;
  readonly complete: boolean;
}
