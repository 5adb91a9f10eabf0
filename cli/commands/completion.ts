/** `varscope completion`: the script that completes command lines in a shell. */

import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { bashScript } from "../completion/bash.ts";
import { fishScript } from "../completion/fish.ts";
import { zshScript } from "../completion/zsh.ts";
import type { CommandContext } from "../context.ts";
import type { CompletionOptions, Shell } from "../options.ts";

const SCRIPTS: Readonly<Record<Shell, () => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export async function completion(
  { shell }: CompletionOptions,
  { output }: CommandContext,
): Promise<ExitCode> {
  await output.write(`${SCRIPTS[shell]()}\n`);
  return EXIT.ok;
}
