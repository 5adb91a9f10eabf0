/** What `repair` is to make of many inputs: planned and proven copy by copy, what is to be written waits outside of memory. */

import { basename, dirname, join } from "node:path";
import { nodeWorld } from "../../cli/io/world.ts";
import { type Document, type OpenedInput, openInput } from "../../library/input/open-input.ts";
import { archiveOf } from "../../library/repair/archive-around.ts";
import { type CopyPlan, type RunbookInput, runbookOf } from "../../library/repair/runbooks.ts";
import { toHex } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import type { Dump, VmSource } from "../../parsers/model.ts";
import { isWrittenBack } from "../../parsers/write-back/index.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import {
  emittedNames,
  isExportFormat,
  repairedArchivePath,
  repairedPath,
} from "../../report/output-names.ts";
import { belowRoot } from "../../report/output-places.ts";
import { jsonText, printable } from "../../report/render/printable.ts";
import type { BriefProof, ManyCopy } from "../../report/repair/many.ts";
import { type PlannedRepair, type RepairEntry, repairEntry } from "../../report/repair-entry.ts";
import { identityOf, type RunbookFacts, runbookFacts } from "../../report/runbook/repair-facts.ts";
import type { RunbookStep } from "../../report/runbook/step.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { type RepairSettings, repairVm } from "../../rules/engine/repair.ts";
import type { RepairOutcome } from "../../rules/engine/repair-types.ts";
import type { CommandContext } from "../context.ts";
import { ByteStore, type Kept } from "../io/byte-store.ts";
import type { ReadingWatcher } from "../io/splice-file.ts";
import type { RepairOptions } from "../options.ts";
import { startByteProgress } from "../render/byte-progress.ts";
import { complainOfCut, complainOfSuspended } from "../repair-settings.ts";
import { base64Text, writeBack } from "../write-back.ts";
import type { RepairInput } from "./inputs.ts";

/** One result that is to be written. */
export interface PlannedOutput {
  readonly path: string;
  readonly root: string;
  readonly below: string;
  /** The name that it would have alone. */
  readonly name: string;
  /** Whether that may stand beside the input. */
  readonly isBeside: boolean;
  readonly content: () => Promise<Uint8Array | AsyncIterable<Uint8Array>>;
}

/** A copy with where it goes. */
export interface PlannedCopy {
  readonly brief: Omit<ManyCopy, "output">;
  /** Place among the outputs; null where it is not written. */
  readonly output: number | null;
  /** Its element of `repairs`, as text; null where nobody asks for it. */
  readonly entry: Kept | null;
  readonly runbook: ((target: string | null) => RunbookStep[]) | null;
}

type Outcome = PlannedRepair["outcome"];

/** A copy that was planned, without what is large of it. */
interface Slim {
  readonly brief: Omit<ManyCopy, "output" | "path">;
  /** The repaired blob. */
  readonly kept: Kept | null;
  readonly entry: Kept | null;
  readonly facts: RunbookFacts | null;
  /** In full, while there are few. */
  readonly plan: PlannedRepair | null;
}

export class ManyPlans {
  readonly copies: PlannedCopy[] = [];
  readonly outputs: PlannedOutput[] = [];
  /** In full, with their places in `copies`; null where there are too many. */
  inFull: { readonly plan: PlannedRepair; readonly index: number }[] | null = [];
  /** Whether any copy has the UUID that was asked for. */
  isFound = false;
  readonly store = new ByteStore();
  readonly #options: RepairOptions;
  readonly #settings: RepairSettings;
  readonly #context: CommandContext;
  readonly #maxInFull: number;
  /** Of the input whose records are being read. */
  #current: Slim[] = [];
  /** Backups that were met outside of a cache. */
  readonly #backups = new Set<string>();

  constructor(options: RepairOptions, settings: RepairSettings, context: CommandContext, maxInFull: number) {
    this.#options = options;
    this.#settings = settings;
    this.#context = context;
    this.#maxInFull = maxInFull;
  }

