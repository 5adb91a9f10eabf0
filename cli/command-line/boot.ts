/** `varscope boot`: does the boot loader start. Its options, help text and checks; the work is in `cli/commands/`. */
import { SCENARIOS, type ScenarioName } from "../../report/boot.ts";
import { UsageError } from "../errors.ts";
import { commonOptions, list, type ParseSettings, shown, vmOption } from "../option-values.ts";
import { BOOT_FORMATS, type BootFormat, type BootOptions } from "../options.ts";
import { type Command, JUDGING_OPTIONS, type OptionDefinition, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine, Values } from "./line.ts";

const OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  nvram: { type: "string", value: "file", describe: "the NVRAM of a bare disk" },
  vm: { type: "string", describe: "UUID of the only VM to look at" },
  scenario: {
    type: "each",
    describe:
      "only this question: as-stored, secure-boot-on, secure-boot-off, repaired, update:NAME; give it again for more",
  },
};

export const bootCommand: Command<BootOptions> = {
  formats: BOOT_FORMATS,
  operands: "files",
  common: [...WRITING_OPTIONS, ...JUDGING_OPTIONS, "fail-on", "no-progress", "quiet"],
  summary: "EXPORT...  does its VM start: boot loader against keys",
  usage:
    "varscope boot EXPORT...\n\nReads the boot loader from the EFI system partition of an export (XVA, plain or compressed), or of a raw disk with --nvram FILE, and says what the firmware starts or refuses: as stored, with Secure Boot on and off, after the repair; with PCR 7 of each.",
  options: OPTIONS,
  examples: [
    ["varscope boot backup.xva", "does it start, and if not, which entry is refused and why"],
    ["varscope boot disk.raw --nvram vm.efivars.b64", "a bare disk beside an NVRAM"],
    ["varscope boot backup.xva --scenario update:2025-10", "does it start after that update of dbx"],
    ["varscope boot backup.xva --format json", "every attempt, image, signer and PCR 7"],
  ],
  read,
  inputs: ({ paths, nvram }) => (nvram === null ? paths : [...paths, nvram]),
};

function read({ values, operands }: CommandLine, settings: ParseSettings): BootOptions {
  if (operands.length === 0) throw new UsageError("boot needs an export, or a disk and --nvram FILE.");
  const nvram = values["nvram"];
  return {
    command: "boot",
    paths: operands,
    nvram: typeof nvram === "string" ? nvram : null,
    vmUuid: vmOption(values),
    scenarios: scenarioOption(values),
    ...commonOptions(values, settings),
    format: values["format"] as BootFormat,
  };
}

/** The ids of updates are known when the tables are: `boot` looks at them. */
function scenarioOption(values: Values): readonly ScenarioName[] | null {
  const given = list(values, "scenario");
  if (given.length === 0) return null;
  const wrong = given.find((name) => !isScenario(name));
  if (wrong !== undefined)
    throw new UsageError(`--scenario takes ${SCENARIOS.join(", ")} or update:NAME, not ${shown(wrong)}.`);
  return given.filter(isScenario);
}

function isScenario(name: string): name is ScenarioName {
  return (SCENARIOS as readonly string[]).includes(name) || /^update:./.test(name);
}
