/** What a command is, as data, and the options that several commands have. */
import { FAIL_ON } from "../../report/exit-codes.ts";
import type { ParseSettings } from "../option-values.ts";
import { type Options, SEVERITIES } from "../options.ts";
import type { CommandLine } from "./line.ts";

export interface OptionDefinition {
  /** `list`: one or more values follow the option. `each`: one value follows, and the option may be given again for more. */
  readonly type: "boolean" | "string" | "list" | "each";
  readonly describe: string;
  readonly choices?: readonly string[];
  readonly default?: string;
  /** The default as help prints it, where it is not a plain value. */
  readonly defaultDescription?: string;
  readonly alias?: string;
  /** What the shell offers for the value. Without this and without `choices` it offers nothing. */
  readonly value?: "file" | "folder" | "rule";
}

/** One command, as data: help, completion, the manual page and both readers of command lines (plain-line.ts, args.ts) use it. */
export interface Command<O extends Options> {
  /** Values of `--format`; the first is the default. Empty where there is nothing to choose. */
  readonly formats: readonly string[];
  /** For the list of commands: operands, two spaces, what the command does. */
  readonly summary: string;
  readonly usage: string;
  /** Words that the shell offers for the first operand; `rules`: the ids of all rules. Absent where it is like the other operands. */
  readonly words?: readonly string[] | "rules";
  /** What the shell offers for the other operands. */
  readonly operands: "files" | "none";
  /** Names of the common options that have an effect here. The other common options are accepted too, but help does not show them. */
  readonly common: readonly string[];
  /** Options that are not common ones, by name without dashes. */
  readonly options: Readonly<Record<string, OptionDefinition>>;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** How many operands come before the names of files; only a file's name may not be empty. Absent: none. */
  readonly wordsBeforeFiles?: number | "all";
  /** Checks the command line and gives its options. Throws UsageError with a sentence for the person who typed it. */
  readonly read: (line: CommandLine, settings: ParseSettings) => O;
  /** Paths that the command reads, so that no output replaces one of them. main.ts adds those of `--reference` and of keys. */
  readonly inputs: (options: O) => readonly string[];
}

export const COMMON_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  output: {
    type: "string",
    alias: "o",
    value: "file",
    describe: "file for what is printed, - for standard output; its ending chooses the format",
  },
  force: { type: "boolean", describe: "write over files that exist; never over what is read" },
  "fail-on": {
    type: "string",
    choices: FAIL_ON,
    describe:
      "lowest severity that gives exit code 1, and that -q shows; default warning. forecast: with it a refused update gives 1. diff, verify, corpus: never = no exit code 1",
  },
  "as-of": {
    type: "string",
    describe: "YYYY-MM-DD, judge as of that day (which certificates have ended); default today",
  },
  reference: {
    type: "list",
    value: "file",
    describe: "newer dbx tables: Microsoft's dbx_info JSON or a signed update; write it after the paths",
  },
  "encryption-key-file": {
    type: "string",
    value: "file",
    describe: "file with the key (32 characters) of an encrypted remote of Xen Orchestra",
  },
  "no-progress": { type: "boolean", describe: "no progress on standard error" },
  quiet: {
    type: "boolean",
    alias: "q",
    describe: "only what is wrong, and the totals; no hints",
  },
};

export const FILTER_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  only: {
    type: "each",
    value: "rule",
    describe: "show only the findings of this rule; give it again for more rules",
  },
  ignore: {
    type: "each",
    value: "rule",
    describe: "hide the findings of this rule; give it again for more rules",
  },
  "min-severity": {
    type: "string",
    choices: SEVERITIES,
    default: "info",
    describe: "hide what is less severe; what keeps a VM from starting is always shown",
  },
  "ignore-file": {
    type: "string",
    value: "file",
    describe: "JSON file of findings that you accept: rule, vm, path or variable, reason, until",
  },
};

export const TICKET_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  title: { type: "string", describe: "what the report is called" },
  "reference-id": { type: "string", describe: "the ticket that the report is for" },
};

/** Names of the common options of commands that print something, and of those that judge. */
export const WRITING_OPTIONS: readonly string[] = ["output", "force"];
export const JUDGING_OPTIONS: readonly string[] = ["as-of", "reference", "encryption-key-file"];
