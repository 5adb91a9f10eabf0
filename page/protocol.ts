/** What the page asks its worker, and what the worker answers: one answer to each request, and news of how far it is. */
import type { Strategy } from "../rules/engine/strategy.ts";

/** A file as the browser gives it; `name` is its path below a chosen folder, and no two have the same. */
export interface PageSource {
  readonly name: string;
  readonly file: Blob;
}

export type ReportForm = "html" | "json" | "markdown";

export type Request =
  /** What every rule is about. */
  | { readonly kind: "rules" }
  | { readonly kind: "judge"; readonly sources: readonly PageSource[]; readonly folder: string | null }
  | { readonly kind: "export"; readonly form: ReportForm }
  | RepairRequest
  | { readonly kind: "inspect" | "boot"; readonly source: PageSource }
  | { readonly kind: "forecast"; readonly source: PageSource; readonly updates: readonly PageSource[] }
  | { readonly kind: "compare"; readonly source: PageSource; readonly other: PageSource };

/** The copy is told by its number in the report of its input. */
export interface RepairRequest {
  readonly kind: "repair";
  readonly form: SaveForm;
  readonly source: PageSource;
  readonly copy: number;
  readonly strategy: Strategy;
}

/** same: the input in its own form, repaired. text: what a host restores for this copy. plan: what would be done, to be read. */
export type SaveForm = "same" | "text" | "runbook" | "plan";

/** Bytes of a file that is written: new ones, or those of the input from `start` up to `end`, not included. */
export type Part = string | Uint8Array | { readonly start: number; readonly end: number };

export interface SavedFile {
  readonly name: string;
  readonly parts: readonly Part[];
}

export type Answer =
  | { readonly kind: "progress"; readonly done: number; readonly of: number; readonly bytesRead: number }
  /** The report between the page's frame. */
  | { readonly kind: "report"; readonly html: string; readonly title: string }
  | { readonly kind: "file"; readonly file: SavedFile }
  /** What was asked beyond the report. */
  | { readonly kind: "shown"; readonly html: string }
  | { readonly kind: "failed"; readonly message: string };
