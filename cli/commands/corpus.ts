/** `varscope corpus`: batch regression over a folder of cases. */

import type { ExitCode } from "../../report/exit-codes.ts";
import type { CommandContext } from "../context.ts";
import type { CorpusOptions } from "../options.ts";

/** Each action is loaded only when it is asked for. */
export async function corpus(options: CorpusOptions, context: CommandContext): Promise<ExitCode> {
  switch (options.action) {
    case "run":
      return (await import("../corpus/run-corpus.ts")).runCorpus(options, context);
    case "update":
      return (await import("../corpus/run-corpus.ts")).updateCorpus(options, context);
    case "add":
      return (await import("../corpus/add-case.ts")).addCase(options, context);
    case "merge":
      return (await import("../corpus/merge.ts")).mergeCorpus(options, context);
    default:
      return options satisfies never;
  }
}
