/** Counts what one input adds to the totals of a run. */
import { PARSER_LIMITS } from "../parsers/limits.ts";
import type { Severity } from "../rules/engine/rule.ts";
import { worse } from "./exit-codes.ts";
import { IgnoredCounter } from "./filter/filter.ts";
import type { InputReport } from "./input.ts";
import { isStarted, MachineCounter } from "./machines.ts";
import type { InputTally } from "./render/report-writer.ts";
import { SummaryCounter } from "./summary.ts";
import { foreignName, UNCLAIMED_CODES } from "./unclaimed.ts";
import type { BriefCopy } from "./vm.ts";

export class TallyCounter {
  readonly #counter = new SummaryCounter();
  readonly #machines = new MachineCounter(PARSER_LIMITS.maxMachines);
  readonly #snapshots = new MachineCounter(PARSER_LIMITS.maxMachines);
  readonly #ignored = new IgnoredCounter();
  #worst: Severity | null = null;

  addCopy(copy: BriefCopy): void {
    this.#counter.addCopy(copy);
    if (isStarted(copy)) this.#machines.addCopy(copy);
    else if (copy.kind === "snapshot" && copy.source === "NVRAM") this.#snapshots.addCopy(copy);
    this.#countFindings(copy);
  }

  /** Ends the count for this input. `isNamed` as in FileTask. */
  end(report: InputReport, isNamed: boolean): InputTally {
    const { format, error } = report;
    const { duplicates = 0 } = report.archive ?? {};
    const isClaimed = format !== null || error === null || !UNCLAIMED_CODES.includes(error.code);
    this.#counter.endInput(report);
    this.#countFindings(report);
    const foreign = foreignName(error);
    const failed = error !== null && (isNamed || (isClaimed && foreign === null));
    // An export that holds a snapshot alone, as Xen Orchestra makes it of a VM that runs: an import makes a VM of it.
    const isOfSnapshot = format === "xva" && this.#machines.isEmpty;
    const machines = (isOfSnapshot ? this.#snapshots : this.#machines).tally;
    return {
      summary: this.#counter.summary,
      machines,
      worst: this.#worst,
      ignored: this.#ignored.tally,
      failed,
      isClaimed,
      isForeign: !failed && foreign !== null,
      ...(duplicates === 0 ? {} : { duplicates }),
    };
  }

  #countFindings({ findings }: Pick<BriefCopy, "findings">): void {
    for (const finding of findings) {
      if (finding.ignored === undefined) this.#worst = worse(this.#worst, finding.severity);
      else this.#ignored.add(finding);
    }
  }
}

/** The same for a report that holds all its copies. `isNamed` as in FileTask. */
export function tallyOf(report: InputReport, isNamed: boolean): InputTally {
  const counter = new TallyCounter();
  for (const vm of report.vms) counter.addCopy(vm);
  return counter.end(report, isNamed);
}
