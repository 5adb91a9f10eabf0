/** The work of the page, beside its window: judging, repairing, looking inside. What it cannot do it answers in words. */
import { analyzeForPeople, type PeopleReport } from "../library/api/analyze.ts";
import { InputError } from "../library/api/errors.ts";
import { forecast } from "../library/api/forecast.ts";
import { inspect } from "../library/api/inspect.ts";
import type { AsyncBuffer, Source } from "../library/api/types.ts";
import { portableMachine } from "../platform/portable/machine.ts";
import { forecastView } from "../report/render/html/forecast-view.ts";
import { inspectionView } from "../report/render/html/inspection-view.ts";
import { rulesView } from "../report/render/html/rules-view.ts";
import { MAX_TITLE } from "../report/render/html-writer.ts";
import type { Markup } from "../report/render/markup.ts";
import { clip } from "../report/render/printable.ts";
import { summaryLine } from "../report/render/summary-line.ts";
import { RULES } from "../rules/index.ts";
import { bootView } from "./boot.ts";
import { compared } from "./compare.ts";
import type { Answer, PageSource, Request } from "./protocol.ts";
import { repaired } from "./repair.ts";
import { exportedReport, reportView } from "./report-view.ts";

/** News of how far it is are told no oftener: milliseconds. */
const NEWS_EVERY = 100;

/** The last report, for saving it. */
let told: PeopleReport | null = null;

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  self.postMessage(await answer(data));
};

async function answer(request: Request): Promise<Answer> {
  try {
    switch (request.kind) {
      case "judge":
        return await judge(request.sources, request.folder);
      case "rules":
        return shown(
          rulesView(
            RULES.map(({ meta }) => meta),
            () => "",
          ),
        );
      case "export":
        if (told === null) return { kind: "failed", message: "There is no report to save." };
        return { kind: "file", file: await exportedReport(told, request.form) };
      case "repair":
        return await repaired(request);
      case "inspect":
        return shown(inspectionView(await inspect(portableMachine, sourceOf(request.source), {})));
      case "boot":
        return shown(
          await bootView({ name: request.source.name, data: counted(request.source.file, () => {}) }),
        );
      case "forecast":
        return shown(forecastView(await bothForecasts(request.source, request.updates)));
      case "compare":
        return shown(await compared(request.source, request.other));
      default:
        return request satisfies never;
    }
  } catch (error) {
    return { kind: "failed", message: sentenceOf(error) };
  }
}

function shown({ text }: Markup): Answer {
  return { kind: "shown", html: text };
}

function sentenceOf(error: unknown): string {
  if (error instanceof InputError || error instanceof TypeError) return error.message;
  return `This is a fault of varscope, not of the file: ${error instanceof Error ? error.message : String(error)}`;
}

async function judge(sources: readonly PageSource[], folder: string | null): Promise<Answer> {
  // The last one need not stand in memory meanwhile.
  told = null;
  const progress = new Progress(sources.length);
  told = await analyzeForPeople(
    portableMachine,
    sources.map(({ name, file }) => ({ name, data: counted(file, progress.read) })),
    {
      pictures: isLittle(sources) ? true : "told",
      onInput: progress.input,
      ...(folder === null ? {} : { folder }),
    },
  );
  return {
    kind: "report",
    html: await reportView(told, sources),
    title: clip(`varscope: ${summaryLine(told.report.summary)}`, MAX_TITLE),
  };
}

/** Of more there may be hundreds of copies, and pictures of what is healthy are work for nothing. */
const LITTLE_BYTES = 4_000_000;

function isLittle(sources: readonly PageSource[]): boolean {
  return sources.reduce((sum, { file }) => sum + file.size, 0) <= LITTLE_BYTES;
}

function sourceOf({ name, file }: PageSource): Source {
  return { name, data: file };
}

/** As the host of the VM is not known, both daemons answer. */
async function bothForecasts(source: PageSource, updates: readonly PageSource[]) {
  const given = updates.map(sourceOf);
  const fixed = await forecast(portableMachine, sourceOf(source), given, { daemon: "fixed", boot: true });
  const unfixed = await forecast(portableMachine, sourceOf(source), given, { daemon: "unfixed", boot: true });
  return [...fixed.forecasts, ...unfixed.forecasts];
}

/** Tells how far the reading is. */
class Progress {
  readonly #of: number;
  #done = 0;
  #bytesRead = 0;
  #told = 0;

  constructor(of: number) {
    this.#of = of;
  }

  readonly read = (bytes: number): void => {
    this.#bytesRead += bytes;
    this.#tell();
  };

  readonly input = (): void => {
    this.#done++;
    this.#tell();
  };

  #tell(): void {
    const now = performance.now();
    if (now - this.#told < NEWS_EVERY) return;
    this.#told = now;
    const news: Answer = { kind: "progress", done: this.#done, of: this.#of, bytesRead: this.#bytesRead };
    self.postMessage(news);
  }
}

/** Of workers alone (File API §6.3): TypeScript's types of the DOM do not have it. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** Reads at once, so that what lies beside a backup can be looked at: a worker may wait. */
const reader = new FileReaderSync();

/** Each reading waits for another process of the browser: what is read in order comes in large pieces, after this many bytes. */
const IN_ORDER_FROM = 262_144;
const PIECE_BYTES = 1_048_576;

/** The last piece, of whatever file: of thousands of files none is kept. */
let piece: { readonly file: Blob; readonly start: number; readonly bytes: ArrayBuffer } | null = null;

function readPiece(file: Blob, start: number, end: number): ArrayBuffer {
  const at = piece === null || piece.file !== file ? -1 : start - piece.start;
  if (piece === null || at < 0 || end - piece.start > piece.bytes.byteLength) {
    const wanted = Math.max(end, Math.min(start + PIECE_BYTES, file.size));
    piece = { file, start, bytes: reader.readAsArrayBuffer(file.slice(start, wanted)) };
  }
  return piece.bytes.slice(start - piece.start, end - piece.start);
}

/** A file that tells how much is read of it. */
function counted(file: Blob, count: (bytes: number) => void): AsyncBuffer {
  let inOrder = 0;
  let next = 0;
  return {
    byteLength: file.size,
    ...(file instanceof File ? { lastModified: file.lastModified } : {}),
    slice: (start, end) => {
      inOrder = start === next ? inOrder + end - start : 0;
      next = end;
      const isLong = inOrder > IN_ORDER_FROM;
      const bytes = isLong ? readPiece(file, start, end) : reader.readAsArrayBuffer(file.slice(start, end));
      count(bytes.byteLength);
      return bytes;
    },
  };
}
