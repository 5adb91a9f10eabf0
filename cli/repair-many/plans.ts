/** Plans and proves repairs of many inputs, copy by copy. Results wait in temporary files, not in memory. */

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

/** One file that is to be written. */
export interface PlannedOutput {
  readonly path: string;
  readonly root: string;
  readonly below: string;
  /** Name of the file; it gets a folder where another one has the same name. */
  readonly name: string;
  /** True where the file may be written beside the input. */
  readonly isBeside: boolean;
  readonly content: () => Promise<Uint8Array | AsyncIterable<Uint8Array>>;
}

/** A copy, and the file that it is written to. */
export interface PlannedCopy {
  readonly brief: Omit<ManyCopy, "output">;
  /** Index of the output; null where the copy is not written. */
  readonly output: number | null;
  /** Its element of `repairs` as text; null where no JSON is printed. */
  readonly entry: Kept | null;
  readonly runbook: ((target: string | null) => RunbookStep[]) | null;
}

type Outcome = PlannedRepair["outcome"];

/** A planned copy without its large parts. */
interface Slim {
  readonly brief: Omit<ManyCopy, "output" | "path">;
  /** The repaired blob. */
  readonly kept: Kept | null;
  readonly entry: Kept | null;
  readonly facts: RunbookFacts | null;
  /** The whole plan, as long as there are few copies. */
  readonly plan: PlannedRepair | null;
}

export class ManyPlans {
  readonly copies: PlannedCopy[] = [];
  readonly outputs: PlannedOutput[] = [];
  /** Whole plans with their indexes in `copies`; null where there are too many. */
  inFull: { readonly plan: PlannedRepair; readonly index: number }[] | null = [];
  /** True where some copy has the UUID of `--vm`. */
  isFound = false;
  readonly store = new ByteStore();
  readonly #options: RepairOptions;
  readonly #settings: RepairSettings;
  readonly #context: CommandContext;
  readonly #maxInFull: number;
  /** Copies of the input that is being read. */
  #current: Slim[] = [];
  /** Backups that were seen in files of their own, not in a cache. */
  readonly #backups = new Set<string>();

  constructor(options: RepairOptions, settings: RepairSettings, context: CommandContext, maxInFull: number) {
    this.#options = options;
    this.#settings = settings;
    this.#context = context;
    this.#maxInFull = maxInFull;
  }

  /** Takes records of streamed formats, such as a database. Nothing is written back into these. */
  readonly take = (vms: readonly VmSource[]): void => {
    const refusal = this.#options.emitEfivars ? null : NO_FORM;
    for (const vm of this.#chosen(vms)) this.#current.push(this.#slim(this.#planned(vm, "text", refusal)));
  };

  /** Ends the current input. */
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

  /** The copies of `--vm`. Without copies in a cache of Xen Orchestra that repeat files beside it, which come first in a folder. */
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

  /** Form of the output; null where the input has a form that is never written. */
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

  /** Plans an input with all copies in one file: where the repair of one is refused, none is written. */
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

  /** Content of an output. An export is planned again when it is written: the heads of ten thousand exports would not fit into memory. */
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

  /** The element of `repairs`, with `written` false; it is set to true after writing. */
  #entryOf(plan: PlannedRepair): RepairEntry {
    const { strategy } = this.#options;
    return repairEntry(plan, { ...this.#settings, path: "", strategy, written: false, runbook: [] });
  }
}

/** True for the first copy of its VM: all its copies share the same steps. */
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

/** Why an input is not written in its own format; null where it is. */
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

/** Name of the file, or of the member of an archive. */
function nameOf({ element: { path } }: RepairInput): string {
  if (path === STANDARD_INPUT) return "stdin";
  return path.slice(path.lastIndexOf("!") + 1);
}

/** The name without the ending of a compression: a repaired text or record is not compressed. */
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

/** Path of an output beside its input. */
export function besidePath({ path, name }: PlannedOutput): string {
  return join(dirname(path), name);
}
