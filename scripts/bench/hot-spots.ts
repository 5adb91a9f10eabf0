/** Where the time of an analysis goes: reading, and each rule's share. Whatever several rules need counts for the first. */
import { efivarsB64 } from "../../parsers/formats/efivars-b64.ts";
import { analyzeVms } from "../../rules/engine/analyze.ts";
import type { Rule } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import { decodeNatively, settingsOf } from "./in-process.ts";
import { median } from "./measure.ts";
import { type Sample, textOf, variantOf } from "./samples.ts";

/** Parts of the time of one analysis, each 0 to 1; the largest first. */
export interface HotSpotsResult {
  readonly sample: string;
  readonly unseen: readonly HotSpot[];
  readonly seen: readonly HotSpot[];
}

export interface HotSpot {
  readonly what: string;
  readonly share: number;
}

const SHOWN = 10;

export function measureHotSpots(sample: Sample, rounds: number): HotSpotsResult {
  const { name, blob } = sample;
  const text = textOf(blob);
  const unseenText = (round: number): Uint8Array => textOf(variantOf(blob, 1_000_000 + round, { dbx: true }));
  return {
    sample: name,
    unseen: hotSpots(sample, rounds, unseenText),
    seen: hotSpots(sample, rounds, () => text),
  };
}

function hotSpots(
  { knowledge }: Sample,
  rounds: number,
  textOfRound: (round: number) => Uint8Array,
): HotSpot[] {
  const settings = settingsOf(knowledge);
  const clock = new Clock();
  const rules = RULES.map((rule) => watched(rule, clock));
  for (let round = 0; round < rounds; round++) {
    const text = textOfRound(round);
    clock.run("native decoding, for comparison", () => decodeNatively(text));
    const { vms } = clock.run("reading (decoding included)", () => efivarsB64.open(text, settings.platform));
    clock.run(ALL_RULES, () => analyzeVms(vms, rules, settings));
    clock.endRound();
  }
  return clock.shares();
}

const ALL_RULES = "all rules";

function watched(rule: Rule, clock: Clock): Rule {
  const detect = rule.detect as (...args: unknown[]) => Iterable<never>;
  const timedDetect = (...args: unknown[]): Iterable<never> =>
    clock.run(rule.meta.id, () => [...detect(...args)]);
  return { ...rule, detect: timedDetect } as Rule;
}

class Clock {
  /** Nanoseconds of each round. */
  readonly #rounds = new Map<string, number[]>();
  #round = new Map<string, number>();

  run<Value>(what: string, work: () => Value): Value {
    const start = process.hrtime.bigint();
    const value = work();
    const spent = Number(process.hrtime.bigint() - start);
    this.#round.set(what, (this.#round.get(what) ?? 0) + spent);
    return value;
  }

  endRound(): void {
    for (const [what, spent] of this.#round) {
      const rounds = this.#rounds.get(what);
      if (rounds === undefined) this.#rounds.set(what, [spent]);
      else rounds.push(spent);
    }
    this.#round = new Map();
  }

  shares(): HotSpot[] {
    const medians = [...this.#rounds].map(([what, rounds]) => ({ what, spent: median(rounds) }));
    const spentOn = (wanted: string): number => medians.find(({ what }) => what === wanted)?.spent ?? 0;
    const whole = spentOn(ALL_RULES) + spentOn("reading (decoding included)");
    return medians
      .map(({ what, spent }) => ({ what, share: spent / whole }))
      .sort((a, b) => b.share - a.share)
      .slice(0, SHOWN);
  }
}
