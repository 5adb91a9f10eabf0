/** What a thread that judges cases is asked. */
import type { CommonOptions } from "../options.ts";
import type { CaseTask } from "./list-cases.ts";

/** With what cases are judged. */
export type CaseOptions = Pick<CommonOptions, "asOf" | "references">;

/** What a thread is asked; errors do not survive the way to it. */
export interface CaseRequest {
  readonly cases: readonly Omit<CaseTask, "error">[];
}
