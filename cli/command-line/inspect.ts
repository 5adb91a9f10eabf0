/** `varscope inspect`: show all that is decoded. Its options, help text and checks; the work is in `cli/commands/`. */
import { commonOptions, fileOption, onePath, type ParseSettings, text, vmOption } from "../option-values.ts";
import { FORMATS, type InspectOptions } from "../options.ts";
import { type Command, JUDGING_OPTIONS, type OptionDefinition, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine } from "./line.ts";

const OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  all: { type: "boolean", describe: "every entry of every list, hashes and dumps in full" },
  variable: { type: "string", describe: "NAME or NAME-GUID of the only variable to show" },
  hex: { type: "boolean", describe: "a dump of each variable's data" },
  bytes: { type: "boolean", describe: "what every range of bytes is; JSON always has it" },
  vm: { type: "string", describe: "UUID of the only VM to show" },
  file: {
    type: "string",
    describe: "a boot loader on the disks of an export, such as '\\EFI\\BOOT\\BOOTX64.EFI'",
  },
};

export const inspectCommand: Command<InspectOptions> = {
  formats: FORMATS,
  operands: "files",
  common: [...WRITING_OPTIONS, ...JUDGING_OPTIONS],
  summary: "PATH  show everything that is decoded",
  usage:
    "varscope inspect PATH\n\nShows variables, boot entries, signature lists and certificates, and where every byte belongs.",
  options: OPTIONS,
  examples: [
    ["varscope inspect vm.efivars.b64", "variables, boot entries, lists, certificates"],
    ["varscope inspect vm.efivars.b64 --variable dbx --all", "every hash, with the image that it revokes"],
    ["varscope inspect vm.vars --variable Boot0001 --hex", "one variable, with its bytes"],
    ["varscope inspect backup.xva --file '\\EFI\\BOOT\\BOOTX64.EFI'", "a boot loader: hashes, signers, SBAT"],
    ["varscope inspect vm.efivars.b64 --format json", "all of it, for a script"],
  ],
  read,
  inputs: ({ path }) => [path],
};

function read({ values, operands }: CommandLine, settings: ParseSettings): InspectOptions {
  const path = onePath(operands, "inspect");
  return {
    command: "inspect",
    path,
    all: values["all"] === true,
    variable: text(values, "variable"),
    hex: values["hex"] === true,
    bytes: values["bytes"] === true,
    vmUuid: vmOption(values),
    file: fileOption(values, path),
    ...commonOptions(values, settings),
  };
}
