/** Commands and their options as data: help, completion and every way of reading a command line come from here. */
import { SECURE_BOOT_VARIABLES } from "../daemon/variable-id.ts";
import { ASKS } from "../report/asks/index.ts";
import { FAIL_ON } from "../report/exit-codes.ts";
import { STRATEGIES } from "../rules/engine/strategy.ts";
import {
  BOOT_FORMATS,
  CORPUS_ACTIONS,
  CORPUS_FORMATS,
  EXPLAIN_FORMATS,
  FORMATS,
  type Options,
  REPORT_FORMATS,
  SCHEMA_NAMES,
  SEVERITIES,
  SHELLS,
} from "./options.ts";

export type CommandName = Options["command"];

export interface OptionDefinition {
  /** list: one or more values behind the option; each: one, and those of several options add up. */
  readonly type: "boolean" | "string" | "list" | "each";
  readonly describe: string;
  readonly choices?: readonly string[];
  readonly default?: string;
  /** What help says of the default, where that is no plain value. */
  readonly defaultDescription?: string;
  readonly alias?: string;
  /** What the shell completes for the value; nothing where neither this nor `choices` is given. */
  readonly value?: "file" | "folder" | "rule";
}

export interface CommandDefinition {
  /** What `--format` takes; the first is the default. None where there is nothing to choose. */
  readonly formats: readonly string[];
  /** Operands and meaning, for the list of commands. */
  readonly summary: string;
  readonly usage: string;
  /** What the first operand may be, where that is one of a few words, or the id of a rule. */
  readonly words?: readonly string[] | "rules";
  /** What the others are. */
  readonly operands: "files" | "none";
  /** Common options that mean something here; the others are taken as well, and not shown. */
  readonly common: readonly string[];
  /** Besides the common ones. */
  readonly options: Readonly<Record<string, OptionDefinition>>;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
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

const FILTER_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
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

const TICKET_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  title: { type: "string", describe: "what the report is called" },
  "reference-id": { type: "string", describe: "the ticket that the report is for" },
};

const ANALYZE_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  jobs: { type: "string", describe: "threads; default: one a core where there are enough files" },
  shard: {
    type: "string",
    describe: "I/N: only the I-th of N parts of the files, the same on every machine",
  },
  resume: {
    type: "string",
    value: "file",
    describe: "NDJSON file of an interrupted run: goes on after its last line; needs --as-of",
  },
  details: {
    type: "boolean",
    describe: "show each copy in full; default: up to five copies in full, more as causes and a table",
  },
  "no-details": { type: "boolean", describe: "show no copy in full" },
  group: {
    type: "boolean",
    describe: "also show which copies have the same root cause, and from which template",
  },
  pictures: {
    type: "boolean",
    describe: "json, ndjson: also the data of the pictures in the HTML report (detail)",
  },
  boot: {
    type: "boolean",
    describe: "also look at the disks of exports: what starts from them, as boot says it",
  },
  baseline: {
    type: "string",
    value: "file",
    describe: "earlier report (json, ndjson): show only what is new, fixed or worse since then",
  },
  ...FILTER_OPTIONS,
  ...TICKET_OPTIONS,
};

const CORPUS_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  shard: {
    type: "string",
    describe: "run: I/N, only the I-th of N parts of the cases, the same on every machine",
  },
  jobs: { type: "string", describe: "run: threads; default: one a core where there are enough cases" },
  to: { type: "string", value: "folder", describe: "add: the folder of cases to add to" },
  name: { type: "string", describe: "add: folder of the case below it; default: its verdict and a number" },
  redact: {
    type: "boolean",
    describe: "add: replace names, UUIDs, MAC addresses, paths and free text; keep all that is judged",
  },
};

const REPAIR_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
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

const INSPECT_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
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

const DIFF_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  all: { type: "boolean", describe: "every signature, hashes in full" },
  vm: { type: "string", describe: "UUID of the VM; UUID,UUID for A and B" },
  source: { type: "string", describe: "which copy, such as NVRAM; NAME,NAME for A and B" },
};

const EXTRACT_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  out: { type: "string", value: "folder", describe: "folder to write into; made where it is missing" },
  vm: { type: "string", describe: "UUID of the only VM to extract" },
  source: { type: "string", describe: "the only copy to extract, such as NVRAM" },
  "last-good": {
    type: "boolean",
    describe: "of a folder with backups of Xen Orchestra: each VM's last good NVRAM, ready to restore",
  },
  file: { type: "string", describe: "only this boot loader on the disks of an export, as it is" },
};

