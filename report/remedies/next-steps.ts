/** The next steps of a report: what its inputs need, the worst first, the same for every format. */

import type { InputReport } from "../input.ts";
import type { TimelineReport } from "../timeline/report.ts";
import { isHeldBesideOthers, POOL_METADATA } from "../timeline/timeline.ts";
import { isWorse, MAX_NAMED_PATIENTS, type Need, named, REPAIRS, rankOf } from "./collector.ts";
import { REMEDIES } from "./index.ts";
import type { Joined } from "./joined.ts";
import { joinLost } from "./lost-nvrams.ts";
import { OlderBackups } from "./older-backups.ts";
import type { Products } from "./product.ts";
import type { NextStep, Patient, Product, Variant } from "./remedy.ts";

/** One remedy for those who need it, on one product: an element of `nextSteps`. */
export interface NextStepsReport {
  /** What it is about. */
  readonly title: string;
  /** Places in `inputs`, and there in `vms`; `vm` is null for the input itself. */
  readonly for: readonly { readonly input: number; readonly vm: number | null }[];
  readonly ruleIds: readonly string[];
  readonly errorCodes: readonly string[];
  readonly product: Product;
  /** Which of several ways it is; null where there is one. */
  readonly way: string | null;
  readonly steps: readonly NextStep[];
  readonly source: readonly string[];
  /** Names for people: of the first patients, raw as in the input. */
  readonly names: readonly string[];
}

/** What one input needs. */
export interface InputNeeds extends Pick<InputReport, "path" | "format"> {
  /** Its place in `inputs`. */
  readonly input: number;
  readonly needs: readonly Need[];
  /** What its hosts may run. */
  readonly products: Products;
}

/** Collects needs and makes next steps of them. Equal needs of several inputs become one. */
export class NextStepsBuilder {
  readonly #joined = new Map<string, Joined>();
  readonly #program: string;

  constructor(program: string) {
    this.#program = program;
  }

  add({ input, path, format, needs, products }: InputNeeds): void {
    for (const { remedy, group, patients, vms, ruleIds, worst } of needs) {
      const key = JSON.stringify([remedy, group, products]);
      let joined = this.#joined.get(key);
      if (joined === undefined) {
        joined = {
          remedy,
          products,
          patients: [],
          places: [],
          ruleIds: new Set(),
          errorCodes: new Set(),
          worst,
          order: this.#joined.size,
        };
        this.#joined.set(key, joined);
      }
      const room = MAX_NAMED_PATIENTS - joined.patients.length;
      for (const patient of patients.slice(0, Math.max(0, room)))
        joined.patients.push({ ...patient, path, format });
      for (const vm of vms.length === 0 ? [null] : vms) joined.places.push({ input, vm });
      for (const id of ruleIds) joined.ruleIds.add(id);
      for (const { errorCode } of patients) if (errorCode !== null) joined.errorCodes.add(errorCode);
      if (isWorse(worst, joined.worst)) joined.worst = worst;
    }
  }

