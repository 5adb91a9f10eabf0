/** `varscope diff`: compare two NVRAMs. Its options, help text and checks; the work is in `cli/commands/`. */
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { UsageError } from "../errors.ts";
import { commonOptions, type ParseSettings, shown, text, uuidOption } from "../option-values.ts";
import { type DiffOptions, FORMATS } from "../options.ts";
import { type Command, JUDGING_OPTIONS, type OptionDefinition, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine } from "./line.ts";

const OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  all: { type: "boolean", describe: "every signature, hashes in full" },
  vm: { type: "string", describe: "UUID of the VM; UUID,UUID for A and B" },
  source: { type: "string", describe: "which copy, such as NVRAM; NAME,NAME for A and B" },
};

export const diffCommand: Command<DiffOptions> = {
  formats: FORMATS,
  operands: "files",
  common: [...WRITING_OPTIONS, ...JUDGING_OPTIONS],
  summary: "A B  compare two NVRAMs, signature by signature",
  usage:
    "varscope diff A B\n\nSays what B has that A has not, and the reverse; the order of variables means nothing.",
  options: OPTIONS,
  examples: [
    ["varscope diff before.efivars.b64 after.efivars.b64", "what did the update add"],
    ["varscope diff old.xva new.xva --vm UUID --all", "one VM in two exports, every signature"],
    [
      "varscope diff vm.xva vm.xva --source NVRAM,snapshot_metadata.NVRAM",
      "the two copies of an exported snapshot",
    ],
  ],
  read,
  inputs: ({ a, b }) => [a.path, b.path],
};

function read({ values, operands }: CommandLine, settings: ParseSettings): DiffOptions {
  const [a, b, ...more] = operands;
  if (a === undefined || b === undefined || more.length > 0)
    throw new UsageError(`diff takes two files, not ${operands.length}.`);
  if (a === STANDARD_INPUT && b === STANDARD_INPUT)
    throw new UsageError("Standard input can be read only once: name a file for A or B.");
  const [vmA, vmB] = pairOf(text(values, "vm")).map(uuidOption);
  const [sourceA = null, sourceB = null] = pairOf(text(values, "source"));
  return {
    command: "diff",
    a: { path: a, vmUuid: vmA ?? null, source: sourceA },
    b: { path: b, vmUuid: vmB ?? null, source: sourceB },
    all: values["all"] === true,
    ...commonOptions(values, settings),
  };
}

/** One value for both of A and B, or one for each with a comma between them. */
function pairOf(value: string | null): readonly (string | null)[] {
  const parts = value?.split(",") ?? [null];
  if (parts.length > 2)
    throw new UsageError(`There are two inputs, and ${shown(value ?? "")} names ${parts.length}.`);
  return parts.length === 2 ? parts : [value, value];
}
