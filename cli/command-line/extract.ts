/** `varscope extract`: write blobs, signature lists and certificates. Its options, help text and checks; the work is in `cli/commands/`. */
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { UsageError } from "../errors.ts";
import {
  commonOptions,
  fileOption,
  newName,
  onePath,
  type ParseSettings,
  text,
  vmOption,
} from "../option-values.ts";
import { type ExtractOptions, FORMATS } from "../options.ts";
import { type Command, JUDGING_OPTIONS, type OptionDefinition, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine } from "./line.ts";

const OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  out: { type: "string", value: "folder", describe: "folder to write into; made where it is missing" },
  vm: { type: "string", describe: "UUID of the only VM to extract" },
  source: { type: "string", describe: "the only copy to extract, such as NVRAM" },
  "last-good": {
    type: "boolean",
    describe: "of a folder with backups of Xen Orchestra: each VM's last good NVRAM, ready to restore",
  },
  file: { type: "string", describe: "only this boot loader on the disks of an export, as it is" },
};

export const extractCommand: Command<ExtractOptions> = {
  formats: FORMATS,
  operands: "files",
  common: [...WRITING_OPTIONS, ...JUDGING_OPTIONS],
  summary: "PATH --out DIR  blobs, signature lists, certificates, JSON",
  usage:
    "varscope extract PATH --out DIR\n\nWrites each NVRAM (.vars), its signature lists (.esl), certificates (.der) and all variables as JSON.",
  options: OPTIONS,
  examples: [
    ["varscope extract backup.xva --out parts", "of every VM of an export"],
    ["varscope extract backup.xva --out parts --file '\\EFI\\BOOT\\BOOTX64.EFI'", "a boot loader"],
    ["varscope extract backup.xva --out parts --vm UUID --force", "of one VM, over files that exist"],
    ["varscope extract /remote/xo-vm-backups --out good --last-good", "what each VM had before it went bad"],
  ],
  read,
  inputs: ({ path }) => [path],
};

function read({ values, operands }: CommandLine, settings: ParseSettings): ExtractOptions {
  const path = onePath(operands, "extract");
  const out = newName(values, "out");
  if (out === null || out === "") throw new UsageError("extract needs a folder: --out DIR.");
  const source = text(values, "source");
  const lastGood = values["last-good"] === true;
  if (lastGood && source !== null)
    throw new UsageError("--last-good takes the copy that a restore takes: leave out --source.");
  if (lastGood && path === STANDARD_INPUT)
    throw new UsageError("--last-good reads backups twice, which standard input cannot be: name a folder.");
  return {
    command: "extract",
    path,
    out,
    lastGood,
    vmUuid: vmOption(values),
    source,
    file: fileOption(values, path),
    ...commonOptions(values, settings),
  };
}