  /** Worst verdict first, then in the order of the remedies. */
  end(timelines: readonly TimelineReport[] = []): NextStepsReport[] {
    const saved = savedPaths(timelines);
    const older = olderDatabases(timelines);
    const times = timesOf(timelines);
    const all = [...this.#joined.values()];
    const beyond = beyondRepair(all);
    const olderBackups = new OlderBackups(timelines, (path) => beyond.has(path));
    return joinLost(all, olderBackups)
      .map((joined) => toldOfNone(joined, olderBackups))
      .flatMap((joined) => withoutOlder(joined, older))
      .flatMap((joined) => withoutSaved(joined, saved))
      .map((joined) => newestFirst(joined, times))
      .sort((a, b) => urgencyOf(a) - urgencyOf(b) || placeOf(a) - placeOf(b) || a.order - b.order)
      .flatMap((joined) => this.#reports(joined));
  }

  #reports({ remedy: id, products, patients, places, ruleIds, errorCodes }: Joined): NextStepsReport[] {
    const [first, ...others] = patients;
    if (first === undefined) return [];
    const remedy = named(id);
    const subject = {
      patients: [first, ...others] as const,
      more: places.length - patients.length,
      program: this.#program,
    };
    const named_ = patients.map(({ nameLabel, uuid, path }) => nameLabel ?? uuid ?? path);
    return chosen(remedy.variants(subject), products).map(({ product, way, steps }) => ({
      title: remedy.title(subject),
      for: places,
      ruleIds: [...ruleIds],
      errorCodes: [...errorCodes],
      product,
      way: way ?? null,
      steps,
      source: remedy.source,
      names: [...new Set(named_)],
    }));
  }
}

/** Inputs whose VM has a good backup before the bad ones: its timeline says which to take. */
function savedPaths(timelines: readonly TimelineReport[]): ReadonlySet<string> {
  const saved = new Set<string>();
  for (const { backups, lastGood, firstBad } of timelines) {
    if (lastGood === null || firstBad === null) continue;
    for (const backup of backups) {
      // One VM that went bad says nothing of the others there.
      if (isHeldBesideOthers(backup)) continue;
      for (const one of [backup.path, ...backup.otherCopies.map((copy) => copy.path)]) saved.add(one);
    }
  }
  return saved;
}

/** Databases out of backups of a pool of which each VM stands in a later one: they are what they were. */
function olderDatabases(timelines: readonly TimelineReport[]): ReadonlySet<string> {
  const older = new Set<string>();
  const newest = new Set<string>();
  for (const { backups } of timelines) {
    const paths = backups.filter(({ mode }) => mode === POOL_METADATA).map(({ path }) => path);
    for (const path of paths) older.add(path);
    for (const path of paths.slice(-1)) newest.add(path);
  }
  return new Set([...older].filter((path) => !newest.has(path)));
}

function withoutOlder(joined: Joined, older: ReadonlySet<string>): Joined[] {
  const patients = joined.patients.filter(({ path }) => !older.has(path));
  if (patients.length === joined.patients.length) return [joined];
  return patients.length === 0 ? [] : [{ ...joined, patients }];
}

/**
 * Nobody repairs a backup where a good one of the VM is there: that one is taken. A cache holds one VM at many times, and is not
 * repaired either.
 */
function withoutSaved(joined: Joined, saved: ReadonlySet<string>): Joined[] {
  if (!REPAIRS.has(joined.remedy)) return [joined];
  const patients = joined.patients.filter(({ path, format }) => format !== "xo-cache" && !saved.has(path));
  return patients.length === 0 ? [] : [{ ...joined, patients }];
}

/** Where nothing repairs an NVRAM, and where it was tried. */
function beyondRepair(all: readonly Joined[]): ReadonlySet<string> {
  const beyond = all.filter(({ remedy }) => remedy === "beyond-repair");
  return new Set(beyond.flatMap(({ patients }) => patients.map(({ path }) => path)));
}

/** Where none of a VM's backups is good, nobody is sent to look for the last good one there. */
function toldOfNone(joined: Joined, olderBackups: OlderBackups): Joined {
  const patients = joined.patients.map(
    (patient): Patient => (olderBackups.isNoneGood(patient) ? { ...patient, isNoneGood: true } : patient),
  );
  return { ...joined, patients };
}

/** By path: when the backups were made that timelines tell of. */
function timesOf(timelines: readonly TimelineReport[]): ReadonlyMap<string, string> {
  const times = new Map<string, string>();
  for (const { backups } of timelines)
    for (const { path, timestamp, otherCopies } of backups)
      for (const copy of [path, ...otherCopies.map((other) => other.path)]) times.set(copy, timestamp);
  return times;
}

/** Sorts backups, the newest first, behind everything else, which keeps its order. */
function newestFirst(joined: Joined, times: ReadonlyMap<string, string>): Joined {
  if (times.size === 0) return joined;
  const timeOf = ({ path }: Patient): string => times.get(path) ?? "~";
  const patients = joined.patients.toSorted((a, b) =>
    timeOf(a) < timeOf(b) ? 1 : timeOf(a) > timeOf(b) ? -1 : 0,
  );
  return { ...joined, patients };
}

/** What is wrong with pools and hosts first: a VM that is mended before gets the fault again. Other things of inputs behind VMs at risk. */
const OF_HOSTS: ReadonlySet<string> = new Set(["pool-certificates", "failed-start"]);

function urgencyOf({ remedy, worst }: Joined): number {
  if (OF_HOSTS.has(remedy)) return -1;
  return worst === null ? rankOf("at-risk") + 0.5 : rankOf(worst);
}

function placeOf({ remedy }: Joined): number {
  return REMEDIES.findIndex(({ id }) => id === remedy);
}

/** Those of the products that it may be, or all where that is open: what any host takes, then the shortest first. */
function chosen(variants: readonly Variant[], products: Products): readonly Variant[] {
  const told = variants.filter(({ steps }) => steps.length > 0);
  const fitting = told.filter(
    ({ product }) => products === null || product === "any" || products.includes(product),
  );
  // A condition that this product knows no own steps for: those of the others show what there is.
  const shown = fitting.length > 0 ? fitting : told;
  return shown.map((one) => continued(one, told, shown)).toSorted((a, b) => rank(a, shown) - rank(b, shown));
}

/** What goes on with the steps of another product stands behind that one. */
function rank(variant: Variant, all: readonly Variant[]): number {
  if (variant.product === "any") return 0;
  const next = all.find(({ product }) => product === variant.continuedBy);
  return next === undefined ? lengthOf(variant) : lengthOf(next) + 0.5;
}

/** Adds the steps of the other product, where these are not shown by themselves. */
function continued(variant: Variant, all: readonly Variant[], shown: readonly Variant[]): Variant {
  const next = all.find(({ product }) => product === variant.continuedBy);
  return next === undefined || shown.includes(next)
    ? variant
    : { ...variant, steps: [...variant.steps, ...next.steps] };
}

function lengthOf({ steps }: Variant): number {
  return steps.reduce((sum, { commands }) => sum + 1 + commands.length, 0);
}
