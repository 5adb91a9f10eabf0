/** Types of the library: inputs, options, the report. */
import type { NextStepsReport } from "../../report/remedies/next-steps.ts";
import type { Report as RunReport } from "../../report/report.ts";

/** Bytes that are read range by range, such as a file handle or an HTTP server with range requests (the interface of hyparquet). */
export interface AsyncBuffer {
  /** Length in bytes. */
  readonly byteLength: number;
  /** The bytes from `start` up to, but without, `end`. `analyze` asks for the head and the last kilobyte of an export, and for its disks only with `boot`. */
  readonly slice: (start: number, end: number) => ArrayBuffer | Promise<ArrayBuffer>;
  /** Milliseconds since 1970, as a `File` has it. */
  readonly lastModified?: number;
}

/** The properties of a `Blob` or a `File` that varscope uses. */
export interface BlobLike {
  readonly size: number;
  /** Milliseconds since 1970; a `File` has it, a `Blob` has not. */
  readonly lastModified?: number;
  readonly slice: (start: number, end: number) => { readonly arrayBuffer: () => Promise<ArrayBuffer> };
}

/**
 * One input. `name` is its name in the report. Give the whole path for files of a Xen Orchestra remote
 * (`xo-vm-backups/<VM>/<time>.json`): it says which VM a backup is of.
 */
export interface Source {
  readonly name: string;
  readonly data: Uint8Array | BlobLike | AsyncBuffer;
}

/** The properties of an `AbortSignal` that varscope uses. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

export interface Options {
  /** Day by which the validity of certificates is judged, `YYYY-MM-DD`. Default: today in UTC. */
  readonly asOf?: string;
  /** dbx tables that are newer than the built-in ones: Microsoft's dbx_info JSON, or a signed update. */
  readonly references?: readonly Source[];
  /**
   * Stops the run before the next piece of an input is read (at most 64 KiB later where it is in memory), and before and after each input:
   * the promise rejects with the signal's reason. What is computed of one text that was read is not interrupted.
   */
  readonly signal?: Signal;
}

export interface AnalyzeOptions extends Options {
  /** Called after each input. `bytesRead`: how many bytes of it were read. */
  readonly onInput?: (done: { readonly name: string; readonly bytesRead: number }) => void;
  /** Name of the folder whose files the sources are. Then a file in no known format is counted, and is no failure. */
  readonly folder?: string;
  /** Adds `vms[].detail`, the data that the pictures of `render` need. `true`: for each copy; `"told"`: for the first hundred that the report shows in full. */
  readonly pictures?: boolean | "told";
  /** Reads the disks of exports too: adds `vms[].boot` and the findings of the rules on boot loaders. */
  readonly boot?: boolean;
}

export type Inputs = Source | Iterable<Source> | AsyncIterable<Source>;

/** The output of `varscope analyze --format json`; `varscope schema report` prints its JSON Schema. */
export interface Report extends Omit<RunReport, "nextSteps"> {
  readonly nextSteps: readonly Omit<NextStepsReport, "names">[];
}

export interface RepairOptions extends Options {
  /** As `varscope repair --strategy`. Default: `merge`, which loses no signature. */
  readonly strategy?: "merge" | "compact" | "remove";
  /** UUID of the only VM to repair. Default: all VMs. */
  readonly vm?: string;
}

export type { OutputPart } from "../repair/parts.ts";

export interface ForecastOptions extends Options {
  /** Which varstored answers: `unfixed` is the one of before the fix for appends (October 2025). Default: both, one behind the other for each copy. */
  readonly daemon?: "fixed" | "unfixed";
  /** Reads the disks of an export too: adds `forecasts[].start`, whether the VM's boot loader starts before and after the updates. */
  readonly boot?: boolean;
}
