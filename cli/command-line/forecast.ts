/** `varscope forecast`: what the daemon would answer to updates. Its options, help text and checks; the work is in `cli/commands/`. */

import { DAEMON_VERSIONS } from "../../daemon/daemon-version.ts";
import { SECURE_BOOT_VARIABLES } from "../../daemon/variable-id.ts";
import { UsageError } from "../errors.ts";
import { commonOptions, list, newName, onePath, type ParseSettings, vmOption } from "../option-values.ts";
import { FORMATS, type ForecastOptions } from "../options.ts";
import { type Command, type OptionDefinition, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine } from "./line.ts";

const OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  update: {
    type: "list",
    value: "file",
    describe: "updates in their order: Microsoft's signed .bin, .auth or .esl",
  },
  daemon: {
    type: "string",
    choices: ["fixed", "unfixed", "both"],
    default: "both",
    describe: "varstored with or without its fix for appends",
  },
  variable: {
    type: "string",
    choices: SECURE_BOOT_VARIABLES,
    describe: "the variable that the updates are for; default: the updates tell",
  },
  append: { type: "boolean", describe: "send the updates as appends; default: the updates tell" },
  replace: { type: "boolean", describe: "send the updates as replacements; default: the updates tell" },
  out: { type: "string", value: "file", describe: "file for the NVRAM as one daemon would save it" },
  vm: { type: "string", describe: "UUID of the only VM to look at" },
};

export const forecastCommand: Command<ForecastOptions> = {
  formats: FORMATS,
  operands: "files",
  common: [...WRITING_OPTIONS, "fail-on", "encryption-key-file"],
  summary: "PATH --update FILE...  what the daemon would answer to updates",
  usage:
    "varscope forecast PATH --update FILE...\n\nSays what varstored would answer to each update, and whether the VM starts afterwards.",
  options: OPTIONS,
  examples: [
    ["varscope forecast vm.efivars.b64 --update DBXUpdate.bin", "one update, both daemons"],
    [
      "varscope forecast vm.vars --update one.bin two.bin --daemon fixed --out after.vars",
      "and what is saved then",
    ],
  ],
  read,
  inputs: ({ path, updates }) => [path, ...updates],
};

function read({ values, operands }: CommandLine, settings: ParseSettings): ForecastOptions {
  const path = onePath(operands, "forecast");
  const updates = list(values, "update");
  if (updates.length === 0) throw new UsageError("forecast needs an update: --update FILE.");
  const append = values["append"] === true;
  const replace = values["replace"] === true;
  if (append && replace) throw new UsageError("--append and --replace exclude each other.");
  const daemon = values["daemon"];
  const daemons = DAEMON_VERSIONS.filter((version) => daemon === "both" || daemon === version);
  const out = newName(values, "out");
  if (out !== null && daemons.length > 1)
    throw new UsageError("--out needs one daemon: --daemon fixed or --daemon unfixed.");
  const common = commonOptions(values, settings);
  return {
    command: "forecast",
    path,
    updates,
    daemons,
    variable: SECURE_BOOT_VARIABLES.find((name) => name === values["variable"]) ?? null,
    append: append || replace ? append : null,
    out,
    vmUuid: vmOption(values),
    failOnRefusal: values["fail-on"] !== undefined && common.failOn !== "never",
    ...common,
  };
}
