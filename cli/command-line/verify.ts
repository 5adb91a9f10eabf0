/** `varscope verify`: is an export complete. Its options, help text and checks; the work is in `cli/commands/`. */
import { commonOptions, onePath, type ParseSettings } from "../option-values.ts";
import { FORMATS, type VerifyOptions } from "../options.ts";
import { type Command, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine } from "./line.ts";

export const verifyCommand: Command<VerifyOptions> = {
  formats: FORMATS,
  operands: "files",
  common: [...WRITING_OPTIONS, "encryption-key-file", "no-progress", "quiet"],
  summary: "EXPORT  is this export complete and undamaged",
  usage:
    "varscope verify EXPORT\n\nReads a whole export once and checks every block of every disk: checksums, order, gaps, both ends. Of an appliance (OVA) every file, against its manifest.",
  options: {},
  examples: [
    ["varscope verify backup.xva", "before the original is deleted"],
    ["varscope verify backup.xva.zst --format json", "for a script; exit code 1 where it is damaged"],
  ],
  read,
  inputs: ({ path }) => [path],
};

function read({ values, operands }: CommandLine, settings: ParseSettings): VerifyOptions {
  return { command: "verify", path: onePath(operands, "verify"), ...commonOptions(values, settings) };
}
