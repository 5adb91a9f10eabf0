/** A repair, planned, proven and checked; nothing is written. */

import { ParseError } from "../../parsers/errors.ts";
import { viewOfCopy } from "../../parsers/guest/view.ts";
import type { Dump, FormatId } from "../../parsers/model.ts";
import { encodeBase64 } from "../../parsers/text/base64.ts";
import { decodeLatin1 } from "../../parsers/text/text-encoding.ts";
import { isWrittenBack } from "../../parsers/write-back/index.ts";
import { emittedNames, repairedPath } from "../../report/output-names.ts";
import { plainLook } from "../../report/render/look.ts";
import { repairLines } from "../../report/render/repair-text.ts";
import { type PlannedRepair, type RepairEntry, repairEntry } from "../../report/repair-entry.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TOOL } from "../../report/tool.ts";
import { type RepairSettings, repairVm } from "../../rules/engine/repair.ts";
import { STRATEGIES } from "../../rules/engine/strategy.ts";
import { type OpenedInput, openInput } from "../input/open-input.ts";
import { runbookText } from "../repair/runbook.ts";
import { archiveSplices, extensionPlace, repairedDocument } from "../repair/written.ts";
import type { Machine, World } from "../world.ts";
import { InputError } from "./errors.ts";
import { checkSignal, settingsOf } from "./settings.ts";
import { checkSource, worldOf } from "./sources.ts";
import type { OutputPart, RepairOptions, Source } from "./types.ts";

export interface RepairOutput {
  readonly name: string;
  readonly byteLength: number;
  /** In order; together they are the repaired input. */
  readonly parts: readonly OutputPart[];
}

export interface Repair {
  readonly schemaVersion: number;
  readonly tool: { readonly name: string; readonly version: string };
  /** One for each copy of an NVRAM: what was kept, merged, moved, removed. */
  readonly repairs: readonly RepairEntry[];
  /**
   * The repaired input in its own format; null where nothing was to be repaired, a copy was refused, or the format is never
   * rewritten. Null of a compressed input as well, which is to be decompressed first, and of an appliance (.ova), whose
   * manifest needs all of it: the program repairs both.
   */
  readonly output: RepairOutput | null;
  /** For each copy the base64 text that a host restores, on one line without a newline; null where it was not repaired. */
  readonly texts: readonly ({ readonly name: string; readonly text: string } | null)[];
  /** For each copy its number among those of the input: as in `vms` of a report. */
  readonly copies: readonly number[];
  /** Lines for people: what is done, and the proof. */
  readonly plan: readonly string[];
  /** How a host takes the result back, in Markdown: `output`, or the texts where that is null. Null where nothing is repaired. */
  readonly runbook: string | null;
}

type Plan = PlannedRepair & { readonly copy: number };

export async function repair(machine: Machine, input: Source, options: RepairOptions): Promise<Repair> {
  const { strategy = "merge", vm: wanted } = options;
  if (!STRATEGIES.includes(strategy)) throw new TypeError(`strategy is one of ${STRATEGIES.join(", ")}`);
  checkSignal(options.signal);
  const settings = await settingsOf(machine, options);
  const { name } = checkSource(input);
  const world = worldOf(machine, [input]);
  const opened = await openInput(name, world, undefined, { suspended: false });
  checkSignal(options.signal);
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
  const output = await outputOf(opened, dump, plans, settings, world);
  const shown = plans.map((plan, i) => ({ plan, entry: repairs[i] as RepairEntry }));
  const isRefused = plans.some(({ outcome }) => outcome.kind === "refused");
  const situation = { dryRun: true, refused: isRefused, runbook: [], runbookFile: null };
  const runbookInput = { opened, dump, names, output: output?.name ?? null, strategy, world };
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: TOOL,
    repairs,
    output,
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

async function outputOf(
  opened: OpenedInput,
  dump: Dump,
  plans: readonly Plan[],
  settings: RepairSettings,
  world: World,
): Promise<RepairOutput | null> {
  const { path, compression, document, error } = opened;
  const blobs = new Map(
    plans.flatMap(({ copy, outcome }) =>
      outcome.kind === "repaired" ? [[copy, outcome.bytes] as const] : [],
    ),
  );
  const isRefused = plans.some(({ outcome }) => outcome.kind === "refused");
  if (blobs.size === 0 || isRefused || error !== null || compression !== null) return null;
  const parts = await partsOf(dump, blobs, document, settings, { path, world });
  if (parts === null) return null;
  const byteLength = parts.reduce((sum, part) => sum + lengthOf(part), 0);
  return { name: repairedPath(path), byteLength, parts };
}

function lengthOf(part: OutputPart): number {
  return part instanceof Uint8Array ? part.length : part.end - part.start;
}

/** Whether a repaired input of this format is written as a whole, where it is not compressed. */
export function writesWhole(format: FormatId | null): boolean {
  if (format === null || format === "ova") return false;
  return format === "vars" || format === "efivars-b64" || isWrittenBack(format);
}

/** Null for a format that is not rewritten here, and where the result is not what was meant. */
async function partsOf(
  dump: Dump,
  blobs: ReadonlyMap<number, Uint8Array>,
  document: OpenedInput["document"],
  settings: RepairSettings,
  input: { readonly path: string; readonly world: World },
): Promise<readonly OutputPart[] | null> {
  const [only] = blobs.values();
  if (dump.format === "vars") return only === undefined ? null : [only];
  if (dump.format === "efivars-b64") return only === undefined ? null : [encodeBase64(only)];
  if (document === null || !isWrittenBack(dump.format) || !writesWhole(dump.format)) return null;
  try {
    const bytes = repairedDocument(document, dump, blobs, settings);
    return document.member === null ? [bytes] : await archiveParts(document, bytes, input);
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

/** Everything around the document stays where it is in the input. */
async function archiveParts(
  { bytes: before, member }: NonNullable<OpenedInput["document"]>,
  after: Uint8Array,
  { path, world }: { readonly path: string; readonly world: World },
): Promise<readonly OutputPart[] | null> {
  if (member === null) return null;
  const source = await world.open(path);
  const { readAt, size } = source;
  if (readAt === null || size === null) return null;
  const place = extensionPlace(member);
  const extension = place === null ? new Uint8Array(0) : await readAt(place.start, place.end - place.start);
  const parts: OutputPart[] = [];
  let at = 0;
  for (const { start, end, bytes } of archiveSplices(member, before, after, extension)) {
    if (start > at) parts.push({ start: at, end: start });
    if (bytes.length > 0) parts.push(bytes);
    at = end;
  }
  return at < size ? [...parts, { start: at, end: size }] : parts;
}
