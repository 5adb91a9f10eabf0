import { analyze as analyzeOn } from "../../../library/api/analyze.ts";
import type { AnalyzeOptions, Inputs, Report } from "../../../library/api/types.ts";
import { portableMachine } from "../machine.ts";

/**
 * Judges every input, as `varscope analyze --format json` does. An input that cannot be read is an entry of the report with an
 * `error` (`inputs[].error`); the others are still judged. Of an export only its head and its last kilobyte are read. Rejects with
 * TypeError for wrong options, and with the signal's reason where that is aborted.
 */
export function analyze(inputs: Inputs, options: AnalyzeOptions = {}): Promise<Report> {
  return analyzeOn(portableMachine, inputs, options);
}
