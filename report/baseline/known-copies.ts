/** What an earlier report told of each copy, kept as small as it goes, and found again in a later run. */
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { Verdict } from "../../rules/engine/rule.ts";
import type { FindingReport } from "../finding.ts";
import type { InputReport } from "../input.ts";
import type { VmReport } from "../vm.ts";
import { findingKey, type SinceReport, sinceNothing, sinceThen } from "./since.ts";

type KnownFinding = Pick<FindingReport, "ruleId" | "variable">;

/** What is taken of an earlier report. */
export interface EarlierInput {
  readonly path: string;
  readonly findings: readonly KnownFinding[];
  readonly vms: readonly (Pick<VmReport, "uuid" | "nameLabel" | "source" | "verdict"> & {
    /** As that of its `backup`. */
    readonly file: string | null;
    readonly findings: readonly KnownFinding[];
  })[];
}

/** Where a file of the present run stands. */
export interface FilePlace {
  /** As in the report. */
  readonly path: string;
  /** Below the folder that was named; of a file that was named, its path. */
  readonly below: string;
  readonly isNamed: boolean;
}

export interface GoneCopy {
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly source: string;
  readonly path: string;
  readonly verdict: Verdict;
}

/** `vms` stands beside those of the report. */
export interface InputSince {
  readonly input: SinceReport;
  readonly vms: readonly SinceReport[];
}

/** As those of PARSER_LIMITS. */
export interface BaselineLimits {
  readonly maxBaselineCopies: number;
  readonly maxBaselineFindings: number;
  readonly maxBaselineGone: number;
}

interface KnownCopy {
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly source: string;
  readonly file: string | null;
  readonly verdict: Verdict;
  readonly keys: readonly string[];
  isMatched: boolean;
}

/** Copies that have more findings than this have them alone. */
const MAX_SHARED_KEYS = 256;

interface KnownFile {
  readonly copies: KnownCopy[];
  /** Of the findings of each input of that path as a whole, in their order: a path may be named twice, and an archive tells of hosts. */
  readonly inputs: (readonly string[])[];
}

type Wanted = Pick<VmReport, "uuid" | "source" | "backup">;

/**
 * A copy is found again in this order, each copy of the earlier report at most once:
 *
 * 1. In the same file: by UUID, source and, in a cache of backups, the backup's own path. The file is the same where its
 *    path is, or where its path below the named folder is that below the folder of the earlier report (the folder that all
 *    its paths have in common, or one above it); a file that was named is looked for by its name there, too.
 * 2. In the same file: by source alone, where the file holds but one record then and now, or one of the two has no UUID and
 *    no other copy of that source is left: the dump was made anew, or its VM has got another UUID.
 * 3. By UUID and source in any file that the present run does not have any more: the file was renamed or moved.
 *
 * A file that is still there never gives its copies to another one. `add` everything, then `markPresent` every file of the
 * whole run, then ask.
 */
export class KnownCopies {
  readonly #files = new Map<string, KnownFile>();
  readonly #keySets = new Map<string, readonly string[]>();
  readonly #containers = new Set<string>();
  readonly #present = new Set<string>();
  #roots: readonly string[] | null = null;
  #moved: Map<string, KnownCopy[]> | null = null;
  readonly #limits: BaselineLimits;
  #copies = 0;
  #findings = 0;

  constructor(limits: BaselineLimits = PARSER_LIMITS) {
    this.#limits = limits;
  }

