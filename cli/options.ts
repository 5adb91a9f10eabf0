/** The options of each command, as plain values. What is shared by several commands comes first. */
import type { DaemonVersion } from "../daemon/daemon-version.ts";
import type { SecureBootVariable } from "../daemon/variable-id.ts";
import type { ScenarioName } from "../report/boot.ts";
import type { CopyChoice } from "../report/copy-choice.ts";
import type { FailOn } from "../report/exit-codes.ts";
import type { Ticket } from "../report/provenance.ts";
import type { CorpusFormat } from "../report/render/corpus-writer.ts";
import { RENDER_FORMATS, type RenderFormat } from "../report/render/index.ts";
import type { Severity } from "../rules/engine/rule.ts";
import type { Strategy } from "../rules/engine/strategy.ts";
import type { Shard } from "./batch/shard.ts";

/** Formats that every command prints: one for people, two for programs. */
export const FORMATS = ["table", "json", "ndjson"] as const;
export type Format = (typeof FORMATS)[number];

/** What `analyze` prints: its report is also for tickets, browsers, code scanning and CI. */
export const REPORT_FORMATS: readonly ReportFormat[] = [...FORMATS, ...RENDER_FORMATS];
export type ReportFormat = Format | RenderFormat;

export const BOOT_FORMATS = [...FORMATS, "markdown", "html"] as const;
export type BootFormat = (typeof BOOT_FORMATS)[number];
export const EXPLAIN_FORMATS = [...FORMATS, "markdown"] as const;
export type ExplainFormat = (typeof EXPLAIN_FORMATS)[number];

/** What `corpus` prints. */
export const CORPUS_FORMATS: readonly CorpusFormat[] = [...FORMATS, "junit"];

export const CORPUS_ACTIONS: readonly CorpusOptions["action"][] = ["run", "update", "add", "merge"];
export const SCHEMA_NAMES = ["report", "repair", "forecast", "verify", "boot", "case", "ask"] as const;
export type SchemaName = (typeof SCHEMA_NAMES)[number];

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export interface CommonOptions {
  readonly format: Format;
  /** File for the report; null is standard output. */
  readonly output: string | null;
  /** Existing files may be overwritten. */
  readonly force: boolean;
  readonly failOn: FailOn;
  /** Day by which the validity of certificates is judged, `YYYY-MM-DD`. */
  readonly asOf: string;
  /** Files with tables or updates that are newer than the built-in ones. */
  readonly references: readonly string[];
  readonly progress: boolean;
  readonly quiet: boolean;
  /** File with the key of an encrypted remote. */
  readonly encryptionKeyFile: string | null;
}

export const SEVERITIES = ["error", "warning", "info"] as const;

/** Which findings are shown. */
export interface FilterOptions {
  /** Ids of rules; empty for all. */
  readonly only: readonly string[];
  readonly ignore: readonly string[];
  readonly minSeverity: Severity;
  readonly ignoreFile: string | null;
}

/** Title and ticket of the report. */
interface Ticketed {
  readonly ticket: Ticket;
}

export interface AnalyzeOptions extends Omit<CommonOptions, "format">, Ticketed, FilterOptions {
  readonly command: "analyze";
  /** Whether each copy is shown in full; null: only where there are few copies. */
  readonly details: boolean | null;
  readonly format: ReportFormat;
  readonly paths: readonly string[];
  /** Number of threads; null: one for each core, where there are enough files. */
  readonly jobs: number | null;
  /** Only this part of the files; null for all. */
  readonly shard: Shard | null;
  /** File of results that is continued; null for none. */
  readonly resume: string | null;
  /** Also shows copies with the same root cause together. */
  readonly group: boolean;
  /** Adds the data of pictures to each copy. */
  readonly pictures: boolean;
  /** Reads the disks of exports as well. */
  readonly boot: boolean;
  /** File with an earlier report: only what is new since then is shown and counted; null for none. */
  readonly baseline: string | null;
}

export interface ConvertOptions extends Omit<CommonOptions, "format">, Ticketed, FilterOptions {
  readonly command: "convert";
  readonly format: ReportFormat;
  /** File with the saved report. */
  readonly path: string;
  /** True where its findings decide the exit code (only with --fail-on). */
  readonly decides: boolean;
}

export interface RepairOptions extends CommonOptions {
  readonly command: "repair";
  /** The first of `paths`. */
  readonly path: string;
  /** At least one. */
  readonly paths: readonly string[];
  readonly strategy: Strategy;
  readonly dryRun: boolean;
  /** True for `--emit efivars`: one text for each VM, in the folder `out`. */
  readonly emitEfivars: boolean;
  /** True for `--emit same`: each input in its own format, in the folder `out`. */
  readonly emitSame: boolean;
  /** A folder with `--emit` and for several inputs, else the file to write; null for the default name. */
  readonly out: string | null;
  /** True for `--compress gzip`: the export that is written is compressed. */
  readonly compress: boolean;
  /** UUID of the only VM, in lower case; null for all. */
  readonly vmUuid: string | null;
  /** Markdown file for the runbook; null for none. */
  readonly runbook: string | null;
  /** Folder with certificates that are added to KEK and db; null for none. */
  readonly addCertificates: string | null;
}