  /** What comes record by record is a database or the like, into which nothing is written back. */
  readonly take = (vms: readonly VmSource[]): void => {
    const refusal = this.#options.emitEfivars ? null : NO_FORM;
    for (const vm of this.#chosen(vms)) this.#current.push(this.#slim(this.#planned(vm, "text", refusal)));
  };

  /** The input whose records were taken before. */
  async add(input: RepairInput): Promise<void> {
    const { dump, path } = input.element;
    const streamed = this.#current;
    this.#current = [];
    if (dump === null) return;
    const isCompressed = input.element.isCompressed === true;
    if (!isInArchive(input)) complainOfCut({ path, dump, isCompressed }, this.#context);
    complainOfSuspended({ path, dump }, this.#context);
    if (dump.format === "suspend-image") {
      this.#context.complain(
        `${printable(path)}: the saved state of a suspended VM is not repaired: resume the VM and shut it down, then repair the NVRAM of its record.`,
      );
      return;
    }
    const form = this.#formOf(dump);
    const refusal = form === "document" ? documentRefusal(input) : form === null ? NO_FORM : null;
    if (form === "document" && refusal === null) {
      await this.#addDocument(input, dump);
      return;
    }
    const own = this.#chosen(dump.vms).map((vm) => this.#slim(this.#planned(vm, form ?? "text", refusal)));
    this.#addBlobs(input, dump, [...streamed, ...own]);
  }

  discard(): void {
    this.store.discard();
  }

  /**
   * Those that are asked for, without what a cache of Xen Orchestra repeats of the files beside it, which stand before it in a
   * folder.
   */
  #chosen(vms: readonly VmSource[]): readonly VmSource[] {
    const { vmUuid } = this.#options;
    return vms.filter(({ uuid, backup, source }) => {
      if (vmUuid !== null && uuid?.toLowerCase() !== vmUuid) return false;
      this.isFound = true;
      if (backup === undefined) return true;
      const key = jsonText([backup.vmUuid, backup.timestamp, source], 0);
      if (backup.file === null) this.#backups.add(key);
      return backup.file === null || !this.#backups.has(key);
    });
  }

  #planned(vm: VmSource, form: PlannedRepair["form"], refusal: string | null): PlannedRepair {
    const outcome = repairVm(vm, this.#options.strategy, this.#settings);
    return { vm, form, target: null, outcome: refusal === null ? outcome : refusedOutcome(outcome, refusal) };
  }

  #slim(plan: PlannedRepair, group: readonly PlannedRepair[] = [plan]): Slim {
    const { vm, outcome, form } = plan;
    const isRepaired = outcome.kind === "repaired";
    const { uuid, nameLabel, kind, source } = vm;
    const asked = this.#options.format !== "table";
    const entry = asked || outcome.kind === "refused" ? this.#entryOf(plan) : null;
    const unchanged = entry?.verdictAfterwards ?? verdictOf(outcome);
    return {
      brief: {
        uuid,
        nameLabel,
        kind,
        source,
        result: isRepaired ? "repaired" : outcome.kind === "refused" ? "refused" : "nothing",
        before: isRepaired ? outcome.before.verdict : unchanged,
        after: isRepaired ? outcome.after.verdict : unchanged,
        proof: briefProof(outcome),
        refused:
          outcome.kind === "refused" ? { reason: outcome.reason, strategy: outcome.strategyThatCan } : null,
      },
      // A document is kept as a whole.
      kept: isRepaired && form !== "document" ? this.store.put(outcome.bytes) : null,
      entry: asked && entry !== null ? this.store.put(new TextEncoder().encode(jsonText(entry, 0))) : null,
      facts: isRepaired && this.#options.runbook !== null ? runbookFacts(plan, group, nodePlatform) : null,
      plan: outcome.kind !== "nothing-to-repair" && this.inFull !== null ? plan : null,
    };
  }

  /** Null where the form of the input is none that is written. */
  #formOf({ format }: Dump): PlannedRepair["form"] | null {
    if (this.#options.emitEfivars) return "text";
    if (isWrittenBack(format)) return "document";
    return format === "vars" ? "blob" : format === "efivars-b64" ? "text" : null;
  }

