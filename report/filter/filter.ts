/**
 * Which findings are told: `--only`, `--ignore`, `--min-severity` and the ignore file. A finding that is not told stays where it is and
 * says why, so that verdicts, last good backups, repairs and next steps are as they would be without.
 */
import type { Severity } from "../../rules/engine/rule.ts";
import type { FindingReport } from "../finding.ts";
import type { VmReport } from "../vm.ts";
import type { IgnoreEntry } from "./ignore-file.ts";

/** Plain values: threads hand them to each other. */
export interface FilterSettings {
  /** Rules; empty for all. */
  readonly only: readonly string[];
  readonly ignore: readonly string[];
  readonly minSeverity: Severity;
  readonly entries: readonly IgnoreEntry[];
  /** `YYYY-MM-DD`, by which entries expire. */
  readonly asOf: string;
}

/** Findings that are not told. */
export interface IgnoredTally {
  /** By options. */
  readonly byOption: number;
  /** By the ignore file: how many until which day. */
  readonly until: Readonly<Record<string, number>>;
}

export const NOTHING_IGNORED: IgnoredTally = { byOption: 0, until: {} };

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 };

type Copy = Pick<VmReport, "uuid" | "nameLabel" | "nvram" | "backup" | "findings">;

interface PlacedEntry {
  readonly entry: IgnoreEntry;
  /** Its place in the file. */
  readonly index: number;
}

export class FindingFilter {
  readonly #settings: FilterSettings;
  readonly #byRule = new Map<string, PlacedEntry[]>();
  readonly #matched = new Set<number>();
  #new: number[] = [];

  constructor(settings: FilterSettings) {
    this.#settings = settings;
    for (const [index, entry] of settings.entries.entries()) {
      if (isExpired(entry, settings.asOf)) continue;
      const ofRule = this.#byRule.get(entry.rule);
      if (ofRule === undefined) this.#byRule.set(entry.rule, [{ entry, index }]);
      else ofRule.push({ entry, index });
    }
  }

  /** The copy with its findings marked; `path` is that of its input. */
  copy<T extends Copy>(vm: T, path: string): T {
    const findings = this.#marked(vm.findings, path, vm);
    return findings === vm.findings ? vm : { ...vm, findings };
  }

  /** Findings of the input as a whole. */
  whole(findings: readonly FindingReport[], path: string): readonly FindingReport[] {
    return this.#marked(findings, path, null);
  }

  /** Places of the entries that matched since it was asked the last time, each once. */
  takeMatched(): readonly number[] {
    const taken = this.#new;
    this.#new = [];
    return taken;
  }

  /** The first entry that means the finding; all that do have matched. */
  #entryFor(finding: FindingReport, path: string, vm: Copy | null): IgnoreEntry | undefined {
    let first: IgnoreEntry | undefined;
    for (const { entry, index } of this.#byRule.get(finding.ruleId) ?? []) {
      const isKnown = this.#matched.has(index);
      if ((first !== undefined && isKnown) || !isMeant(entry, finding, path, vm)) continue;
      first ??= entry;
      if (isKnown) continue;
      this.#matched.add(index);
      this.#new.push(index);
    }
    return first;
  }

  #marked(findings: readonly FindingReport[], path: string, vm: Copy | null): readonly FindingReport[] {
    let changed = false;
    const marked = findings.map((finding) => {
      const entry = this.#entryFor(finding, path, vm);
      if (entry !== undefined) {
        changed = true;
        return { ...finding, ignored: entry.reason, ignoredUntil: entry.until };
      }
      const option = isWhyNothingLoads(finding, vm) ? null : this.#option(finding);
      if (option === null) return finding;
      changed = true;
      return { ...finding, ignored: option };
    });
    return changed ? marked : findings;
  }

  #option({ ruleId, severity }: FindingReport): string | null {
    const { only, ignore, minSeverity } = this.#settings;
    if (only.length > 0 && !only.includes(ruleId)) return "--only names other rules";
    if (ignore.includes(ruleId)) return "--ignore names this rule";
    return RANK[severity] < RANK[minSeverity] ? `below --min-severity ${minSeverity}` : null;
  }
}

/** A VM that does not start is never passed over in silence: only an entry of the ignore file may do that, for this very finding. */
function isWhyNothingLoads({ breaks }: FindingReport, vm: Copy | null): boolean {
  return breaks === "start" && vm?.nvram?.loads === false;
}

function isMeant(entry: IgnoreEntry, finding: FindingReport, path: string, vm: Copy | null): boolean {
  return (
    (entry.vm === undefined || isOfVm(entry.vm, vm)) &&
    (entry.path === undefined || isBelow(entry.path, path)) &&
    (entry.variable === undefined || finding.variable?.name === entry.variable)
  );
}

function isOfVm(named: string, vm: Copy | null): boolean {
  if (vm === null) return false;
  const uuid = named.toLowerCase();
  return (
    vm.uuid?.toLowerCase() === uuid || vm.backup?.vmUuid?.toLowerCase() === uuid || vm.nameLabel === named
  );
}

/** The input itself, or a folder or archive around it. */
function isBelow(named: string, path: string): boolean {
  const [outer, inner] = [plain(named), plain(path)];
  return inner === outer || inner.startsWith(`${outer}/`) || inner.startsWith(`${outer}!`);
}

function plain(path: string): string {
  return path.replace(/^(?:\.\/+)+/, "").replace(/(?<=.)\/+$/, "");
}

export function isExpired({ until }: IgnoreEntry, asOf: string): boolean {
  return until < asOf;
}

/** Counts what findings say of themselves. */
export class IgnoredCounter {
  #byOption = 0;
  readonly #until = new Map<string, number>();

  add({ ignored, ignoredUntil }: Pick<FindingReport, "ignored" | "ignoredUntil">): void {
    if (ignored === undefined) return;
    if (ignoredUntil === undefined) this.#byOption++;
    else this.#count(ignoredUntil, 1);
  }

  merge({ byOption, until }: IgnoredTally): void {
    this.#byOption += byOption;
    for (const [day, count] of Object.entries(until)) this.#count(day, count);
  }

  get tally(): IgnoredTally {
    if (this.#byOption === 0 && this.#until.size === 0) return NOTHING_IGNORED;
    return {
      byOption: this.#byOption,
      until: Object.fromEntries([...this.#until].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  #count(day: string, count: number): void {
    this.#until.set(day, (this.#until.get(day) ?? 0) + count);
  }
}
