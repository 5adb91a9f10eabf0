/** `varscope repair`: plan, prove and write repaired NVRAMs. Its options, help text and checks; the work is in `cli/commands/`. */
import { STRATEGIES, type Strategy } from "../../rules/engine/strategy.ts";
import { UsageError } from "../errors.ts";
import { commonOptions, newName, type ParseSettings, text, vmOption } from "../option-values.ts";
import { FORMATS, type RepairOptions } from "../options.ts";
import { type Command, JUDGING_OPTIONS, type OptionDefinition, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine } from "./line.ts";

const OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  "dry-run": { type: "boolean", describe: "plan and prove only, write nothing" },
  strategy: {
    type: "string",
    choices: STRATEGIES,
    default: "merge",
    describe: "merge loses nothing; compact also drops dead weight; remove deletes what nothing else saves",
  },
  emit: {
    type: "string",
    choices: ["efivars", "same"],
    describe:
      "write into the folder --out: efivars one UUID.efivars.b64 for each VM, same each input in its own form",
  },
  out: { type: "string", value: "file", describe: "file to write; with --emit or several inputs the folder" },
  compress: { type: "string", choices: ["gzip"], describe: "compress the export that is written" },
  vm: { type: "string", describe: "UUID of the only VM to repair" },
  runbook: {
    type: "string",
    value: "file",
    describe: "Markdown file for the steps that bring the repair back to a host",
  },
  "add-certificates": {
    type: "string",
    value: "folder",
    describe: "folder with Microsoft's certificates (DER, PEM): adds those that KEK and db lack",
  },
};

export const repairCommand: Command<RepairOptions> = {
  formats: FORMATS,
  operands: "files",
  common: [...WRITING_OPTIONS, ...JUDGING_OPTIONS, "no-progress", "quiet"],
  summary: "PATH...  plan, prove and write repaired NVRAMs",
  usage:
    "varscope repair PATH...\n\nPlans, proves and writes repaired NVRAMs, of files, folders and members of archives (X!member). No input is ever changed.",
  options: OPTIONS,
  examples: [
    ["varscope repair vm.efivars.b64", "writes vm.repaired.efivars.b64"],
    ["varscope repair backup.xva", "writes backup.repaired.xva, in which only ova.xml differs"],
    ["varscope repair state.db --emit efivars --out repaired", "one text for each VM that can be repaired"],
    ["varscope repair dumps --emit same --out repaired", "every dump of a folder, each in its own form"],
    ["varscope repair vm.vars --strategy remove --dry-run", "what would have to go"],
    ["varscope repair backup.xva --runbook steps.md", "and every command behind it, in order"],
  ],
  read,
  inputs: ({ paths, addCertificates }) => (addCertificates === null ? paths : [...paths, addCertificates]),
};

function read({ values, operands }: CommandLine, settings: ParseSettings): RepairOptions {
  const [path] = operands;
  if (path === undefined)
    throw new UsageError("repair needs the name of a file or folder, or - for standard input.");
  const out = newName(values, "out");
  const emit = text(values, "emit");
  const vmUuid = vmOption(values);
  if (out === "") throw new UsageError("The option --out needs a name.");
  if (emit !== null && out === null)
    throw new UsageError(`--emit ${emit} needs a folder: --emit ${emit} --out DIR.`);
  const addCertificates = text(values, "add-certificates");
  if (addCertificates === "") throw new UsageError("The option --add-certificates needs a folder.");
  const runbook = newName(values, "runbook");
  if (runbook === "") throw new UsageError("The option --runbook needs a file.");
  const dryRun = values["dry-run"] === true;
  const strategy = values["strategy"] as Strategy;
  return {
    command: "repair",
    path,
    paths: operands,
    strategy,
    dryRun,
    emitEfivars: emit === "efivars",
    emitSame: emit === "same",
    out,
    compress: values["compress"] === "gzip",
    vmUuid,
    runbook,
    addCertificates,
    ...commonOptions(values, settings),
  };
}
