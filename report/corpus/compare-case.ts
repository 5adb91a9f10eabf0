/** What is different from what was expected of a case. */
import type { CaseElement, CaseFinding, CaseVm, PlacedElement } from "./expectation.ts";

export type ChangeKind = "new" | "gone" | "changed";

/** What a change is about. `record` is a copy of an NVRAM, `element` a member of an archive. */
export type ChangedThing =
  | "finding"
  | "verdict"
  | "loads"
  | "refusal"
  | "repair"
  | "format"
  | "error"
  | "kind"
  | "source"
  | "record"
  | "element"
  | "repaired-file";

export interface CaseChange {
  readonly what: ChangedThing;
  readonly change: ChangeKind;
  /** Such as `vms[0]` or `!member.xml vms[0]`; empty for the input itself. */
  readonly place: string;
  /** Of a finding its rule, of a repair its strategy; null for everything else. */
  readonly name: string | null;
  /** Null for what is new. */
  readonly before: unknown;
  /** Null for what is gone. */
  readonly after: unknown;
}

/** Nothing where both say the same; findings may stand in another order. Both must be plain values of JSON. */
export function compareCase(
  expected: readonly PlacedElement[],
  actual: readonly PlacedElement[],
): CaseChange[] {
  return paired(expected, actual, ({ path }) => path).flatMap(([before, after]) => {
    const place = (before ?? after)?.path ?? "";
    if (before === undefined || after === undefined)
      return [changed("element", place, before && elementSummary(before), after && elementSummary(after))];
    return compareElements(before, after, place);
  });
}

/** Of several with the same key the first goes with the first, the second with the second. */
function paired<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (one: T) => string,
): (readonly [T | undefined, T | undefined])[] {
  const left = new Map<string, T[]>();
  for (const one of after) left.set(keyOf(one), [...(left.get(keyOf(one)) ?? []), one]);
  const pairs = before.map((one) => [one, left.get(keyOf(one))?.shift()] as const);
  return [...pairs, ...[...left.values()].flat().map((one) => [undefined, one] as const)];
}

function compareElements(before: CaseElement, after: CaseElement, place: string): CaseChange[] {
  const inVms = (index: number): string => `${place === "" ? "" : `${place} `}vms[${index}]`;
  const count = Math.max(before.vms.length, after.vms.length);
  return [
    ...compareValue("format", place, before.format, after.format),
    ...compareValue("error", place, before.error, after.error),
    ...compareFindings(before.findings ?? [], after.findings ?? [], place),
    ...Array.from({ length: count }, (_, i) => compareVms(before.vms[i], after.vms[i], inVms(i))).flat(),
  ];
}

function compareVms(before: CaseVm | undefined, after: CaseVm | undefined, place: string): CaseChange[] {
  if (before === undefined || after === undefined)
    return [changed("record", place, before?.verdict, after?.verdict)];
  const strategies = [...new Set([...Object.keys(before.repairs), ...Object.keys(after.repairs)])];
  const repairOf = (vm: CaseVm, strategy: string): string | null =>
    (vm.repairs as Readonly<Record<string, string>>)[strategy] ?? null;
  return [
    ...compareValue("source", place, before.source, after.source),
    ...compareValue("kind", place, before.kind, after.kind),
    ...compareValue("verdict", place, before.verdict, after.verdict),
    ...compareValue("loads", place, before.loads, after.loads),
    ...compareValue("refusal", place, before.refusal, after.refusal),
    ...compareFindings(before.findings, after.findings, place),
    ...strategies.flatMap((strategy) =>
      compareValue("repair", place, repairOf(before, strategy), repairOf(after, strategy), strategy),
    ),
  ];
}

/** The same finding is that of the same rule at the same place. */
function compareFindings(
  before: readonly CaseFinding[],
  after: readonly CaseFinding[],
  place: string,
): CaseChange[] {
  return paired(before, after, ({ ruleId, path }) => `${ruleId} ${path}`).flatMap(([old, now]) =>
    isSame(old, now) ? [] : [changed("finding", place, old, now, (old ?? now)?.ruleId ?? null)],
  );
}

function compareValue(
  what: ChangedThing,
  place: string,
  before: unknown,
  after: unknown,
  name: string | null = null,
): CaseChange[] {
  return isSame(before, after) ? [] : [{ what, change: "changed", place, name, before, after }];
}

function changed(
  what: ChangedThing,
  place: string,
  before: unknown,
  after: unknown,
  name: string | null = null,
): CaseChange {
  const change = before === undefined ? "new" : after === undefined ? "gone" : "changed";
  return { what, change, place, name, before: before ?? null, after: after ?? null };
}

function elementSummary({ format, error }: PlacedElement): unknown {
  return { format, error };
}

/** Values of JSON, whatever the order of their members. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [ofA, ofB] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  return (
    ofA.size === ofB.size && [...ofA].every(([key, value]) => ofB.has(key) && isSame(value, ofB.get(key)))
  );
}
