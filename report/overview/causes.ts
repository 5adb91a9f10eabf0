/**
 * Why the VMs of a run are not healthy: those of one verdict in which the same rules found what breaks something are one cause. A VM
 * counts once, by the worst of the copies that a start or the newest restore takes (`machines.ts`).
 */
import type { Breaks, Verdict } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import type { Advice } from "../advice.ts";
import { rankOfCopy } from "../machines.ts";
import type { BriefCopy } from "../vm.ts";

/** How many names of VMs are shown for a cause. */
const MAX_NAMES = 12;
/** How many different causes are counted. */
export const MAX_CAUSES = 1000;

export interface Cause {
  readonly verdict: Verdict;
  /** Ids of rules, the worst first; empty for the rest, where there are more causes than MAX_CAUSES. */
  readonly rules: readonly string[];
  /** What the first of them is about. */
  readonly title: string;
  /** Variables that it is about, raw as in the input; empty where it is about none, or about many. */
  readonly variables: readonly string[];
  readonly vms: number;
  /** Of the first VMs; raw, as in the input. */
  readonly names: readonly string[];
  /** Result of the first repair that was tried for a VM with this cause; null where none was tried. */
  readonly advice: Advice | null;
  /** True where any of the findings has a repair. Only `advice` says whether it repairs everything. */
  readonly isRepairable: boolean;
  /** Places of the first VM in `inputs` and there in `vms`; null for a backup. */
  readonly place: { readonly input: number; readonly vm: number } | null;
}

/** A copy as its VM is counted. */
export interface CountedCopy extends Pick<BriefCopy, "uuid" | "verdict"> {
  readonly name: string;
  readonly findings: readonly {
    readonly ruleId: string;
    readonly breaks: Breaks;
    readonly variable?: { readonly name: string } | null;
    readonly repair?: { readonly applicability: string } | null;
    /** Why it is hidden. */
    readonly ignored?: string | undefined;
  }[];
  readonly advice: Advice | null;
  readonly place: Cause["place"];
}

interface Kind {
  readonly key: string;
  readonly verdict: Verdict;
  readonly rules: readonly string[];
  /** Whether any finding that breaks something brings a repair of its own. */
  isRepairable: boolean;
  /** Variables in which the first rule found something; null where there are more than are named. */
  variables: Set<string> | null;
}

interface Counted {
  readonly rank: number;
  readonly kind: Kind | null;
  readonly name: string;
  readonly place: Cause["place"];
}

export class CauseCounter {
  readonly #limit: number;
  readonly #kinds = new Map<string, Kind>();
  readonly #advice = new Map<string, Advice>();
  /** By UUID in lower case; a copy without one counts by itself. */
  readonly #vms = new Map<string, Counted>();
  #nameless = 0;
  #isOver = false;

