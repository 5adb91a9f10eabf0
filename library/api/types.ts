/** What the library takes and gives. */
import type { NextStepsReport } from "../../report/remedies/next-steps.ts";
import type { Report as RunReport } from "../../report/report.ts";

/** Bytes that are read piece by piece: the shape of hyparquet, and of what wraps a file handle or HTTP ranges. */
export interface AsyncBuffer {
  /** Length in bytes. */
  readonly byteLength: number;
  /** The bytes from `start` up to `end`, not included. Of an export only the head is asked for, never the disks. */
  readonly slice: (start: number, end: number) => ArrayBuffer | Promise<ArrayBuffer>;
  /** As a `File` has it: milliseconds since 1970. */
  readonly lastModified?: number;
}

/** What is used of a `Blob` or a `File`. */
export interface BlobLike {
  readonly size: number;
  /** Of a `File`: milliseconds since 1970. */
  readonly lastModified?: number;
  readonly slice: (start: number, end: number) => { readonly arrayBuffer: () => Promise<ArrayBuffer> };
}

/** One input. `name` is what the report calls it, and tells whose backup it is where it is a path as in a remote of Xen Orchestra. */
export interface Source {
  readonly name: string;
  readonly data: Uint8Array | BlobLike | AsyncBuffer;
}

/** What is used of an `AbortSignal`. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

export interface Options {
  /** `YYYY-MM-DD`, the day by which certificates are judged; without it today, in UTC. */
  readonly asOf?: string;
  /** Newer tables of dbx: Microsoft's dbx_info JSON, or a signed update. */
  readonly references?: readonly Source[];
  /** Ends the run between two inputs: the promise rejects with the signal's reason. */
  readonly signal?: Signal;
}

export interface AnalyzeOptions extends Options {
  /** Called after each input, with the bytes that were read of it. */
  readonly onInput?: (done: { readonly name: string; readonly bytesRead: number }) => void;
  /** The name of a folder that the sources are the files of: one that no format claims is then no failure. */
  readonly folder?: string;
  /** What pictures need, as `vms[].detail`: of every copy, or of the first hundred that more than a line is told of. */
  readonly pictures?: boolean | "told";
  /** Reads the disks of exports as well: `vms[].boot`, and what the rules on boot loaders find. */
  readonly boot?: boolean;
}

export type Inputs = Source | Iterable<Source> | AsyncIterable<Source>;

/** What `varscope schema report` describes: the same as the output of `varscope analyze --format json`. */
export interface Report extends Omit<RunReport, "nextSteps"> {
  readonly nextSteps: readonly Omit<NextStepsReport, "names">[];
}

export interface RepairOptions extends Options {
  /** As of `varscope repair --strategy`; without it `merge`, by which no signature is lost. */
  readonly strategy?: "merge" | "compact" | "remove";
  /** UUID of the only VM to repair; without it all. */
  readonly vm?: string;
}

export type { OutputPart } from "../repair/parts.ts";

export interface ForecastOptions extends Options {
  /** Which varstored answers: with or without the correction of its appending; without it the fixed one. */
  readonly daemon?: "fixed" | "unfixed";
  /** Reads the disks of an export as well: `forecasts[].start`, what the VM's boot loader does before and after the updates. */
  readonly boot?: boolean;
}
