/** What a command line asks for, once it was understood: plain values, no parser behind them. */
import type { Strategy } from "../rules/repair-types.ts";
import type { Severity } from "../rules/rule.ts";

export const FORMATS = ["table", "json", "ndjson"] as const;
export type Format = (typeof FORMATS)[number];

export const FAIL_ON = ["error", "warning", "info", "never"] as const;
export type FailOn = Severity | "never";

export const SCHEMA_NAMES = ["report", "repair"] as const;
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
  /** Only this VM's copies, in lower case. */
  readonly vmUuid: string | null;
}

export interface InspectOptions extends CommonOptions {
  readonly command: "inspect";
  readonly path: string;
  /** Every entry of every signature list, hashes in full. */
  readonly all: boolean;
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

export type Options = AnalyzeOptions | RepairOptions | InspectOptions | ExplainOptions | SchemaOptions;