export interface InspectOptions extends CommonOptions {
  readonly command: "inspect";
  readonly path: string;
  /** Shows every entry of every signature list, with whole hashes. */
  readonly all: boolean;
  /** `NAME` or `NAME-GUID`; null for all variables. */
  readonly variable: string | null;
  /** Shows the data of each variable in hexadecimal. */
  readonly hex: boolean;
  /** Shows what every range of bytes is; JSON always has it. */
  readonly bytes: boolean;
  /** UUID of the only VM, in lower case; null for all. */
  readonly vmUuid: string | null;
  /** A file on the disks of the input, to be read in place of the NVRAM; null for the NVRAM. */
  readonly file: string | null;
}

export interface ExtractOptions extends CommonOptions, CopyChoice {
  readonly command: "extract";
  readonly path: string;
  /** The folder to write into. */
  readonly out: string;
  /** Only the last good backup of each VM; then the path may be a folder. */
  readonly lastGood: boolean;
  /** A file on the disks of the input, to be read in place of the NVRAM; null for the NVRAM. */
  readonly file: string | null;
}

export interface DiffOptions extends CommonOptions {
  readonly command: "diff";
  readonly a: DiffOperand;
  readonly b: DiffOperand;
  /** Shows every signature, with whole hashes. */
  readonly all: boolean;
}

export interface DiffOperand extends CopyChoice {
  readonly path: string;
}

export interface ForecastOptions extends CommonOptions {
  readonly command: "forecast";
  readonly path: string;
  /** Files, in the order in which the guest applies them. */
  readonly updates: readonly string[];
  readonly daemons: readonly DaemonVersion[];
  /** The variable; null where the update itself says it. */
  readonly variable: SecureBootVariable | null;
  /** True appends, false replaces; null where the update itself says it. */
  readonly append: boolean | null;
  /** File for the NVRAM as the daemon would save it; null for none. */
  readonly out: string | null;
  /** UUID of the only VM, in lower case; null for all. */
  readonly vmUuid: string | null;
  /** A refused step ends with exit code 1; only where --fail-on asks for it. */
  readonly failOnRefusal: boolean;
}

export interface VerifyOptions extends CommonOptions {
  readonly command: "verify";
  readonly path: string;
}

export interface AskOptions extends Omit<CommonOptions, "format"> {
  readonly command: "ask";
  readonly format: ExplainFormat;
  /** Words of a question, or the id of an answer; null lists all. */
  readonly question: string | null;
}

export interface BootOptions extends Omit<CommonOptions, "format"> {
  readonly command: "boot";
  readonly format: BootFormat;
  readonly paths: readonly string[];
  /** File with the NVRAM for a disk that has none; null for an export. */
  readonly nvram: string | null;
  /** UUID of the only VM, in lower case; null for all. */
  readonly vmUuid: string | null;
  /** Ids of the scenarios to show; null for all. */
  readonly scenarios: readonly ScenarioName[] | null;
}

export interface ExplainOptions extends Omit<CommonOptions, "format"> {
  readonly command: "explain";
  readonly format: ExplainFormat;
  /** Id of the rule; null lists all rules. */
  readonly ruleId: string | null;
  readonly path: string | null;
  /** Says which file to ask the customer for, as `ask` does. */
  readonly collect: boolean;
}

interface CorpusCommonOptions extends Omit<CommonOptions, "format"> {
  readonly command: "corpus";
  readonly format: CorpusFormat;
}

export interface CorpusRunOptions extends CorpusCommonOptions {
  readonly action: "run";
  readonly folder: string;
  /** Only this part of the cases; null for all. */
  readonly shard: Shard | null;
  /** As `jobs` of AnalyzeOptions. */
  readonly jobs: number | null;
}

export interface CorpusUpdateOptions extends CorpusCommonOptions {
  readonly action: "update";
  readonly folder: string;
}

export interface CorpusAddOptions extends CorpusCommonOptions {
  readonly action: "add";
  readonly path: string;
  /** Folder of the corpus. */
  readonly to: string;
  /** Folder of the case below the corpus; null for a name that varscope makes. */
  readonly name: string | null;
  readonly redact: boolean;
}

export interface CorpusMergeOptions extends CorpusCommonOptions {
  readonly action: "merge";
  /** Files of results, one for each part of the run. */
  readonly paths: readonly string[];
}

export type CorpusOptions = CorpusRunOptions | CorpusUpdateOptions | CorpusAddOptions | CorpusMergeOptions;

export interface SchemaOptions extends CommonOptions {
  readonly command: "schema";
  readonly name: SchemaName;
}

export interface CompletionOptions extends CommonOptions {
  readonly command: "completion";
  readonly shell: Shell;
}

export type Options =
  | AnalyzeOptions
  | AskOptions
  | ConvertOptions
  | RepairOptions
  | InspectOptions
  | DiffOptions
  | ExtractOptions
  | ForecastOptions
  | VerifyOptions
  | BootOptions
  | ExplainOptions
  | CorpusOptions
  | SchemaOptions
  | CompletionOptions;