const FORECAST_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
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

const BOOT_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  nvram: { type: "string", value: "file", describe: "the NVRAM of a bare disk" },
  vm: { type: "string", describe: "UUID of the only VM to look at" },
  scenario: {
    type: "each",
    describe:
      "only this question: as-stored, secure-boot-on, secure-boot-off, repaired, update:NAME; give it again for more",
  },
};

/** Common options of commands that print something, and of those that judge. */
const WRITING = ["output", "force"];
const JUDGING = ["as-of", "reference", "encryption-key-file"];

export const DEFAULT_COMMAND: CommandName = "analyze";

export const COMMANDS: Readonly<Record<CommandName, CommandDefinition>> = {
  analyze: {
    formats: REPORT_FORMATS,
    operands: "files",
    common: Object.keys(COMMON_OPTIONS),
    summary: "PATH...  does it start, what is wrong, what to do (the default)",
    usage: "varscope [analyze] PATH...\n\nJudges every NVRAM in files and folders; - is standard input.",
    options: ANALYZE_OPTIONS,
    examples: [
      ["varscope backup.xva", "one export"],
      ["varscope /backups --format json --output report.json", "a folder, for a script"],
      ["varscope /backups --format html --output report.html", "a page to look at, to print, to hand on"],
      ["xe vm-param-get uuid=UUID param-name=NVRAM | varscope -", "what xe prints"],
      [
        "varscope /dumps --format ndjson --as-of 2026-11-22 --resume results.ndjson",
        "thousands of dumps; the same line goes on after an interruption",
      ],
      ["varscope state.db --group", "which VMs have one root cause, and inherit it from which template"],
      ["varscope /backups --baseline last-week.json", "only what is new or fixed since then"],
    ],
  },
  convert: {
    formats: REPORT_FORMATS,
    operands: "files",
    common: ["output", "force", "fail-on", "as-of", "quiet"],
    summary: "REPORT.json  tell a saved report in another format",
    usage:
      "varscope convert REPORT.json\n\nTells a report of analyze (JSON, NDJSON) in another format, without the evidence. Findings are those of the file;\ntotals, steps and what is said of rules are made anew. The exit code is 0 unless --fail-on is given.",
    options: { ...FILTER_OPTIONS, ...TICKET_OPTIONS },
    examples: [
      ["varscope convert report.json", "read what was found then"],
      ["varscope convert report.json --output report.html --title 'VM files'", "a page for the ticket"],
      ["varscope convert report.json --min-severity error --format markdown", "only what is wrong"],
    ],
  },
  repair: {
    formats: FORMATS,
    operands: "files",
    common: [...WRITING, ...JUDGING, "no-progress", "quiet"],
    summary: "PATH...  plan, prove and write repaired NVRAMs",
    usage:
      "varscope repair PATH...\n\nPlans, proves and writes repaired NVRAMs, of files, folders and members of archives (X!member). No input is ever changed.",
    options: REPAIR_OPTIONS,
    examples: [
      ["varscope repair vm.efivars.b64", "writes vm.repaired.efivars.b64"],
      ["varscope repair backup.xva", "writes backup.repaired.xva, in which only ova.xml differs"],
      ["varscope repair state.db --emit efivars --out repaired", "one text for each VM that can be repaired"],
      ["varscope repair dumps --emit same --out repaired", "every dump of a folder, each in its own form"],
      ["varscope repair vm.vars --strategy remove --dry-run", "what would have to go"],
      ["varscope repair backup.xva --runbook steps.md", "and every command behind it, in order"],
    ],
  },
  inspect: {
    formats: FORMATS,
    operands: "files",
    common: [...WRITING, ...JUDGING],
    summary: "PATH  show everything that is decoded",
    usage:
      "varscope inspect PATH\n\nShows variables, boot entries, signature lists and certificates, and where every byte belongs.",
    options: INSPECT_OPTIONS,
    examples: [
      ["varscope inspect vm.efivars.b64", "variables, boot entries, lists, certificates"],
      ["varscope inspect vm.efivars.b64 --variable dbx --all", "every hash, with the image that it revokes"],
      ["varscope inspect vm.vars --variable Boot0001 --hex", "one variable, with its bytes"],
      [
        "varscope inspect backup.xva --file '\\EFI\\BOOT\\BOOTX64.EFI'",
        "a boot loader: hashes, signers, SBAT",
      ],
      ["varscope inspect vm.efivars.b64 --format json", "all of it, for a script"],
    ],
  },
  diff: {
    formats: FORMATS,
    operands: "files",
    common: [...WRITING, ...JUDGING],
    summary: "A B  compare two NVRAMs, signature by signature",
    usage:
      "varscope diff A B\n\nSays what B has that A has not, and the reverse; the order of variables means nothing.",
    options: DIFF_OPTIONS,
    examples: [
      ["varscope diff before.efivars.b64 after.efivars.b64", "what did the update add"],
      ["varscope diff old.xva new.xva --vm UUID --all", "one VM in two exports, every signature"],
      [
        "varscope diff vm.xva vm.xva --source NVRAM,snapshot_metadata.NVRAM",
        "the two copies of an exported snapshot",
      ],
    ],
  },
  extract: {
    formats: FORMATS,
    operands: "files",
    common: [...WRITING, ...JUDGING],
    summary: "PATH --out DIR  blobs, signature lists, certificates, JSON",
    usage:
      "varscope extract PATH --out DIR\n\nWrites each NVRAM (.vars), its signature lists (.esl), certificates (.der) and all variables as JSON.",
    options: EXTRACT_OPTIONS,
    examples: [
      ["varscope extract backup.xva --out parts", "of every VM of an export"],
      ["varscope extract backup.xva --out parts --file '\\EFI\\BOOT\\BOOTX64.EFI'", "a boot loader"],
      ["varscope extract backup.xva --out parts --vm UUID --force", "of one VM, over files that exist"],
      [
        "varscope extract /remote/xo-vm-backups --out good --last-good",
        "what each VM had before it went bad",
      ],
    ],
  },
  forecast: {
    formats: FORMATS,
    operands: "files",
    common: [...WRITING, "fail-on", "encryption-key-file"],
    summary: "PATH --update FILE...  what the daemon would answer to updates",
    usage:
      "varscope forecast PATH --update FILE...\n\nSays what varstored would answer to each update, and whether the VM starts afterwards.",
    options: FORECAST_OPTIONS,
    examples: [
      ["varscope forecast vm.efivars.b64 --update DBXUpdate.bin", "one update, both daemons"],
      [
        "varscope forecast vm.vars --update one.bin two.bin --daemon fixed --out after.vars",
        "and what is saved then",
      ],
    ],
  },
  verify: {
    formats: FORMATS,
    operands: "files",
    common: [...WRITING, "encryption-key-file", "no-progress", "quiet"],
    summary: "EXPORT  is this export complete and undamaged",
    usage:
      "varscope verify EXPORT\n\nReads a whole export once and checks every block of every disk: checksums, order, gaps, both ends. Of an appliance (OVA) every file, against its manifest.",
    options: {},
    examples: [
      ["varscope verify backup.xva", "before the original is deleted"],
      ["varscope verify backup.xva.zst --format json", "for a script; exit code 1 where it is damaged"],
    ],
  },
  boot: {
    formats: BOOT_FORMATS,
    operands: "files",
    common: [...WRITING, ...JUDGING, "fail-on", "no-progress", "quiet"],
    summary: "EXPORT...  does its VM start: boot loader against keys",
    usage:
      "varscope boot EXPORT...\n\nReads the boot loader from the EFI system partition of an export (XVA, plain or compressed), or of a raw disk with --nvram FILE, and says what the firmware starts or refuses: as stored, with Secure Boot on and off, after the repair; with PCR 7 of each.",
    options: BOOT_OPTIONS,
    examples: [
      ["varscope boot backup.xva", "does it start, and if not, which entry is refused and why"],
      ["varscope boot disk.raw --nvram vm.efivars.b64", "a bare disk beside an NVRAM"],
      ["varscope boot backup.xva --scenario update:2025-10", "does it start after that update of dbx"],
      ["varscope boot backup.xva --format json", "every attempt, image, signer and PCR 7"],
    ],
  },
  explain: {
    formats: EXPLAIN_FORMATS,
    operands: "files",
    common: [...WRITING, ...JUDGING],
    summary: "[RULE [PATH]]  what a rule is about",
    usage:
      "varscope explain [RULE [PATH]]\n\nSays what a rule is about; with PATH what it found there. Alone it lists all rules.",
    words: "rules",
    options: {
      collect: { type: "boolean", describe: "which file to ask the customer for, as varscope ask says it" },
    },
    examples: [
      ["varscope explain wrong-signature-owner", "what, why, and what its repair does"],
      ["varscope explain wrong-signature-owner backup.xva", "and where it is in this export"],
      ["varscope explain 1795", "an event of Windows, or an error of xapi: FAILED_TO_START_EMULATOR"],
      ["varscope explain kek-2023-missing --collect", "which file to ask for, and how it is got"],
      ["varscope explain --format markdown --output rules.md", "all rules as a page of documentation"],
    ],
  },
  ask: {
    formats: EXPLAIN_FORMATS,
    operands: "none",
    common: WRITING,
    summary: "[QUESTION]  which file to ask the customer for, and how it is got",
    usage:
      "varscope ask [QUESTION]\n\nSays which file answers a question, with the commands on the host, in Xen Orchestra and in the guest. Alone it lists\nall questions.",
    words: ASKS.map(({ id }) => id),
    options: {},
    examples: [
      ["varscope ask", "all questions"],
      ["varscope ask vm", "the NVRAM of one VM"],
      ['varscope ask "why does it not start"', "in your own words"],
      ["varscope ask 1795", "for an event of Windows, or for a rule"],
    ],
  },
  corpus: {
    formats: CORPUS_FORMATS,
    operands: "files",
    common: [...WRITING, ...JUDGING, "no-progress", "quiet"],
    summary:
      "run DIR | update DIR | add PATH --to DIR | merge RESULT...  is any verdict different from what it was",
    usage:
      "varscope corpus run DIR\nvarscope corpus update DIR\nvarscope corpus add PATH --to DIR\nvarscope corpus merge RESULT...\n\nJudges a folder of cases and says what changed. A case is a folder with one file input.* and what it is to come to,\nexpected.json. update writes that anew, for review; add makes a case of a dump; merge joins the results of the parts of a run.",
    words: CORPUS_ACTIONS,
    options: CORPUS_OPTIONS,
    examples: [
      ["varscope corpus add backup.xva --to cases --redact", "a case without names, UUIDs and paths"],
      ["varscope corpus run cases", "what is different; exit code 1 where something is"],
      ["varscope corpus run cases --format junit --output corpus.xml", "for CI"],
      ["varscope corpus run cases --shard 1/4 --format ndjson", "a quarter of them"],
      ["varscope corpus merge 1.ndjson 2.ndjson --output all.ndjson", "as one run would have printed it"],
      ["varscope corpus update cases", "take what it is now, and read the difference"],
    ],
  },
  schema: {
    formats: ["json"],
    operands: "none",
    common: WRITING,
    summary: `[${SCHEMA_NAMES.join("|")}]  print a JSON Schema`,
    usage: `varscope schema [${SCHEMA_NAMES.join("|")}]\n\nPrints the JSON Schema of a report.`,
    words: SCHEMA_NAMES,
    options: {},
    examples: [["varscope schema report > report.schema.json", "of what analyze --format json prints"]],
  },
  completion: {
    formats: [],
    operands: "none",
    common: WRITING,
    summary: `[${SHELLS.join("|")}]  print what completes command lines`,
    usage: `varscope completion [${SHELLS.join("|")}]\n\nPrints the script that completes commands, options, rules and files; without a word the one for your shell.`,
    words: SHELLS,
    options: {},
    examples: [
      ['eval "$(varscope completion bash)"', "in ~/.bashrc"],
      ['eval "$(varscope completion zsh)"', "in ~/.zshrc"],
      ["varscope completion fish | source", "in ~/.config/fish/config.fish"],
    ],
  },
};

/** `--format` of a command: each takes what it can print. What it is by default, the ending of --output decides. */
export function formatOption(command: CommandName): Readonly<Record<string, OptionDefinition>> {
  const { formats: choices } = COMMANDS[command];
  const [standard] = choices;
  if (standard === undefined) return {};
  const defaultDescription =
    choices.length === 1 ? standard : `${standard}, or what the ending of --output says`;
  return { format: { type: "string", choices, describe: "how to print", defaultDescription } };
}

/** All options of a command. */
export function optionsOf(command: CommandName): Readonly<Record<string, OptionDefinition>> {
  return { ...COMMANDS[command].options, ...formatOption(command), ...COMMON_OPTIONS };
}

export function isCommandName(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(COMMANDS, word);
}