  /** Throws ParseError `over-limit`. */
  add({ path, findings, vms }: EarlierInput): void {
    this.#copies += vms.length;
    checkCount("copies", this.#copies, this.#limits.maxBaselineCopies);
    const file = this.#files.get(path) ?? { copies: [], inputs: [] };
    this.#files.set(path, file);
    const container = containerOf(path);
    if (container !== null) this.#containers.add(container);
    file.inputs.push(this.#keysOf(findings));
    for (const { uuid, nameLabel, source, verdict, file: backupFile, findings: ofVm } of vms) {
      const keys = this.#keysOf(ofVm);
      file.copies.push({ uuid, nameLabel, source, file: backupFile, verdict, keys, isMatched: false });
    }
  }

  /** Says that the present run has this file, so that it was not renamed. */
  markPresent(place: FilePlace): void {
    for (const path of this.#candidates(place)) {
      if (!this.#files.has(path) && !this.#containers.has(path)) continue;
      this.#present.add(path);
      return;
    }
  }

  /** What is new, fixed or unchanged in one input of the present run. */
  compare({ error, findings, vms }: InputReport, place: FilePlace): InputSince {
    const file = this.#fileAt(place);
    if (error !== null && vms.length === 0) {
      // Nobody knows what became of its copies; gone they are not.
      for (const copy of file?.copies ?? []) copy.isMatched = true;
    }
    const matches = this.#match(vms, file);
    const isUnread = error !== null && findings.length + vms.length === 0;
    const keys = isUnread ? [] : (file?.inputs.shift() ?? []);
    return {
      input: sinceThen(null, findings, { verdict: null, keys }),
      vms: vms.map((vm, i) => {
        const known = matches[i] ?? null;
        return known === null ? sinceNothing(vm.findings) : sinceThen(vm.verdict, vm.findings, known);
      }),
    };
  }

  /** What the present run has not, once all of its inputs were compared. */
  gone(): { readonly count: number; readonly copies: readonly GoneCopy[] } {
    let count = 0;
    const gone: GoneCopy[] = [];
    for (const [path, { copies }] of this.#files) {
      for (const { uuid, nameLabel, source, verdict, isMatched } of copies) {
        if (isMatched) continue;
        count++;
        if (gone.length < this.#limits.maxBaselineGone) gone.push({ uuid, nameLabel, source, path, verdict });
      }
    }
    return { count, copies: gone };
  }

  /** Most copies have the same findings as many others: those are kept once. */
  #keysOf(findings: readonly KnownFinding[]): readonly string[] {
    this.#findings += findings.length;
    checkCount("findings", this.#findings, this.#limits.maxBaselineFindings);
    const keys = findings.map(findingKey);
    if (keys.length > MAX_SHARED_KEYS) return keys;
    const text = keys.join("\n");
    const known = this.#keySets.get(text);
    if (known !== undefined) return known;
    this.#keySets.set(text, keys);
    return keys;
  }

  #fileAt(place: FilePlace): KnownFile | null {
    for (const path of this.#candidates(place)) {
      const file = this.#files.get(path);
      if (file !== undefined) return file;
    }
    return null;
  }

  *#candidates({ path, below, isNamed }: FilePlace): Generator<string, void, undefined> {
    yield path;
    this.#roots ??= rootsOf(this.#files.keys());
    for (const root of this.#roots) yield root + below;
    if (isNamed) for (const root of this.#roots) yield root + nameOf(below);
  }

  #match(vms: readonly Wanted[], file: KnownFile | null): (KnownCopy | null)[] {
    const matches: (KnownCopy | null)[] = vms.map(() => null);
    const take = (index: number, copy: KnownCopy | undefined): void => {
      if (copy === undefined) return;
      copy.isMatched = true;
      matches[index] = copy;
    };
    if (file !== null) {
      const byIdentity = queues(file.copies.filter(isLeft), identityOf);
      for (const [i, vm] of vms.entries()) take(i, byIdentity.get(identityOf(wantedOf(vm)))?.shift());
      this.#matchBySource(vms, file, matches, take);
    }
    for (const [i, vm] of vms.entries()) {
      if (matches[i] === null && vm.uuid !== null) take(i, this.#movedCopy(wantedOf(vm)));
    }
    return matches;
  }

  #matchBySource(
    vms: readonly Wanted[],
    { copies }: KnownFile,
    matches: readonly (KnownCopy | null)[],
    take: (index: number, copy: KnownCopy | undefined) => void,
  ): void {
    const isOneRecord = recordsIn(copies) === 1 && recordsIn(vms) === 1;
    const left = queues(copies.filter(isLeft), placeOf);
    const wanted = queues(
      [...vms.keys()].filter((i) => matches[i] === null),
      (i) => placeOf(wantedOf(vms[i]!)),
    );
    for (const [key, indexes] of wanted) {
      const [index, ...others] = indexes;
      const [copy, ...more] = left.get(key) ?? [];
      if (index === undefined || copy === undefined || others.length + more.length > 0) continue;
      if (isOneRecord || copy.uuid === null || vms[index]?.uuid === null) take(index, copy);
    }
  }

  #movedCopy(wanted: Identity): KnownCopy | undefined {
    this.#moved ??= this.#movedCopies();
    const queue = this.#moved.get(identityOf(wanted));
    for (let copy = queue?.shift(); copy !== undefined; copy = queue?.shift()) if (isLeft(copy)) return copy;
    return undefined;
  }

  #movedCopies(): Map<string, KnownCopy[]> {
    const moved: KnownCopy[] = [];
    for (const [path, { copies }] of this.#files) {
      const container = containerOf(path);
      if (this.#present.has(path) || (container !== null && this.#present.has(container))) continue;
      for (const copy of copies) if (copy.uuid !== null) moved.push(copy);
    }
    return queues(moved, identityOf);
  }
}

function checkCount(what: string, count: number, limit: number): void {
  if (count > limit)
    throw new ParseError({ code: "over-limit", expected: `at most ${limit} ${what}`, found: "more of them" });
}

interface Identity {
  readonly uuid: string | null;
  readonly source: string;
  readonly file: string | null;
}

function wantedOf({ uuid, source, backup }: Wanted): Identity {
  return { uuid, source, file: backup?.file ?? null };
}

function identityOf({ uuid, source, file }: Identity): string {
  return JSON.stringify([uuid, source, file]);
}

function placeOf({ source, file }: Identity): string {
  return JSON.stringify([source, file]);
}

function recordsIn(copies: readonly Pick<Identity, "uuid">[]): number {
  return new Set(copies.map(({ uuid }) => uuid)).size;
}

function isLeft({ isMatched }: KnownCopy): boolean {
  return !isMatched;
}

/** In their order, by key. */
function queues<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const made = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const queue = made.get(key);
    if (queue === undefined) made.set(key, [value]);
    else queue.push(value);
  }
  return made;
}

/** The archive that a member stands in. */
function containerOf(path: string): string | null {
  const bang = path.indexOf("!");
  return bang <= 0 ? null : path.slice(0, bang);
}

function nameOf(path: string): string {
  const container = containerOf(path) ?? path;
  return path.slice(container.lastIndexOf("/") + 1);
}

/** Folders that the named one may have been, each with its slash; a path that is deeper has no more than these. */
const MAX_ROOTS = 64;

/** The folder that all paths have in common, and those above it, the innermost first. */
function rootsOf(paths: Iterable<string>): string[] {
  let common: string | null = null;
  for (const path of paths) {
    const folder = (containerOf(path) ?? path).replace(/[^/]*$/, "");
    common = common === null ? folder : commonFolder(common, folder);
  }
  const roots: string[] = [];
  for (let root = common ?? ""; root !== "" && roots.length < MAX_ROOTS; ) {
    roots.push(root);
    root = root.slice(0, root.lastIndexOf("/", root.length - 2) + 1);
  }
  return [...roots, ""];
}

function commonFolder(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return a.slice(0, a.lastIndexOf("/", at - 1) + 1);
}
