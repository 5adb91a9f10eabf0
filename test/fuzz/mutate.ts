/** Changed copies of real inputs: the same seed gives the same bytes, whatever the machine. */
import { gunzipSync, gzipSync } from "node:zlib";
import { concatBytes, viewOf } from "../../parsers/bytes.ts";

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

/** One of `values`; throws where there is none. */
export function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[below(random, values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

const INTERESTING = [
  0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];
/** What means something in one of the formats. */
const TOKENS = [
  "<value>", "</value>", "<struct>", "<member><name>NVRAM</name>", "<![CDATA[", "]]>", "<!--", "&amp;", "&#0;", "<!DOCTYPE x>",
  "EFI-variables", "REMOVED", "(('", "'))", "\\'", "%.", "%%", "{", "}", "[", "]", '"', "\\u0000", "null", "1e999",
  "VARS", "VkFSUw", "==", "\n", "\0", "\u001b[2J", "ova.xml", "Ref:0/00000000", "/../", "XenSavedDomv2-\n",
].map((text) => new TextEncoder().encode(text)); // biome-ignore format: one list

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [flipBits, setNumber, cut, remove, repeat, insertToken, splice, swap];

function flipBits(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = new Uint8Array(bytes);
  for (let left = 1 + below(random, 8); left > 0; left--) {
    const at = below(random, copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << below(random, 8));
  }
  return copy;
}

function setNumber(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = new Uint8Array(bytes);
  const size = pick(random, [1, 2, 4, 8]);
  if (copy.length < size) return copy;
  const [view, at] = [viewOf(copy), below(random, copy.length - size + 1)];
  const value = pick(random, INTERESTING);
  const littleEndian = random() < 0.8;
  if (size === 1) view.setUint8(at, value & 0xff);
  else if (size === 2) view.setUint16(at, value & 0xffff, littleEndian);
  else if (size === 4) view.setUint32(at, value, littleEndian);
  else view.setBigUint64(at, BigInt(value) << BigInt(below(random, 33)), littleEndian);
  return copy;
}

function cut(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.subarray(0, below(random, bytes.length + 1));
}

function range(length: number, random: Random): readonly [number, number] {
  const start = below(random, length + 1);
  // Mostly small, at times much.
  return [start, Math.min(length, start + below(random, random() < 0.8 ? 32 : length + 1))];
}

function remove(bytes: Uint8Array, random: Random): Uint8Array {
  const [start, end] = range(bytes.length, random);
  return concatBytes([bytes.subarray(0, start), bytes.subarray(end)]);
}

function repeat(bytes: Uint8Array, random: Random): Uint8Array {
  const [start, end] = range(bytes.length, random);
  const times = 1 + below(random, 20);
  return concatBytes([
    bytes.subarray(0, end),
    ...Array<Uint8Array>(times).fill(bytes.subarray(start, end)),
    bytes.subarray(end),
  ]);
}

function insertToken(bytes: Uint8Array, random: Random): Uint8Array {
  const at = below(random, bytes.length + 1);
  return concatBytes([bytes.subarray(0, at), pick(random, TOKENS), bytes.subarray(at)]);
}

function splice(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const [start, end] = range(other.length, random);
  const at = below(random, bytes.length + 1);
  return concatBytes([bytes.subarray(0, at), other.subarray(start, end), bytes.subarray(at)]);
}

function swap(bytes: Uint8Array, random: Random): Uint8Array {
  const [start, end] = range(bytes.length, random);
  const [from, to] = range(start, random);
  return concatBytes([
    bytes.subarray(0, from),
    bytes.subarray(start, end),
    bytes.subarray(to, start),
    bytes.subarray(from, to),
    bytes.subarray(end),
  ]);
}

/** Larger ones say nothing new and take long. */
const MAX_INPUT_BYTES = 2_097_152; // 2 MiB

/** `bytes` with some faults; half of the time below a layer of gzip or base64, which is laid around again. */
export function mutate(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const inner = random() < 0.5 ? unwrap(bytes) : null;
  const mutated =
    inner === null ? mutateBytes(bytes, random, other) : inner.wrap(mutateBytes(inner.bytes, random, other));
  return mutated.length > MAX_INPUT_BYTES ? mutated.slice(0, MAX_INPUT_BYTES) : mutated;
}

function mutateBytes(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let mutated = bytes;
  for (let left = 1 + below(random, 4); left > 0 && mutated.length > 0; left--)
    mutated = pick(random, MUTATIONS)(mutated, random, other);
  return mutated;
}

interface Layer {
  readonly bytes: Uint8Array;
  readonly wrap: (bytes: Uint8Array) => Uint8Array;
}

const LONG_BASE64 = /[A-Za-z0-9+/]{64,}={0,2}/g;

/** The content of a layer, and how it is laid around other content; null where there is none. */
function unwrap(bytes: Uint8Array): Layer | null {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      return { bytes: gunzipSync(bytes), wrap: (changed) => gzipSync(changed, { level: 1 }) };
    } catch {
      return null;
    }
  }
  const text = Buffer.from(bytes).toString("latin1");
  const [match] = [...text.matchAll(LONG_BASE64)].sort((a, b) => b[0].length - a[0].length);
  if (match === undefined) return null;
  return {
    bytes: Buffer.from(match[0], "base64"),
    wrap: (changed) => {
      const between = Buffer.from(changed).toString("base64");
      const end = match.index + match[0].length;
      return Buffer.from(text.slice(0, match.index) + between + text.slice(end), "latin1");
    },
  };
}
