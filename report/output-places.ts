/** Where the results of several inputs go below one folder: short names, and folders like those of the inputs where two would meet. */
import { basename, dirname } from "../parsers/paths.ts";
import { inputStem, safeName } from "./output-names.ts";
import { STANDARD_INPUT } from "./standard-streams.ts";

/** One result. All of its texts may come from evidence. */
export interface Output {
  /** The name that it would have alone. */
  readonly name: string;
  /** Path of the input below the folder that the user named; members of archives after "!". */
  readonly below: string;
  /** What was named. */
  readonly root: string;
}

/** A part of a path has at most 255 bytes on nearly all disks. */
const MAX_PART_LENGTH = 200;
const MEMBER_MARK = "!";

/**
 * One part of a path that is safe wherever it stands: plain characters, no folder above, nothing that is hidden or taken for an
 * option. Every part of a name that evidence decides goes through here.
 */
export function safePart(text: string): string {
  const plain = safeName(text).replace(/^[.-]+/, (head) => "_".repeat(head.length));
  const [, stem = plain, ending = ""] = /^(.*?)((?:\.[A-Za-z0-9]{1,10}){0,3})$/s.exec(plain) ?? [];
  const short =
    plain.length <= MAX_PART_LENGTH ? plain : stem.slice(0, MAX_PART_LENGTH - ending.length) + ending;
  return short === "" ? "_" : short;
}

/** Paths below one folder, none twice (not even on a disk that ignores case) and none where another one needs a folder. */
export function outputPlaces(outputs: readonly Output[]): string[] {
  const candidates = outputs.map(candidatesOf);
  const levels = outputs.map(() => 0);
  const placeOf = (i: number): string => candidates[i]?.[levels[i] ?? 0] ?? "";
  for (let isDone = false; !isDone; ) {
    isDone = true;
    const taken = new Taken(outputs.map((_, i) => placeOf(i)));
    for (const i of outputs.keys()) {
      const last = (candidates[i]?.length ?? 1) - 1;
      if (!taken.meets(placeOf(i)) || (levels[i] ?? 0) >= last) continue;
      levels[i] = (levels[i] ?? 0) + 1;
      isDone = false;
    }
  }
  return numbered(outputs.map((_, i) => placeOf(i)));
}

/** From the shortest on. */
function candidatesOf({ name, below, root }: Output): string[] {
  const file = safePart(name);
  const parts = below === STANDARD_INPUT ? [] : below.split(/[/!]/).filter((part) => part !== "");
  const [last = "", ...folders] = parts.toReversed();
  const inside = folders.toReversed().map(safePart);
  const own = safePart(inputStem(last) || last);
  const whole = safePart(last);
  const isFile = parts[0] === basename(root);
  const above = basename(isFile ? dirname(root) : root);
  const outer = above === "" || above === "." || above === STANDARD_INPUT ? [] : [safePart(above)];
  const ways = [inside, [...inside, own], [...inside, whole]];
  const places = [[], ...ways.flatMap((way) => [way, [...outer, ...way]])].map((way) =>
    [...way, file].join("/"),
  );
  return [...new Set(places)];
}

/** Names and folders that are taken, as a disk that ignores case sees them. */
class Taken {
  readonly #names = new Map<string, number>();
  readonly #folders = new Set<string>();

  constructor(places: readonly string[]) {
    for (const place of places) this.add(place);
  }

  add(place: string): void {
    const name = place.toLowerCase();
    this.#names.set(name, (this.#names.get(name) ?? 0) + 1);
    for (const folder of foldersOf(name)) this.#folders.add(folder);
  }

  /** True where this path conflicts with another one: same name, or a file where the other needs a folder. */
  meets(place: string): boolean {
    return (this.#names.get(place.toLowerCase()) ?? 0) > 1 || this.isBlocked(place);
  }

  has(place: string): boolean {
    return this.#names.has(place.toLowerCase()) || this.isBlocked(place);
  }

  private isBlocked(place: string): boolean {
    const name = place.toLowerCase();
    return this.#folders.has(name) || foldersOf(name).some((folder) => this.#names.has(folder));
  }
}

function foldersOf(place: string): string[] {
  const parts = place.split("/");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
}

/** The first of those that still meet keeps its name. */
function numbered(places: readonly string[]): string[] {
  const all = new Taken(places);
  if (!places.some((place) => all.meets(place))) return [...places];
  const taken = new Taken([]);
  const numbers = new Map<string, number>();
  return places.map((place) => {
    let free = place;
    for (let n = numbers.get(place) ?? 2; taken.has(free); n++) {
      free = withNumber(place, n);
      numbers.set(place, n + 1);
    }
    taken.add(free);
    return free;
  });
}

/** Before the ending: what reads it goes by that. */
function withNumber(place: string, n: number): string {
  const at = place.lastIndexOf("/") + 1;
  const [, stem = "", ending = ""] = /^(.*?)((?:\.[A-Za-z0-9]+)*)$/s.exec(place.slice(at)) ?? [];
  return `${place.slice(0, at)}${stem === "" ? `_${n}` : `${stem}.${n}`}${ending}`;
}

/** The path from the root on, of a file or of a member of an archive there. */
export function belowRoot(path: string, root: string): string {
  if (path === root) return basename(path);
  if (!path.startsWith(root)) return path;
  const rest = path.slice(root.length);
  if (rest.startsWith(MEMBER_MARK)) return `${basename(root)}${rest}`;
  return rest.replace(/^\/+/, "");
}