  #addBlobs(input: RepairInput, { format }: Dump, slims: readonly Slim[]): void {
    const names = emittedNames(
      nameOf(input),
      slims.map(({ brief }) => brief),
    );
    const isText = this.#options.emitEfivars || format !== "vars";
    for (const [i, slim] of slims.entries()) {
      const name = this.#options.emitEfivars
        ? (names[i] ?? "")
        : basename(repairedPath(uncompressedName(input)));
      const { kept } = slim;
      const output = kept === null ? null : this.#output(input, name, this.#blobContent(kept, isText));
      this.#addCopy(slim, input, output, { format, archive: null, name: names[i] ?? "" });
    }
  }

  #blobContent(kept: Kept, isText: boolean): PlannedOutput["content"] {
    return async () => {
      const bytes = this.store.get(kept);
      return isText ? base64Text(bytes) : bytes;
    };
  }

  /** All copies in one file: where one of them is refused, none is written. */
  async #addDocument(input: RepairInput, dump: Dump): Promise<void> {
    const chosen = new Set(this.#chosen(dump.vms));
    const planned = dump.vms.flatMap((vm, copy) =>
      chosen.has(vm) ? [{ copy, ...this.#planned(vm, "document", null) }] : [],
    );
    const isHeld = planned.some(({ outcome }) => outcome.kind === "refused");
    const blobs = blobsOf(planned);
    const written =
      isHeld || blobs.size === 0 ? null : this.#writeBack(input, dump, blobs, input.element.document ?? null);
    const plans =
      written?.kind === "failed"
        ? planned.map((plan) => ({ ...plan, outcome: refusedOutcome(plan.outcome, written.reason) }))
        : planned;
    const content =
      written?.kind === "content" ? this.#documentContent(input, dump, written.content, blobs) : null;
    const output = content === null ? null : this.#output(input, this.#documentName(input, dump), content);
    const { runbook } = this.#options;
    const archive =
      runbook === null || output === null ? null : await archiveOf(openedOf(input), dump, nodeWorld);
    const names = emittedNames(nameOf(input), dump.vms);
    for (const plan of plans) {
      const group = plans.filter(({ vm }) => identityOf(vm) === identityOf(plan.vm));
      const slim = this.#slim(plan, group);
      const isRepaired = plan.outcome.kind === "repaired";
      const held = { ...slim, brief: { ...slim.brief, result: "held" as const }, facts: null };
      const told =
        isRepaired && output === null ? held : isFirst(plan, group) ? slim : { ...slim, facts: null };
      const known = { format: dump.format, archive, name: names[plan.copy] ?? "" };
      this.#addCopy(told, input, isRepaired ? output : null, known);
    }
  }

  #writeBack(
    { element: { path, error } }: RepairInput,
    dump: Dump,
    blobs: ReadonlyMap<number, Uint8Array>,
    document: Document | null,
  ): ReturnType<typeof writeBack> {
    const reason = "It cannot be written back: it was not read as a whole.";
    if (document === null) return { kind: "failed", reason };
    const { progress, quiet } = this.#options;
    const compress = this.#options.compress && isExportFormat(dump.format);
    const watch: ReadingWatcher = (total, done) => startByteProgress(progress && !quiet, total, done);
    const told = (sentence: string): void =>
      this.#context.complain(`${printable(path)}: ${printable(sentence)}`);
    return writeBack({ path, document, error, dump, blobs, compress, watch, told }, this.#settings);
  }

  /** An export is planned once more when its turn comes: the heads of ten thousand would not fit into memory. */
  #documentContent(
    input: RepairInput,
    dump: Dump,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    blobs: ReadonlyMap<number, Uint8Array>,
  ): PlannedOutput["content"] {
    if (content instanceof Uint8Array) {
      const kept = this.store.put(content);
      return async () => this.store.get(kept);
    }
    const { path } = input.element;
    const digests = digestsOf(blobs, this.#settings);
    const count = dump.vms.length;
    return async () => {
      const opened = await openInput(path, nodeWorld, undefined, {
        suspended: false,
      });
      if (opened.dump === null || opened.dump.vms.length !== count) throw changed(path);
      const again = new Map<number, Uint8Array>();
      for (const copy of digests.keys()) {
        const vm = opened.dump.vms[copy];
        const outcome = vm === undefined ? null : repairVm(vm, this.#options.strategy, this.#settings);
        if (outcome?.kind === "repaired") again.set(copy, outcome.bytes);
      }
      if (jsonText([...digestsOf(again, this.#settings)], 0) !== jsonText([...digests], 0))
        throw changed(path);
      const written = this.#writeBack(input, opened.dump, again, opened.document);
      if (written.kind === "failed") throw changed(path);
      return written.content;
    };
  }

  #documentName(input: RepairInput, { format }: Dump): string {
    const isCompressed = input.element.isCompressed === true;
    if (isExportFormat(format))
      return basename(repairedArchivePath(nameOf(input), isCompressed, this.#options.compress, format));
    return basename(repairedPath(uncompressedName(input)));
  }

  #output(input: RepairInput, name: string, content: PlannedOutput["content"]): number {
    const { element, root } = input;
    const isBeside = !this.#options.emitEfivars && !isInArchive(input) && element.path !== STANDARD_INPUT;
    const below = belowRoot(element.path, root);
    return this.outputs.push({ path: element.path, root, below, name, isBeside, content }) - 1;
  }

  #addCopy(
    { brief, entry, facts, plan }: Slim,
    { element: { path } }: RepairInput,
    output: number | null,
    known: Omit<RunbookInput, "options">,
  ): void {
    const options = { ...this.#options, path };
    const runbook =
      facts === null ? null : (target: string | null) => runbookOf(facts, { ...known, options }, target);
    const index = this.copies.push({ brief: { path, ...brief }, output, entry, runbook }) - 1;
    if (brief.result === "nothing") return;
    if (plan !== null) this.inFull?.push({ plan, index });
    if ((this.inFull?.length ?? 0) > this.#maxInFull) this.inFull = null;
  }

  /** As though nothing were written: who tells it puts in what became of it. */
  #entryOf(plan: PlannedRepair): RepairEntry {
    const { strategy } = this.#options;
    return repairEntry(plan, { ...this.#settings, path: "", strategy, written: false, runbook: [] });
  }
}

/** The copies of one VM share their steps, which are about its NVRAM. */
function isFirst(plan: CopyPlan, group: readonly CopyPlan[]): boolean {
  const repaired = group.filter(({ outcome }) => outcome.kind === "repaired");
  const own = repaired.find(({ vm }) => vm.source === "NVRAM" || vm.source === "vm.NVRAM");
  return (own ?? repaired[0]) === plan;
}

function openedOf({ element }: RepairInput): Pick<OpenedInput, "path" | "document" | "compression"> {
  const { path, document = null, isCompressed = false } = element;
  return { path, document, compression: isCompressed ? "gzip" : null };
}

function verdictOf(outcome: RepairOutcome): ManyCopy["before"] {
  return outcome.kind === "nothing-to-repair" ? outcome.verdict : "unknown";
}

function briefProof(outcome: RepairOutcome): BriefProof | null {
  if (outcome.kind !== "repaired") return null;
  const { kept, merged, reowned, removed, added, account } = outcome.proof;
  return {
    bytesBefore: account.before,
    bytesAfter: account.after,
    kept,
    merged,
    reowned,
    removed: removed.length,
    added: added.length,
  };
}

function blobsOf(plans: readonly CopyPlan[]): Map<number, Uint8Array> {
  return new Map(
    plans.flatMap(({ copy, outcome }) =>
      outcome.kind === "repaired" ? [[copy, outcome.bytes] as const] : [],
    ),
  );
}

function digestsOf(
  blobs: ReadonlyMap<number, Uint8Array>,
  { platform }: RepairSettings,
): Map<number, string> {
  return new Map(Array.from(blobs, ([copy, bytes]) => [copy, toHex(platform.sha256(bytes))]));
}

function refusedOutcome(outcome: Outcome, reason: string): Outcome {
  return outcome.kind === "repaired" ? { kind: "refused", reason, strategyThatCan: null } : outcome;
}

function isInArchive({ element, root }: RepairInput): boolean {
  return element.order > 0 || element.path.startsWith(`${root}!`);
}

/** Why an input is not written in its own form; null where it is. */
function documentRefusal(input: RepairInput): string | null {
  const { document, path, isDeciphered } = input.element;
  if (isDeciphered === true) return ENCRYPTED_REMOTE;
  if (document?.member == null) return null;
  if (isInArchive(input))
    return "An export inside an archive is not written as an export: --emit efivars writes its NVRAMs.";
  return path === STANDARD_INPUT
    ? "An export is read twice, which standard input cannot be: save it to a file first, or use --emit efivars."
    : null;
}

const ENCRYPTED_REMOTE =
  "It lies in an encrypted remote, and would be written as anybody can read it: --emit efivars writes the NVRAMs alone.";
const NO_FORM = "A repair is not written back into this format: --emit efivars writes one text a VM.";

/** The file's own, or that of the member. */
function nameOf({ element: { path } }: RepairInput): string {
  if (path === STANDARD_INPUT) return "stdin";
  return path.slice(path.lastIndexOf("!") + 1);
}

/** A repaired text or record is not compressed. */
function uncompressedName(input: RepairInput): string {
  const name = nameOf(input);
  return input.element.isCompressed === true ? name.replace(/\.(?:gz|zst|zstd|bz2|xz)$/i, "") : name;
}

function changed(path: string): ParseError {
  return new ParseError({
    code: "read-failed",
    path,
    expected: "the export that was planned",
    found: "another one",
    next: "It was changed while the others were written: run the repair again.",
  });
}

/** Where a result goes that stands beside its input. */
export function besidePath({ path, name }: PlannedOutput): string {
  return join(dirname(path), name);
}