  /** `limit`: how many different VMs are remembered. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(copy: CountedCopy): void {
    const rank = rankOfCopy(copy);
    const kind = this.#kindOf(copy);
    if (
      kind !== null &&
      copy.advice !== null &&
      copy.advice.kind !== "untried" &&
      !this.#advice.has(kind.key)
    )
      this.#advice.set(kind.key, copy.advice);
    const key = copy.uuid === null || copy.uuid === "" ? `#${this.#nameless++}` : copy.uuid.toLowerCase();
    const known = this.#vms.get(key);
    if (known !== undefined && known.rank <= rank) return;
    if (known === undefined && this.#vms.size >= this.#limit) this.giveUp();
    if (!this.#isOver) this.#vms.set(key, { rank, kind, name: copy.name, place: copy.place });
  }

  /** All that another one counted. */
  merge(other: CauseCounter): void {
    if (other.#isOver) this.giveUp();
    for (const [key, advice] of other.#advice) if (!this.#advice.has(key)) this.#advice.set(key, advice);
    for (const [uuid, counted] of other.#vms) {
      const key = uuid.startsWith("#") ? `#${this.#nameless++}` : uuid;
      const known = this.#vms.get(key);
      if (known !== undefined && known.rank <= counted.rank) continue;
      if (known === undefined && this.#vms.size >= this.#limit) this.giveUp();
      if (!this.#isOver) this.#vms.set(key, counted);
    }
  }

  /** VMs that are left out make every number a wrong one. */
  giveUp(): void {
    this.#isOver = true;
    this.#vms.clear();
  }

  /** The worst verdict first, then the cause with most VMs; null where there are more VMs than the limit. */
  causes(): Cause[] | null {
    if (this.#isOver) return null;
    const groups = new Map<string, { readonly kind: Kind; readonly rank: number; readonly of: Counted[] }>();
    for (const counted of this.#vms.values()) {
      const { kind, rank } = counted;
      if (kind === null) continue;
      const group = groups.get(kind.key);
      if (group === undefined) groups.set(kind.key, { kind, rank, of: [counted] });
      else group.of.push(counted);
    }
    return [...groups.values()]
      .sort((a, b) => a.rank - b.rank || b.of.length - a.of.length || (a.kind.key < b.kind.key ? -1 : 1))
      .map(({ kind, of }) => ({
        verdict: kind.verdict,
        rules: kind.rules,
        title: titleOf(kind),
        variables: [...(kind.variables ?? [])],
        vms: of.length,
        names: of.slice(0, MAX_NAMES).map(({ name }) => name),
        advice: this.#advice.get(kind.key) ?? null,
        isRepairable: kind.isRepairable,
        place: of[0]?.place ?? null,
      }));
  }

  /** Null for what nothing breaks in. */
  #kindOf({ verdict, findings }: CountedCopy): Kind | null {
    const rules = breakingRules(findings);
    if (rules.length === 0) return null;
    const key = JSON.stringify([verdict, rules]);
    const known = this.#kinds.get(key);
    if (known !== undefined) return seen(known, findings);
    const kind: Kind =
      this.#kinds.size < MAX_CAUSES
        ? { key, verdict, rules, variables: new Set(), isRepairable: false }
        : { key: `more ${verdict}`, verdict, rules: [], variables: new Set(), isRepairable: false };
    this.#kinds.set(kind.key, kind);
    return seen(kind, findings);
  }
}

/** Variables that are named for a cause. */
const MAX_VARIABLES = 2;

function seen(kind: Kind, findings: CountedCopy["findings"]): Kind {
  const [first] = kind.rules;
  for (const { ruleId, breaks, variable, repair } of findings) {
    if (breaks !== null && repair != null && repair.applicability !== "manual") kind.isRepairable = true;
    if (ruleId !== first || variable == null) continue;
    kind.variables?.add(variable.name);
    if ((kind.variables?.size ?? 0) > MAX_VARIABLES) kind.variables = null;
  }
  return kind;
}

/** What is broken first, the worst first. */
const BREAKS: readonly Breaks[] = ["start", "secure-boot", "update", "restore"];
const ORDER: ReadonlyMap<string, number> = new Map(RULES.map(({ meta }, i) => [meta.id, i]));

/** Ids of the rules that found what breaks something: the worst first, so that the first one gives the cause its name. */
export function breakingRules(findings: CountedCopy["findings"]): string[] {
  const ranks = new Map<string, number>();
  for (const { ruleId, breaks, ignored } of findings) {
    if (breaks === null || ignored !== undefined) continue;
    const rank = BREAKS.indexOf(breaks) * ORDER.size + (ORDER.get(ruleId) ?? ORDER.size - 1);
    ranks.set(ruleId, Math.min(rank, ranks.get(ruleId) ?? rank));
  }
  return [...ranks].sort(([a, rankA], [b, rankB]) => rankA - rankB || (a < b ? -1 : 1)).map(([id]) => id);
}

function titleOf({ rules }: Kind): string {
  const [first] = rules;
  if (first === undefined) return "More causes than are told apart";
  return RULES.find(({ meta }) => meta.id === first)?.meta.title ?? first;
}
