/** Collects the causes of a run, input by input, counted like its VMs. */
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { isOfMachine, isStarted } from "../../report/machines.ts";
import { type Cause, CauseCounter } from "../../report/overview/causes.ts";
import type { JudgedInput } from "../../report/render/report-writer.ts";
import type { BriefCopy, VmReport } from "../../report/vm.ts";
import type { Breaks } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import { NewestPools } from "./newest-pools.ts";
import type { NewestCopy, PlacedCopies } from "./timelines.ts";

export class RunCauses {
  readonly #counter = new CauseCounter(PARSER_LIMITS.maxMachines);
  readonly #pools = new Map<string, { readonly time: string; readonly counter: CauseCounter }>();
  #inputs = 0;

  add(judged: JudgedInput, { isExport, unplaced }: PlacedCopies): void {
    const { report } = judged;
    const input = this.#inputs++;
    const counter = this.#counterFor(report.path);
    if (!isExport) for (const index of decidingCopies(report)) addCopy(counter, judged, { input, index });
    for (const copy of unplaced) if (isOfMachine(copy)) counter.add(counted(copy, report.path));
  }

  /** `newest`: the copies that the newest restores take. `isWhole`: false where backups were left out, because there are too many. */
  causes(newest: Iterable<NewestCopy>, isWhole: boolean): Cause[] | null {
    if (!isWhole) return null;
    for (const { counter } of this.#pools.values()) this.#counter.merge(counter);
    for (const { uuid, verdict, nameLabel, broken } of newest) {
      const findings = broken.map((ruleId) => ({
        ruleId,
        breaks: BREAKS.get(ruleId) ?? ("update" as const),
      }));
      const name = nameLabel ?? uuid ?? "";
      this.#counter.add({ uuid, verdict, findings, name, advice: null, place: null });
    }
    return this.#counter.causes();
  }

  /** The counter for an input. Of several databases of one pool only the newest is counted. */
  #counterFor(path: string): CauseCounter {
    const place = NewestPools.placeOf(path);
    if (place === null) return this.#counter;
    const known = this.#pools.get(place.series);
    const counter = new CauseCounter(PARSER_LIMITS.maxMachines);
    if (known === undefined || known.time < place.time)
      this.#pools.set(place.series, { time: place.time, counter });
    return counter;
  }
}

/** What each rule breaks by default. For a backup only the ids of its rules are known, not the findings. */
const BREAKS: ReadonlyMap<string, Breaks> = new Map(RULES.map(({ meta }) => [meta.id, meta.breaks]));

/** The copies that decide, as in `tally.ts`: an export with only a snapshot counts as the VM that an import makes of it. */
function decidingCopies({ format, vms }: JudgedInput["report"]): number[] {
  const started = vms.flatMap((vm, i) => (isStarted(vm) ? [i] : []));
  if (started.length > 0 || format !== "xva") return started;
  return vms.flatMap(({ kind, source }, i) => (kind === "snapshot" && source === "NVRAM" ? [i] : []));
}

function addCopy(
  counter: CauseCounter,
  { report: { path, vms }, advice }: JudgedInput,
  { input, index }: { readonly input: number; readonly index: number },
): void {
  const vm = vms[index];
  if (vm === undefined) return;
  counter.add({ ...counted(vm, path), advice: advice[index] ?? null, place: { input, vm: index } });
}

function counted(vm: BriefCopy | VmReport, path: string) {
  const { uuid, verdict, findings, nameLabel } = vm;
  const name = nameLabel ?? path.slice(path.lastIndexOf("/") + 1);
  return { uuid, verdict, findings, name, advice: null, place: null };
}
