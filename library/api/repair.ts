/** The library's `repair`: plans, proves and checks; writes nothing. */

import { ParseError } from "../../parsers/errors.ts";
import { viewOfCopy } from "../../parsers/guest/view.ts";
import type { Dump, FormatId } from "../../parsers/model.ts";
import { OvaRewriter } from "../../parsers/ova/rewriter.ts";
import type { Compression } from "../../parsers/packing/compression.ts";
import { encodeBase64 } from "../../parsers/text/base64.ts";
import { Splicer } from "../../parsers/text/splice.ts";
import { decodeLatin1 } from "../../parsers/text/text-encoding.ts";
import { isWrittenBack } from "../../parsers/write-back/index.ts";
import { emittedNames, repairedArchivePath, repairedPath } from "../../report/output-names.ts";
import { plainLook } from "../../report/render/look.ts";
import { repairLines } from "../../report/render/repair-text.ts";
import { type PlannedRepair, type RepairEntry, repairEntry } from "../../report/repair-entry.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TOOL } from "../../report/tool.ts";
import { type RepairSettings, repairVm } from "../../rules/engine/repair.ts";
import { STRATEGIES } from "../../rules/engine/strategy.ts";
import { type OpenedInput, openInput } from "../input/open-input.ts";
import { type OutputPart, rewrittenParts, splicedParts } from "../repair/parts.ts";
import { runbookText } from "../repair/runbook.ts";
import { archiveSplices, extensionPlace, repairedDocument } from "../repair/written.ts";
import { decompress } from "../unpack/decompress.ts";
import { ExpansionGuard } from "../unpack/expansion-guard.ts";
import type { Machine, World } from "../world.ts";
import { InputError } from "./errors.ts";
import { checkSignal, settingsOf } from "./settings.ts";
import { checkSource, worldOf } from "./sources.ts";
import type { RepairOptions, Source } from "./types.ts";

export interface RepairOutput {
  /** Proposed file name, such as `backup.repaired.xva`. */
  readonly name: string;
  readonly byteLength: number;
  /** The repaired input: write these in order. Each is new bytes, or a range of the input to copy. */
  readonly parts: readonly OutputPart[];
}

export interface RepairStream {
  /** Proposed file name. */
  readonly name: string;
  /** The content, piece by piece. Each call reads the input again; it throws where the input has changed since. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

export interface Repair {
  readonly schemaVersion: number;
  readonly tool: { readonly name: string; readonly version: string };
  /** One entry for each NVRAM copy of the input: what was kept, merged, moved and removed, or why the repair was refused. */
  readonly repairs: readonly RepairEntry[];
  /**
   * The repaired input in its own format. Null where there is nothing to repair, where the repair of a copy was refused, where varscope
   * does not write this format, and where the input is compressed (then `streamed` has it).
   */
  readonly output: RepairOutput | null;
  /** For a compressed input: the repaired content, not compressed. Null in all other cases. */
  readonly streamed: RepairStream | null;
  /** For each entry of `repairs`, the base64 text that a host restores, on one line without a newline; null where it was not repaired. */
  readonly texts: readonly ({ readonly name: string; readonly text: string } | null)[];
  /** For each entry of `repairs`, the index of its copy in `vms` of a report. */
  readonly copies: readonly number[];
  /** Lines for people: the plan and its proof. */
  readonly plan: readonly string[];
  /** Markdown: the steps that bring the result back to a host (`output`, or `texts` where that is null). Null where nothing was repaired. */
  readonly runbook: string | null;
}

type Plan = PlannedRepair & { readonly copy: number };

export async function repair(machine: Machine, input: Source, options: RepairOptions): Promise<Repair> {
  const { strategy = "merge", vm: wanted } = options;
  if (!STRATEGIES.includes(strategy)) throw new TypeError(`strategy is one of ${STRATEGIES.join(", ")}`);
  await checkSignal(machine, options.signal);
  const settings = await settingsOf(machine, options);
  const { name } = checkSource(input);
  const world = worldOf(machine, [input], { signal: options.signal });
  const opened = await openInput(name, world, undefined, { suspended: false });
  await checkSignal(machine, options.signal);
  const { dump, error } = opened;
  if (dump === null)
    throw error === null ? new TypeError("there is nothing to repair") : new InputError(error);
  const form = isWrittenBack(dump.format) ? "document" : dump.format === "vars" ? "blob" : "text";
  const plans: Plan[] = repairable(dump)
    .filter(({ vm }) => wanted === undefined || vm.uuid?.toLowerCase() === wanted.toLowerCase())
    .map(({ vm, copy }) => ({ vm, copy, form, target: null, outcome: repairVm(vm, strategy, settings) }));
  const names = emittedNames(name, dump.vms);
  const repairs = plans.map((plan) =>
    repairEntry(plan, { ...settings, path: name, strategy, written: false, runbook: [] }),
  );
  const isRefused = plans.some(({ outcome }) => outcome.kind === "refused");
  const blobs = new Map(
    plans.flatMap(({ copy, outcome }) =>
      outcome.kind === "repaired" ? [[copy, outcome.bytes] as const] : [],
    ),
  );
  const { output, streamed } = isRefused
    ? NOTHING
    : await writtenOf({ opened, dump, blobs, settings, world });
  await checkSignal(machine, options.signal);
  const shown = plans.map((plan, i) => ({ plan, entry: repairs[i] as RepairEntry }));
  const situation = { dryRun: true, refused: isRefused, runbook: [], runbookFile: null };
  const runbookInput = {
    opened,
    dump,
    names,
    output: output?.name ?? null,
    strategy,
    world,
  };
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: TOOL,
    repairs,
    output,
    streamed,
    copies: plans.map(({ copy }) => copy),
    plan: repairLines(shown, situation, plainLook(false)),
    runbook: await runbookText(plans, runbookInput),
    texts: plans.map(({ outcome, copy }) =>
      outcome.kind === "repaired"
        ? { name: names[copy] ?? "", text: decodeLatin1(encodeBase64(outcome.bytes)) }
        : null,
    ),
  };
}

