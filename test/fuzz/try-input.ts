/** Everything that varscope does with an input, and what must be true whatever the input is. */
import { nodeWorld } from "../../cli/io/world.ts";
import { judgingSettings } from "../../cli/settings.ts";
import { writeBack } from "../../cli/write-back.ts";
import { openInput } from "../../library/input/open-input.ts";
import { openElements } from "../../library/judge/elements.ts";
import { judgeFile } from "../../library/judge/judge.ts";
import { equalBytes } from "../../parsers/bytes.ts";
import type { VmSource } from "../../parsers/model.ts";
import { nvramOfBlob } from "../../parsers/nvram/nvram.ts";
import { writeBlob } from "../../parsers/nvram/varstored-blob.ts";
import { isWrittenBack } from "../../parsers/write-back/index.ts";
import { detailOf } from "../../report/detail/detail.ts";
import { inspectVm } from "../../report/inspection.ts";
import { elementPieces } from "../../report/render/element-text.ts";
import { signatureKnowledge } from "../../report/signature-inspection.ts";
import { type RepairSettings, repairVm } from "../../rules/engine/repair.ts";
import { STRATEGIES } from "../../rules/engine/strategy.ts";

/** Copies of one input that are repaired and inspected: more say nothing new. */
const MAX_COPIES = 4;

export type TryInput = (path: string) => Promise<string>;

export async function makeTryInput(): Promise<TryInput> {
  const settings = await judgingSettings({ asOf: "2026-11-22", references: [] });
  const known = await signatureKnowledge(settings.platform, settings.knowledge);
  /** What came of the file: the ids of formats, or why it was not read. Throws where something is not as it must be. */
  return async (path) => {
    const results: string[] = [];
    const task = { kind: "file", place: 0, path, below: path, isNamed: true, error: null } as const;
    const judging = {
      wanted: { advice: true, detail: "all" },
      detailOf,
      form: "whole",
      watch: undefined,
    } as const;
    for await (const { report } of judgeFile(task, settings, nodeWorld, judging)) {
      JSON.parse([...elementPieces(report, "line")].join(""));
      results.push(report.format ?? report.error?.code ?? "nothing");
    }
    for await (const { dump } of openElements(path, nodeWorld)) {
      for (const vm of (dump?.vms ?? []).slice(0, MAX_COPIES)) {
        JSON.stringify(inspectVm(vm, { known, variable: null }));
        checkCopy(vm, settings);
      }
    }
    await checkWriteBack(path, settings);
    return [...new Set(results)].join("+");
  };
}

function checkCopy(vm: VmSource, settings: RepairSettings): void {
  const { blob = null } = vm.nvram ?? {};
  if (blob !== null && !equalBytes(writeBlob(blob), blob.bytes))
    throw new Error("a blob is not written as it was read");
  for (const strategy of STRATEGIES) {
    const outcome = repairVm(vm, strategy, settings);
    if (outcome.kind !== "repaired") continue;
    if (!outcome.after.load.loads) throw new Error(`${strategy} gives a blob that does not load`);
    if (strategy === "merge" && outcome.proof.removed.some(({ type }) => type !== null))
      throw new Error("merge loses a signature");
    const again = repairVm({ ...vm, nvram: nvramOfBlob(outcome.bytes) }, strategy, settings);
    if (again.kind !== "nothing-to-repair") throw new Error(`${strategy} twice is not ${strategy} once`);
  }
}

/** What can be repaired is written back into the document; that checks itself and must only fail in words. */
async function checkWriteBack(path: string, settings: RepairSettings): Promise<void> {
  const { dump, document, error } = await openInput(path, nodeWorld);
  if (dump === null || document === null || !isWrittenBack(dump.format)) return;
  const blobs = new Map<number, Uint8Array>();
  for (const [copy, vm] of dump.vms.slice(0, MAX_COPIES).entries()) {
    const outcome = repairVm(vm, "remove", settings);
    if (outcome.kind === "repaired") blobs.set(copy, outcome.bytes);
  }
  if (blobs.size === 0) return;
  const input = { path, document, dump, error, blobs, compress: false, watch: () => () => {} };
  const { kind } = writeBack(input, settings);
  if (kind !== "content" && kind !== "failed") throw new Error(`writing back gives ${kind satisfies never}`);
}
