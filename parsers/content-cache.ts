/**
 * What was worked out of bytes that were seen before: VMs of one template, and all VMs of a pool, hold the same signature
 * lists, and a VM's snapshots hold its NVRAM. Equal means equal in every byte. Contents are kept from the second time on, so
 * that those which come once cost no copy; a cache is bounded in their number and size, and who is asked for least recently
 * goes first.
 */
import { viewOf } from "./bytes.ts";
import type { Platform } from "./platform.ts";

export interface ContentCacheLimits {
  readonly entries: number;
  /** Bytes of all contents together. */
  readonly bytes: number;
}

interface Entry<Value> {
  readonly content: Uint8Array;
  readonly value: Value;
}

/** How many words of a content make its fingerprint. It only finds candidates: all bytes are compared then. */
const SAMPLED_WORDS = 16;
/** Of contents that came once only the fingerprint is remembered: this many for each content that is kept. */
const MET_PER_ENTRY = 16;

export class ContentCache<Value> {
  readonly #limits: ContentCacheLimits;
  /** Entries by fingerprint, the most recently used one last. Of two contents with the same fingerprint the later one stays. */
  readonly #entries = new Map<number, Entry<Value>>();
  readonly #met = new Set<number>();
  #bytes = 0;

  constructor(limits: ContentCacheLimits) {
    this.#limits = limits;
  }

  /** The value for these bytes. `make` gets them, or a copy that belongs to the cache; it writes to neither. */
  get(
    bytes: Uint8Array,
    platform: Pick<Platform, "equalBytes" | "hashSeed">,
    make: (content: Uint8Array) => Value,
  ): Value {
    const fingerprint = fingerprintOf(bytes, platform.hashSeed);
    const known = this.#entries.get(fingerprint);
    if (known !== undefined && platform.equalBytes(known.content, bytes)) {
      this.#entries.delete(fingerprint);
      this.#entries.set(fingerprint, known);
      return known.value;
    }
    if (bytes.length > this.#limits.bytes || !this.#isMet(fingerprint)) return make(bytes);
    const content = bytes.slice();
    const value = make(content);
    this.#remove(fingerprint);
    this.#entries.set(fingerprint, { content, value });
    this.#bytes += content.length;
    this.#shrink();
    return value;
  }

  /** True where the fingerprint came before; remembers it. */
  #isMet(fingerprint: number): boolean {
    const { size } = this.#met;
    if (this.#met.add(fingerprint).size === size) return true;
    if (size >= MET_PER_ENTRY * this.#limits.entries) {
      for (const oldest of this.#met) {
        this.#met.delete(oldest);
        break;
      }
    }
    return false;
  }

  #shrink(): void {
    const { entries, bytes } = this.#limits;
    for (const fingerprint of this.#entries.keys()) {
      if (this.#entries.size <= entries && this.#bytes <= bytes) return;
      this.#remove(fingerprint);
    }
  }

  #remove(fingerprint: number): void {
    const entry = this.#entries.get(fingerprint);
    if (entry === undefined) return;
    this.#entries.delete(fingerprint);
    this.#bytes -= entry.content.length;
  }
}

/** Made of the length and of words from all over the content, with the last one. 31 bits, which V8 stores without an object. */
function fingerprintOf(bytes: Uint8Array, seed: number): number {
  const { length } = bytes;
  let hash = (seed ^ Math.imul(length, 0x9e37_79b1)) | 0;
  if (length < 4) {
    for (let at = 0; at < length; at++) hash = mixed(hash, bytes[at]!);
    return hash >>> 1;
  }
  const view = viewOf(bytes);
  const step = Math.max(4, Math.floor(length / SAMPLED_WORDS));
  for (let at = 0; at + 4 <= length; at += step) hash = mixed(hash, view.getInt32(at, true));
  return mixed(hash, view.getInt32(length - 4, true)) >>> 1;
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x85eb_ca6b);
  return product ^ (product >>> 15);
}
