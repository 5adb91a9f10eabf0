/** What a command line asks for, once it was understood: plain values, no parser behind them. */
import type { DaemonVersion } from "../parsers/daemon/daemon-version.ts";
import type { SecureBootVariable } from "../parsers/daemon/variable-id.ts";
import type { Strategy } from "../rules/engine/repair-types.ts";
import type { Severity } from "../rules/engine/rule.ts";
import type { CopyChoice } from "./copies.ts";

export const FORMATS = ["table", "json", "ndjson"] as const;
export type Format = (typeof FORMATS)[number];

export const FAIL_ON = ["error", "warning", "info", "never"] as const;
export type FailOn = Severity | "never";

export const SCHEMA_NAMES = ["report", "repair", "forecast", "verify"] as const;
export type SchemaName = (typeof SCHEMA_NAMES)[number];

/** The path that means standard input. */
export const STANDARD_INPUT = "-";

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
}

export interface AnalyzeOptions extends CommonOptions {
  readonly command: "analyze";
  readonly paths: readonly string[];
}

export interface RepairOptions extends CommonOptions {
  readonly command: "repair";
  readonly path: string;
  readonly strategy: Strategy;
  readonly dryRun: boolean;
  /** True for `--emit efivars`: one text a VM, in the folder `out`. */
  readonly emitEfivars: boolean;
  /** A folder with `--emit`, else the file to write; null for the default name. */
  readonly out: string | null;
  /** True for `--compress gzip`: the export that is written is compressed. */
  readonly compress: boolean;
  /** Only this VM's copies, in lower case. */
  readonly vmUuid: string | null;
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
}

export interface ExtractOptions extends CommonOptions, CopyChoice {
  readonly command: "extract";
  readonly path: string;
  /** The folder to write into. */
  readonly out: string;
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

export interface ExplainOptions extends CommonOptions {
  readonly command: "explain";
  /** Null lists all rules. */
  readonly ruleId: string | null;
  readonly path: string | null;
}

export interface SchemaOptions extends CommonOptions {
  readonly command: "schema";
  readonly name: SchemaName;
}

export type Options =
  | AnalyzeOptions
  | RepairOptions
  | InspectOptions
  | DiffOptions
  | ExtractOptions
  | ForecastOptions
  | VerifyOptions
  | ExplainOptions
  | SchemaOptions;