/** Neither what a guest tells of its variables nor the saved state of a suspended VM is an NVRAM that could be put back. */
function repairable({ format, vms }: Dump) {
  const copies = vms.map((vm, copy) => ({ vm, copy }));
  return format === "suspend-image" ? [] : copies.filter(({ vm }) => viewOfCopy(vm) === null);
}

/** What is written, and where it comes from. */
interface Result {
  readonly opened: OpenedInput;
  readonly dump: Dump;
  readonly blobs: ReadonlyMap<number, Uint8Array>;
  readonly settings: RepairSettings;
  readonly world: World;
}

type Written = Pick<Repair, "output" | "streamed">;

const NOTHING: Written = { output: null, streamed: null };

async function writtenOf(result: Result): Promise<Written> {
  const { path, compression, error } = result.opened;
  if (result.blobs.size === 0 || error !== null) return NOTHING;
  try {
    if (compression !== null) return streamedOf(result, compression);
    const parts = await partsOf(result);
    if (parts === null) return NOTHING;
    const byteLength = parts.reduce((sum, part) => sum + lengthOf(part), 0);
    return { output: { name: repairedPath(path), byteLength, parts }, streamed: null };
  } catch (thrown) {
    if (thrown instanceof ParseError) return NOTHING;
    throw thrown;
  }
}

function lengthOf(part: OutputPart): number {
  return part instanceof Uint8Array ? part.length : part.end - part.start;
}

/** Whether a repaired input of this format is written as a whole, where it is not compressed. */
export function writesWhole(format: FormatId | null): boolean {
  return format !== null && (format === "vars" || format === "efivars-b64" || isWrittenBack(format));
}

/** Null for a format that is not rewritten, or of which no place can be read. Throws ParseError where the result is not what was meant. */
async function partsOf({
  opened,
  dump,
  blobs,
  settings,
  world,
}: Result): Promise<readonly OutputPart[] | null> {
  const { document, path } = opened;
  const whole = wholeOf(dump, blobs);
  if (whole !== null) return [whole];
  if (document === null || !isWrittenBack(dump.format)) return null;
  const after = repairedDocument(document, dump, blobs, settings);
  const { member, bytes: before } = document;
  if (member === null) return [after];
  const { readAt, size } = await world.open(path);
  if (readAt === null || size === null) return null;
  if (dump.format === "ova")
    return rewrittenParts({ readAt, size }, new OvaRewriter({ before, after }, settings.platform));
  const place = extensionPlace(member);
  const extension = place === null ? NO_BYTES : await readAt(place.start, place.end - place.start);
  return splicedParts(archiveSplices(member, before, after, extension), size);
}

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The new content of an input that is one NVRAM; null for every other. */
function wholeOf({ format }: Dump, blobs: ReadonlyMap<number, Uint8Array>): Uint8Array | null {
  const [only = null] = blobs.values();
  if (only === null) return null;
  if (format === "vars") return only;
  return format === "efivars-b64" ? encodeBase64(only) : null;
}

/** Of what is compressed no place can be told: its content comes as a stream. */
function streamedOf({ opened, dump, blobs, settings, world }: Result, compression: Compression): Written {
  const { document, path } = opened;
  const { platform } = settings;
  const inner = path.replace(COMPRESSED_ENDING, "");
  const whole = wholeOf(dump, blobs);
  if (whole !== null) return asStream(repairedPath(inner), () => oneChunk(whole));
  if (document === null || !isWrittenBack(dump.format)) return NOTHING;
  const after = repairedDocument(document, dump, blobs, settings);
  const { member, bytes: before } = document;
  if (member === null) return asStream(repairedPath(inner), () => oneChunk(after));
  const isAppliance = dump.format === "ova";
  const splices = isAppliance ? [] : archiveSplices(member, before, after, NO_BYTES);
  return asStream(repairedArchivePath(path, true, false, isAppliance ? "ova" : "xva"), () => {
    const rewriter = isAppliance ? new OvaRewriter({ before, after }, platform) : new Splicer(splices);
    return rewrittenChunks(path, world, compression, rewriter);
  });
}

const COMPRESSED_ENDING = /\.(?:gz|bz2|zst)$/i;

function asStream(name: string, chunks: () => AsyncIterable<Uint8Array>): Written {
  return { output: null, streamed: { name, chunks } };
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function* rewrittenChunks(
  path: string,
  world: World,
  compression: Compression,
  rewriter: Pick<OvaRewriter, "push" | "finish">,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { bytes } = await world.open(path);
  const guard = new ExpansionGuard();
  guard.allowSparse();
  for await (const piece of decompress(compression, bytes, world.makeInflater, guard))
    for (const part of rewriter.push(piece)) yield part;
  for (const part of rewriter.finish()) yield part;
}
