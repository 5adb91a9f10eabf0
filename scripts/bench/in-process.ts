/**
 * Decoding and all rules against the native decoding of the same text: bytes in, verdict and findings out, nothing printed.
 * The unit is what Node itself needs for these bytes: a string of them, and Buffer's decoder.
 */
import { Buffer } from "node:buffer";
import { efivarsB64 } from "../../parsers/formats/efivars-b64.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { type AnalysisSettings, analyzeVms } from "../../rules/engine/analyze.ts";
import type { Rule, VmAnalysis } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import type { Knowledge } from "../../rules/knowledge/knowledge.ts";
import { noDurations, ratio, timed } from "./measure.ts";
import { type Sample, textOf, variantOf } from "./samples.ts";

export interface InProcessResult {
  readonly sample: string;
  readonly textBytes: number;
  readonly blobBytes: number;
  readonly findings: number;
  /** Times the native decoding: a dbx and boot entries never seen before, boot entries only, nothing new. */
  readonly unseen: number;
  readonly ownBootEntries: number;
  readonly seen: number;
}

/** Held in memory at a time. */
const GROUP = 100;

export function settingsOf(knowledge: Knowledge): AnalysisSettings {
  return { platform: nodePlatform, asOf: "2026-11-22", knowledge };
}

export function analyzeText(
  text: Uint8Array,
  settings: AnalysisSettings,
  rules: readonly Rule[] = RULES,
): readonly VmAnalysis[] {
  return analyzeVms(efivarsB64.open(text, settings.platform).vms, rules, settings);
}

export function decodeNatively(text: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(text.buffer, text.byteOffset, text.length).toString("latin1"), "base64");
}

export function measureInProcess(sample: Sample, variants: number): InProcessResult {
  const { name, blob, knowledge } = sample;
  const settings = settingsOf(knowledge);
  const text = textOf(blob);
  const [analysis] = analyzeText(text, settings);
  const kinds = ["unseen", "ownBootEntries", "seen"] as const;
  const units = noDurations(kinds);
  const analyses = noDurations(kinds);
  for (let done = 0; done < variants; done += GROUP) {
    for (const kind of kinds) {
      const texts = Array.from({ length: Math.min(GROUP, variants - done) }, (_, i) =>
        kind === "seen" ? text : textOf(variantOf(blob, 1 + done + i, { dbx: kind === "unseen" })),
      );
      for (const one of texts) {
        timed(units[kind], () => decodeNatively(one));
        timed(analyses[kind], () => analyzeText(one, settings));
      }
    }
  }
  return {
    sample: name,
    textBytes: text.length,
    blobBytes: blob.length,
    findings: analysis?.findings.length ?? 0,
    unseen: ratio(analyses.unseen, units.unseen),
    ownBootEntries: ratio(analyses.ownBootEntries, units.ownBootEntries),
    seen: ratio(analyses.seen, units.seen),
  };
}
