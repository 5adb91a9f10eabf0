/**
 * The formats of a report, besides the command line's table and plain JSON. One line each: `--format`, the ending of `--output`,
 * completion, the manual page and the library's `render` follow from it. Each file is loaded only when its format is asked for.
 */
import type { FailOn } from "../exit-codes.ts";
import type { SavedFrom, Ticket } from "../provenance.ts";
import type { Output } from "./output.ts";
import type { ReportWriter } from "./report-writer.ts";
import type { WriterTools } from "./spool.ts";

export type RenderFormat = "html" | "markdown" | "sarif" | "junit";

/** What any of them may ask for; each takes what it needs. */
export interface RenderSettings {
  /** Day by which the report was judged, `YYYY-MM-DD`. */
  readonly asOf: string;
  /** Without healthy copies and next steps. */
  readonly quiet: boolean;
  /** Lowest severity that counts as a failure. */
  readonly failOn: FailOn;
  readonly ticket?: Ticket;
  /** The saved report that this one is made of; null where the inputs were judged now. */
  readonly saved?: SavedFrom | null;
}

export interface Renderer {
  /** Ending of a file name, with its point: `--output` with this ending chooses the format. */
  readonly ending: string;
  /** True where it shows next steps and groups of copies (`--group`); formats that programs read have no place for them. */
  readonly isForPeople: boolean;
  /** True where it draws pictures, whose data a report in JSON has only with `--pictures`. */
  readonly hasPictures: boolean;
  readonly makeWriter: (
    output: Output,
    settings: RenderSettings,
    tools: WriterTools,
  ) => Promise<ReportWriter>;
}

export const RENDERERS: Readonly<Record<RenderFormat, Renderer>> = {
  markdown: {
    ending: ".md",
    isForPeople: true,
    hasPictures: false,
    makeWriter: async (output, settings) =>
      (await import("./markdown-writer.ts")).markdownWriter(output, settings),
  },
  html: {
    ending: ".html",
    isForPeople: true,
    hasPictures: true,
    makeWriter: async (output, settings, tools) =>
      (await import("./html-writer.ts")).htmlWriter(output, settings, tools),
  },
  sarif: {
    ending: ".sarif",
    isForPeople: false,
    hasPictures: false,
    makeWriter: async (output, settings, tools) =>
      (await import("./sarif-writer.ts")).sarifWriter(output, settings, tools),
  },
  junit: {
    ending: ".xml",
    isForPeople: false,
    hasPictures: false,
    makeWriter: async (output, { failOn }) => (await import("./junit-writer.ts")).junitWriter(output, failOn),
  },
};

export const RENDER_FORMATS = Object.keys(RENDERERS) as readonly RenderFormat[];

export function isRenderFormat(format: string): format is RenderFormat {
  return Object.hasOwn(RENDERERS, format);
}

export function hasPictures(format: string): boolean {
  return isRenderFormat(format) && RENDERERS[format].hasPictures;
}
