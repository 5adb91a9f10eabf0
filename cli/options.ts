/** What a command line asks for, once it was understood: plain values, no parser behind them. */
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

/** What commands print: for people, and for programs. */
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
  /** Files that exist may be written over. */
  readonly force: boolean;
  readonly failOn: FailOn;
  /** `YYYY-MM-DD` */
  readonly asOf: string;
  /** Files with tables or updates that are newer than the built-in ones. */
  readonly references: readonly string[];
  readonly progress: boolean;
  readonly quiet: boolean;
  /** File with the key of an encrypted remote. */
  readonly encryptionKeyFile: string | null;
}

export const SEVERITIES = ["error", "warning", "info"] as const;

/** Which findings are told. */
export interface FilterOptions {
  /** Rules; empty for all. */
  readonly only: readonly string[];
  readonly ignore: readonly string[];
  readonly minSeverity: Severity;
  readonly ignoreFile: string | null;
}

/** What the report is to be found by. */
interface Ticketed {
  readonly ticket: Ticket;
}

export interface AnalyzeOptions extends Omit<CommonOptions, "format">, Ticketed, FilterOptions {
  readonly command: "analyze";
  /** Whether people are told each copy in full; null: where they are few. */
  readonly details: boolean | null;
  readonly format: ReportFormat;
  readonly paths: readonly string[];
  /** Threads; null: as many as the machine has cores, where there are enough files. */
  readonly jobs: number | null;
  /** Only this part of the files; null for all. */
  readonly shard: Shard | null;
  /** File of results that goes on where it ends; null for none. */
  readonly resume: string | null;
  /** Copies with one root cause are told together, too. */
  readonly group: boolean;
  /** With what pictures need of each copy. */
  readonly pictures: boolean;
  /** Reads the disks of exports as well. */
  readonly boot: boolean;
  /** An earlier report: only what is new since then is told, and fails; null for none. */
  readonly baseline: string | null;
}

export interface ConvertOptions extends Omit<CommonOptions, "format">, Ticketed, FilterOptions {
  readonly command: "convert";
  readonly format: ReportFormat;
  /** The saved report. */
  readonly path: string;
  /** Its findings decide about the exit code. */
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
  /** True for `--emit efivars`: one text a VM, in the folder `out`. */
  readonly emitEfivars: boolean;
  /** True for `--emit same`: each input in its own form, in the folder `out`. */
  readonly emitSame: boolean;
  /** A folder with `--emit` and for several inputs, else the file to write; null for the default name. */
  readonly out: string | null;
  /** True for `--compress gzip`: the export that is written is compressed. */
  readonly compress: boolean;
  /** Only this VM's copies, in lower case. */
  readonly vmUuid: string | null;
  /** Markdown file for the runbook. */
  readonly runbook: string | null;
  /** Folder with certificates to put into KEK and db. */
  readonly addCertificates: string | null;
}

export interface InspectOptions extends CommonOptions {
  readonly command: "inspect";
  readonly path: string;
  /** Every entry of every signature list, hashes in full. */
  readonly all: boolean;
  /** `NAME` or `NAME-GUID`; null for all variables. */
  readonly variable: string | null;
  /** A dump of each variable's data. */
  readonly hex: boolean;
  /** Every range of the byte account; JSON always has them. */
  readonly bytes: boolean;
  /** Only this VM's copies, in lower case. */
  readonly vmUuid: string | null;
  /** A file on the disks of the input, in place of its NVRAM; null for that. */
  readonly file: string | null;
}

export interface ExtractOptions extends CommonOptions, CopyChoice {
  readonly command: "extract";
  readonly path: string;
  /** The folder to write into. */
  readonly out: string;
  /** Only the last good backup of each VM; then the path may be a folder. */
  readonly lastGood: boolean;
  /** A file on the disks of the input, in place of its NVRAM; null for that. */
  readonly file: string | null;
}

export interface DiffOptions extends CommonOptions {
  readonly command: "diff";
  readonly a: DiffOperand;
  readonly b: DiffOperand;
  /** Every signature, hashes in full. */
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
  /** Null: the update itself tells. */
  readonly variable: SecureBootVariable | null;
  /** False replaces; null: the update itself tells. */
  readonly append: boolean | null;
  /** File for the NVRAM as the daemon would save it. */
  readonly out: string | null;
  /** Only this VM's copies, in lower case. */
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
  /** File with the NVRAM of a bare disk. */
  readonly nvram: string | null;
  /** Only this VM, in lower case. */
  readonly vmUuid: string | null;
  /** Only these; null for all. */
  readonly scenarios: readonly ScenarioName[] | null;
}

export interface ExplainOptions extends Omit<CommonOptions, "format"> {
  readonly command: "explain";
  readonly format: ExplainFormat;
  /** Null lists all rules. */
  readonly ruleId: string | null;
  readonly path: string | null;
  /** What to ask the customer for, as `ask` says it. */
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
  /** As that of AnalyzeOptions. */
  readonly jobs: number | null;
}

export interface CorpusUpdateOptions extends CorpusCommonOptions {
  readonly action: "update";
  readonly folder: string;
}

export interface CorpusAddOptions extends CorpusCommonOptions {
  readonly action: "add";
  readonly path: string;
  /** The corpus. */
  readonly to: string;
  /** Folder of the case below it; null for one that varscope makes. */
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
