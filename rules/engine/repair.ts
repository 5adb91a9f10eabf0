/**
 * Plans a repair from the findings and applies it pass by pass. No result is given out before it was opened, judged and
 * compared with the input once more.
 */

import { SECURE_BOOT_ATTRIBUTES } from "../../daemon/request-checks.ts";
import { judgeLoad, type LoadVerdict } from "../../daemon/varstored-loader.ts";
import { appendAll } from "../../parsers/arrays.ts";
import { equalBytes, toHex } from "../../parsers/bytes.ts";
import { shortName } from "../../parsers/efi/short-name.ts";
import { readSignatureDatabase } from "../../parsers/efi/signature-list.ts";
import { isMergedVariable, secureBootName } from "../../parsers/efi/signature-variables.ts";
import { askForNvram } from "../../parsers/formats/foreign.ts";
import { viewOfCopy } from "../../parsers/guest/view.ts";
import type { Nvram, VarstoredBlob, VmSource } from "../../parsers/model.ts";
import { isFiller } from "../../parsers/nvram/leftover.ts";
import { nvramOfBlob } from "../../parsers/nvram/nvram.ts";
import { buildBlob, openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { ADDED_BY_CERTIFICATES, addCertificates, type SuppliedCertificate } from "./add-certificates.ts";
import { type AnalysisSettings, analyzeVm, contextOf } from "./analyze.ts";
import { joinLists } from "./join-lists.ts";
import { type KeyState, trustsMicrosoft } from "./key-state.ts";
import { applyPatches } from "./patch.ts";
import { compareBlobs } from "./proof.ts";
import type { ByteAccount, ChangedItem, Proof, RepairOutcome, RepairStep } from "./repair-types.ts";
import type { Finding, Patch, Rule, VmAnalysis } from "./rule.ts";
import { counted } from "./sentences.ts";
import { STRATEGIES, type Strategy } from "./strategy.ts";
import { type TextTail, textTailOf } from "./text-tail.ts";
import { variableRef } from "./variable-ref.ts";

export interface RepairSettings extends AnalysisSettings {
  readonly rules: readonly Rule[];
  /** Certificates from the user (`--add-certificates`): added to KEK and db where they are missing. */
  readonly supplied?: readonly SuppliedCertificate[];
}

/** A pass applies the repairs of one rule. A rule may need a second pass where the repair of another rule led to a new finding. */
const MAX_REPAIR_PASSES = 64;

/** What a stronger strategy would do. Used where the chosen one refuses, to name one that helps. */
export type FurtherOutcome = Pick<RepairOutcome, "kind"> & { readonly strategyThatCan?: Strategy | null };

/**
 * Repairs one copy of an NVRAM in memory with one strategy. The input is not changed. `known`: outcomes of stronger strategies,
 * where the caller has them already. To try them again is slow, as a proof may name a million hashes.
 */
export function repairVm(
  vm: VmSource,
  strategy: Strategy,
  settings: RepairSettings,
  known: ReadonlyMap<Strategy, FurtherOutcome> = new Map(),
): RepairOutcome {
  if (viewOfCopy(vm) !== null) return { kind: "refused", reason: notRepaired(vm), strategyThatCan: null };
  const further = (other: Strategy): FurtherOutcome => known.get(other) ?? repairVm(vm, other, settings);
  const first = analyzeVm(vm, settings.rules, settings);
  const blob = vm.nvram?.blob ?? null;
  if (blob === null) return outcomeWithoutBlob(first);
  const repaired = runPasses(first, strategy, settings);
  const { steps, last, impossible } = withSupplied(repaired, settings);
  if (impossible !== null) return { kind: "refused", reason: impossible, strategyThatCan: null };
  if (last.load?.loads !== true) return refuse(strategy, last, further);
  if (steps.length === 0) return nothingToRepair(first);
  const tail = vm.nvram === null ? null : textTailOf(vm.nvram);
  if (strategy !== "remove" && tail !== null && tail.variables.length > 0) return refuseTail(tail, further);
  return prove(first, blob, steps, last, strategy, settings);
}

/** Why variables that a guest or a tool printed are not repaired: a host cannot take them back. */
export function notRepaired(vm: VmSource): string {
  return `This is ${viewOfCopy(vm)?.title}, not the NVRAM that the host keeps, which alone is repaired. ${askForNvram()}`;
}

function nothingToRepair({ verdict, findings }: VmAnalysis): RepairOutcome {
  const lacksCertificates = findings.some(
    ({ ruleId, severity }) => severity !== "info" && ADDED_BY_CERTIFICATES.has(ruleId),
  );
  return { kind: "nothing-to-repair", verdict, lacksCertificates };
}

function outcomeWithoutBlob(analysis: VmAnalysis): RepairOutcome {
  if (analysis.verdict !== "unreadable") return nothingToRepair(analysis);
  const why = analysis.load?.refusal?.message ?? "The NVRAM cannot be read.";
  return { kind: "refused", reason: `${why} Restore a backup of this NVRAM.`, strategyThatCan: null };
}

interface Passes {
  readonly steps: readonly RepairStep[];
  readonly last: VmAnalysis;
}

function runPasses(first: VmAnalysis, strategy: Strategy, settings: RepairSettings): Passes {
  const steps: RepairStep[] = [];
  let analysis = first;
  for (let count = 0; count < MAX_REPAIR_PASSES; count++) {
    const pass = nextPass(analysis, strategy);
    const blob = analysis.vm.nvram?.blob ?? null;
    if (pass === null || blob === null) break;
    appendAll(steps, pass.steps);
    const bytes = applyPatches(blob, pass.patches);
    const next = analyzeVm({ ...analysis.vm, nvram: nvramOfBlob(bytes) }, settings.rules, settings);
    assertProgress(pass.findings, next);
    analysis = next;
  }
  return { steps, last: analysis };
}

/** Adds the user's certificates. After all repairs, which may have made room for them, or made the lists readable. */
function withSupplied(
  { steps, last }: Passes,
  settings: RepairSettings,
): Passes & { readonly impossible: string | null } {
  const blob = last.vm.nvram?.blob ?? null;
  if (blob === null || last.load?.loads !== true) return { steps, last, impossible: null };
  const supplied = settings.supplied ?? [];
  const keys = contextOf(last.vm, settings)?.keys();
  if (supplied.length > 0 && keys !== undefined && isForeign(keys)) {
    const impossible =
      "Neither KEK nor db holds a certificate of Microsoft: the VM trusts other keys, and gets none of theirs without its owner's doing.";
    return { steps, last, impossible };
  }
  const addition = addCertificates(blob.variables, supplied, settings.platform);
  if (addition === null) return { steps, last, impossible: null };
  if ("impossible" in addition) return { steps, last, ...addition };
  const bytes = applyPatches(blob, addition.patches);
  const after = analyzeVm({ ...last.vm, nvram: nvramOfBlob(bytes) }, settings.rules, settings);
  return { steps: [...steps, ...addition.steps], last: after, impossible: null };
}

/** True where KEK or db holds keys, and none of them is Microsoft's. */
function isForeign(keys: KeyState): boolean {
  return (keys.KEK !== null || keys.db !== null) && !trustsMicrosoft(keys);
}

interface Pass {
  /** The findings that the pass repairs; empty where it only makes the blob smaller. */
  readonly findings: readonly Finding[];
  readonly steps: readonly RepairStep[];
  readonly patches: readonly Patch[];
}

/** Null where the strategy has nothing more to do. */
function nextPass(analysis: VmAnalysis, strategy: Strategy): Pass | null {
  const findings = choose(analysis, strategy);
  if (findings.length === 0) return strategy === "compact" ? joiningPass(analysis) : null;
  const steps = findings.map(({ ruleId, repair, variable }) => ({
    ruleId,
    title: repair?.title ?? "",
    variable: variable === null ? null : variableRef(variable),
  }));
  return { findings, steps, patches: findings.flatMap(({ repair }) => repair?.patches ?? []) };
}

/**
 * The last pass of `compact`: joins lists of dbx. Two or three lists are normal after an update and so no finding of a rule;
 * only the strategy asks for fewer.
 */
function joiningPass({ vm }: VmAnalysis): Pass | null {
  const steps: RepairStep[] = [];
  const patches: Patch[] = [];
  for (const variable of vm.nvram?.blob?.variables ?? []) {
    if (secureBootName(variable) !== "dbx") continue;
    const database = readSignatureDatabase(variable.data);
    const joined = joinLists(database);
    if (joined === null) continue;
    const title = `Join ${database.lists.length} lists of dbx into ${joined.lists}`;
    steps.push({ ruleId: "fragmented-signature-lists", title, variable: variableRef(variable) });
    patches.push({ op: "replace-data", index: variable.index, data: joined.data });
  }
  return patches.length === 0 ? null : { findings: [], steps, patches };
}

/**
 * The findings that the next pass repairs: those of the first rule with a repair that the strategy allows. Safe repairs come first, then
 * those that name this strategy, then those that delete. `remove` does more than `merge` only while the blob would not load.
 */
function choose(analysis: VmAnalysis, strategy: Strategy): readonly Finding[] {
  const safe = ofFirstRule(
    analysis,
    ({ repair }) => repair?.applicability === "safe" && repair.strategies === undefined,
  );
  if (safe.length > 0) return safe;
  if (strategy === "remove" && analysis.load?.loads === true) return [];
  const doomed = doomedVariables(analysis);
  const named = ofFirstRule(
    analysis,
    ({ repair, variable }) =>
      repair?.strategies?.includes(strategy) === true &&
      (strategy !== "remove" || doomed.has(variable?.index ?? -1)),
  );
  if (named.length > 0 || strategy !== "remove") return named;
  return ofFirstRule(
    analysis,
    ({ repair, breaks }) =>
      repair?.applicability === "unsafe" && repair.strategies === undefined && breaks === "start",
  );
}

/** Variables that `remove` would have to delete. In these, and only in these, it first tries to drop signatures that count for nothing. */
function doomedVariables({ findings }: VmAnalysis): ReadonlySet<number> {
  const deleting = findings.filter(
    ({ repair, breaks }) => repair?.applicability === "unsafe" && breaks === "start",
  );
  return new Set(deleting.flatMap(({ variable }) => (variable === null ? [] : [variable.index])));
}

function ofFirstRule({ findings }: VmAnalysis, isChosen: (finding: Finding) => boolean): readonly Finding[] {
  // An announced repair has no patches: the repairs of other findings do it.
  const withPatches = findings.filter(({ repair }) => repair !== null && repair.announced === undefined);
  const first = withPatches.find(isChosen);
  return withPatches.filter((finding) => finding.ruleId === first?.ruleId && isChosen(finding));
}

/** Throws where a repair left its finding, as it would be applied for ever: a defect of the rule. */
function assertProgress(applied: readonly Finding[], next: VmAnalysis): void {
  const ruleId = applied[0]?.ruleId;
  const again = next.findings.filter(
    (finding) =>
      finding.ruleId === ruleId &&
      finding.repair?.announced === undefined &&
      finding.repair?.applicability === applied[0]?.repair?.applicability,
  );
  if (applied.length > 0 && again.length >= applied.length)
    throw new Error(`the repair of ${ruleId} left its finding`);
}

function refuse(
  strategy: Strategy,
  last: VmAnalysis,
  further: (strategy: Strategy) => FurtherOutcome,
): RepairOutcome {
  const reason = last.load?.refusal?.message ?? "The daemon would not load the result.";
  const next = STRATEGIES[STRATEGIES.indexOf(strategy) + 1];
  if (next === undefined) return { kind: "refused", reason, strategyThatCan: null };
  const { kind, strategyThatCan = null } = further(next);
  return { kind: "refused", reason, strategyThatCan: kind === "repaired" ? next : strategyThatCan };
}

/** Every repair writes the text anew, without what followed its base64. Refused where variables can be read there. */
function refuseTail(
  { text, variables }: TextTail,
  further: (strategy: Strategy) => FurtherOutcome,
): RepairOutcome {
  const reason = `The last ${text.length} characters of the text would be lost, and in them something of ${variables.map(shortName).join(", ")} can be read.`;
  const isPossible = further("remove").kind === "repaired";
  return { kind: "refused", reason, strategyThatCan: isPossible ? "remove" : null };
}

/** Writes a correct header, opens and judges the result again, and compares it with the input. */
function prove(
  first: VmAnalysis,
  input: VarstoredBlob,
  steps: readonly RepairStep[],
  last: VmAnalysis,
  strategy: Strategy,
  settings: RepairSettings,
): RepairOutcome {
  const repaired = last.vm.nvram?.blob ?? null;
  if (repaired === null) throw new Error("a repaired NVRAM lost its blob");
  const bytes = buildBlob(repaired.version, repaired.ancillary, repaired.variables);
  // `last` is the judgement of these very bytes, unless the header changed them.
  const after = equalBytes(bytes, repaired.bytes)
    ? last
    : analyzeVm({ ...last.vm, nvram: nvramOfBlob(bytes) }, settings.rules, settings);
  const load = judgeLoad(bytes);
  const compared = compareBlobs(input, openBlob(bytes), settings);
  const proof = { ...compared, removed: [...compared.removed, ...removedText(first.vm.nvram, settings)] };
  const failure = checkProof(input, load, proof, after, strategy) ?? checkAdded(proof, settings);
  if (failure !== null)
    return {
      kind: "refused",
      reason: `The result failed its verification: ${failure}`,
      strategyThatCan: null,
    };
  return {
    kind: "repaired",
    bytes,
    steps,
    proof,
    before: { load: first.load ?? load, verdict: first.verdict },
    after: { load, verdict: after.verdict },
  };
}

/** The text after the base64, as an item of the proof: it is not in the result. */
function removedText(nvram: Nvram | null, { platform }: RepairSettings): ChangedItem[] {
  const tail = nvram === null ? null : textTailOf(nvram);
  if (tail === null) return [];
  const sha256 = toHex(platform.sha256(tail.text));
  const reason = `${counted(tail.text.length, "character")} of the text, from its byte ${tail.offset} on, that are no base64 of this NVRAM`;
  return [{ variable: null, type: null, owner: null, sha256, span: null, reason }];
}

/** Why the result must not be given out, as a sentence; null where it may. */
function checkProof(
  input: VarstoredBlob,
  load: LoadVerdict,
  proof: Proof,
  after: VmAnalysis,
  strategy: Strategy,
): string | null {
  if (!load.loads) return load.refusal?.message ?? "the daemon would not load it.";
  if (nextPass(after, strategy) !== null) return "a second repair would change it again.";
  const foreign = proof.changedVariables.filter(
    ({ variable: { name, nameHex, guid } }) =>
      !isMergedVariable({ name, nameIsValid: nameHex === undefined, vendorGuid: guid ?? "" }),
  );
  if (foreign.length > 0) return `${foreign.map(({ variable }) => variable.name).join(", ")} would change.`;
  const odd = proof.changedAttributes.filter(({ after: set }) => set !== SECURE_BOOT_ATTRIBUTES);
  if (odd.length > 0)
    return `${odd.map(({ variable }) => variable.name).join(", ")} would have attributes that no update is written with.`;
  if (strategy !== "compact" && proof.changedAttributes.length > 0)
    return `attributes would change, which ${strategy} does not.`;
  if (!addsUp(proof.account)) return `${unaccounted(proof.account)} bytes are not accounted for.`;
  const lost = proof.removed.filter((item) => !holdsNothing(item, input));
  const mayBeLost = strategy === "merge" ? 0 : proof.deadWeight;
  if (strategy !== "remove" && lost.length > mayBeLost)
    return `${lost.length - mayBeLost} signatures, variables or parts of them would be lost.`;
  return null;
}

function addsUp({ after, kept, added, ...account }: ByteAccount): boolean {
  return unaccounted({ after, kept, added, ...account }) === 0 && after === kept + added;
}

function unaccounted({ before, kept, merged, lists, removed }: ByteAccount): number {
  return before - kept - merged - lists - removed;
}

/** True for filler bytes that belong to no variable. */
function holdsNothing({ type, variable, span }: ChangedItem, { bytes }: VarstoredBlob): boolean {
  if (type !== null || (variable !== null && variable.guid === null)) return false;
  return span === null || isFiller(bytes.subarray(span.start, span.end));
}

/** Every signature of the result must come from the input or from the user. */
function checkAdded({ added }: Proof, { supplied = [] }: RepairSettings): string | null {
  const known = new Set(supplied.map(({ sha256 }) => sha256));
  const strange = added.filter(({ sha256 }) => !known.has(sha256));
  return strange.length === 0 ? null : `${strange.length} signatures would appear that nobody supplied.`;
}
