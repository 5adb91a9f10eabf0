/** Reads and checks single values of a command line. All functions throw UsageError. */

import { isDay } from "../report/day.ts";
import type { FailOn } from "../report/exit-codes.ts";
import type { Ticket } from "../report/provenance.ts";
import { clip, printable } from "../report/render/printable.ts";
import { STANDARD_INPUT, STANDARD_OUTPUT } from "../report/standard-streams.ts";
import type { Severity } from "../rules/engine/rule.ts";
import { RULES } from "../rules/index.ts";
import type { Shard } from "./batch/shard.ts";
import type { Values } from "./command-line/line.ts";
import { UsageError } from "./errors.ts";
import { didYouMean } from "./nearest.ts";
import type { CommonOptions, FilterOptions, Format } from "./options.ts";

export interface ParseSettings {
  /** `YYYY-MM-DD` */
  readonly today: string;
  /** Whether a path exists: only then a word that is no command is taken for a path. */
  readonly exists: (path: string) => boolean;
  /** Columns of the terminal that help is printed to; undefined where it is no terminal. */
  readonly columns?: number | undefined;
  /** Path of the user's shell (`SHELL`), where it is known. */
  readonly shell?: string | undefined;
}

export function commonOptions(values: Values, { today }: ParseSettings): CommonOptions {
  const output = text(values, "output");
  if (output === "") throw new UsageError("The option --output needs the name of a file.");
  return {
    format: values["format"] as Format,
    output: output === STANDARD_OUTPUT ? null : output,
    force: values["force"] === true,
    failOn: (values["fail-on"] ?? "warning") as FailOn,
    asOf: dateOption(text(values, "as-of") ?? today),
    references: list(values, "reference"),
    progress: values["no-progress"] !== true,
    quiet: values["quiet"] === true,
    encryptionKeyFile: keyFileOption(values),
  };
}

function keyFileOption(values: Values): string | null {
  const path = text(values, "encryption-key-file");
  if (path === "" || path === "-")
    throw new UsageError("The option --encryption-key-file needs the name of a file.");
  return path;
}

export function text(values: Values, name: string): string | null {
  const value = values[name];
  return typeof value === "string" ? value : null;
}

/** Name of a file or folder that is written besides the report. */
export function newName(values: Values, name: "out" | "runbook" | "resume"): string | null {
  const given = text(values, name);
  if (given === STANDARD_OUTPUT)
    throw new UsageError(
      `--${name} takes a name: only reports go to standard output. For one named - write ./-.`,
    );
  return given;
}

export function list(values: Values, name: string): readonly string[] {
  const given = values[name];
  if (typeof given === "string") return [given];
  return Array.isArray(given) ? given.map(String) : [];
}

export function shown(value: string): string {
  return `"${clip(printable(value), 80)}"`;
}

/** Checks that the day exists, and returns it as written. */
function dateOption(value: string): string {
  if (!isDay(value)) throw new UsageError(`--as-of needs a day as YYYY-MM-DD, not ${shown(value)}.`);
  return value;
}

export function filterOptions(values: Values): FilterOptions {
  return {
    only: rulesOption(values, "only"),
    ignore: rulesOption(values, "ignore"),
    minSeverity: (values["min-severity"] ?? "info") as Severity,
    ignoreFile: text(values, "ignore-file"),
  };
}

function rulesOption(values: Values, name: string): readonly string[] {
  const known = RULES.map(({ meta }) => meta.id);
  const given = list(values, name).flatMap((value) => value.split(","));
  const wrong = given.find((id) => !known.includes(id));
  if (wrong !== undefined)
    throw new UsageError(`--${name}: there is no rule ${shown(wrong)}.${didYouMean(wrong, known)}`);
  return given;
}

/** Title and reference of the ticket. An empty text is refused: usually it is a shell variable that is not set. */
export function ticketOption(values: Values): Ticket {
  const given = (name: string): string | null => {
    const value = text(values, name);
    if (value !== null && value.trim() === "") throw new UsageError(`The option --${name} needs a text.`);
    return value;
  };
  return { title: given("title"), referenceId: given("reference-id") };
}

const MAX_JOBS = 256;

/** Number of threads; null for as many as the machine has cores. */
export function jobsOption(values: Values): number | null {
  const given = text(values, "jobs");
  if (given === null) return null;
  const jobs = /^\d{1,3}$/.test(given) ? Number(given) : 0;
  if (jobs < 1 || jobs > MAX_JOBS)
    throw new UsageError(`--jobs takes a number from 1 to ${MAX_JOBS}, not ${shown(given)}.`);
  return jobs;
}

export function shardOption(values: Values): Shard | null {
  const given = text(values, "shard");
  if (given === null) return null;
  const [, index = 0, count = 0] = (/^(\d{1,6})\/(\d{1,6})$/.exec(given) ?? []).map(Number);
  if (index < 1 || index > count)
    throw new UsageError(`--shard takes I/N, such as 1/4 for the first of four parts, not ${shown(given)}.`);
  return { index, count };
}

export function onePath(operands: readonly string[], command: string): string {
  const [path, ...more] = operands;
  if (path === undefined)
    throw new UsageError(`${command} needs the name of a file, or - for standard input.`);
  if (more.length > 0) throw new UsageError(`${command} takes one file, not ${operands.length}.`);
  return path;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The UUID of `--vm`, in lower case; null where none was given. */
export function vmOption(values: Values): string | null {
  return uuidOption(text(values, "vm"));
}

export function uuidOption(value: string | null): string | null {
  const vmUuid = value?.toLowerCase() ?? null;
  if (vmUuid !== null && !UUID.test(vmUuid)) throw new UsageError(`--vm needs a UUID, not ${shown(vmUuid)}.`);
  return vmUuid;
}

/** Path of a file on a disk of the input. Not with standard input, because the disk is read more than once. */
export function fileOption(values: Values, path: string): string | null {
  const file = text(values, "file");
  if (file === null) return null;
  if (path === STANDARD_INPUT)
    throw new UsageError(
      "--file looks into the input more than once, which standard input cannot be: name a file.",
    );
  const other = ["variable", "source", "hex", "bytes", "all", "last-good"].find(
    (name) => values[name] !== undefined && values[name] !== false,
  );
  if (other !== undefined)
    throw new UsageError(`--file is about a disk, and --${other} about an NVRAM: take one of both.`);
  return file;
}
