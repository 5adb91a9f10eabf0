/**
 * A healthy verdict never contradicts what varscope says elsewhere of the same copy: it starts as its record has Secure Boot,
 * and the next known updates are taken, or rightly refused. Told by reasoning, the matrix of hosts and the forecast.
 *
 * VARSCOPE_SEED and VARSCOPE_RUNS try other random stores, or more of them: 10,000 whenever something of this is changed
 * (CONTRIBUTING, Fuzzing and speed). Each run of CI tries 2500 others.
 */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listTasks } from "../../cli/inputs.ts";
import { nodeWorld } from "../../cli/io/world.ts";
import type { DaemonVersion } from "../../daemon/daemon-version.ts";
import { type ForecastStep, forecast } from "../../daemon/forecast.ts";
import { openInputs } from "../../library/judge/named-inputs.ts";
import type { VmSource } from "../../parsers/model.ts";
import { isResumeFile } from "../../parsers/suspend-image/copy.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import { analyzeVm, contextOf } from "../../rules/engine/analyze.ts";
import { WINDOWS_CAS } from "../../rules/engine/key-state.ts";
import { type NextUpdate, nextUpdates } from "../../rules/engine/next-updates.ts";
import type { Finding, RuleContext, VmAnalysis } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import { hostMatrix } from "../../rules/reasoning/host-matrix.ts";
import { getDb2023, getKek2023, updateDbx } from "../../rules/reasoning/self-repair.ts";
import { startLinux, startOthers, startUnchecked, startWindows } from "../../rules/reasoning/start.ts";
import { payloadOf, randomStore } from "../builders/random-store.ts";
import { roleKnowledge } from "../builders/test-microsoft.ts";
import { vmOf } from "../builders/vm-of.ts";
import { hasSharedData, SHARED_NVRAM, sharedBytes, sharedCases } from "../shared-data.ts";

const { VARSCOPE_SEED, VARSCOPE_TEST_SEED, VARSCOPE_RUNS } = process.env;
const SEED = Number(VARSCOPE_SEED ?? VARSCOPE_TEST_SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(VARSCOPE_RUNS ?? 2500);
const settings = { platform: nodePlatform, asOf: "2026-11-22", knowledge: roleKnowledge };
/** Hosts on which XCP-ng 8.3 and later run; uefistored is another daemon, which reads another layout. */
const VARSTORED: ReadonlySet<string> = new Set(["xcp-ng-8.3-unfixed", "xcp-ng-8.3-fixed", "varstored-1.3"]);
const ROOM: ReadonlySet<string> = new Set([
  "update-over-data-limit",
  "update-over-total-limit",
  "attributes-refused",
  "list-stops-daemon",
]);

/** What contradicts the verdict of this copy; empty where nothing does. */
function contradictions(vm: VmSource, analysis: VmAnalysis = analyzeVm(vm, RULES, settings)): string[] {
  const context = contextOf(vm, settings);
  if (context === null || context.blob === null || analysis.verdict !== "healthy") return [];
  return [...start(vm, context), ...updates(context, analysis.findings)];
}

function start(vm: VmSource, context: RuleContext): string[] {
  const { blob } = context;
  // A resumed VM does not start, and one that boots by BIOS does not ask its NVRAM.
  if (blob === null || isResumeFile(vm) || vm.firmware === "bios") return [];
  const off = startUnchecked(blob, context);
  if (off.answer !== "yes") return [`does not start at all: ${off.conclusion.claim}`];
  const mayBeOn =
    vm.secureBoot === true || (vm.secureBoot === null && vm.fields.get("platform:secureboot") === "auto");
  if (!mayBeOn) return [];
  if (context.keys().PK === null) return ["Secure Boot is asked for, and there is no PK"];
  const answers = [startWindows, startLinux, startOthers].map((ask) => ask(blob, context).answer);
  const held = context.keys().db?.certificates.map(({ known }) => known?.sha256) ?? [];
  return [
    ...(answers.every((answer) => answer === "no") ? ["nothing starts with Secure Boot"] : []),
    ...(answers[0] === "no" && WINDOWS_CAS.some((sha256) => held.includes(sha256))
      ? ["no Windows starts with Secure Boot, although db holds what it is signed under"]
      : []),
    ...(context.keys().db === null ? ["Secure Boot without db"] : []),
    ...(context.keys().KEK === null ? ["Secure Boot without KEK"] : []),
  ];
}

function updates(context: RuleContext, findings: readonly Finding[]): string[] {
  const { blob } = context;
  if (blob === null) return [];
  const told: string[] = [];
  for (const { host, loads, nextWrite } of hostMatrix(blob, context)) {
    if (!VARSTORED.has(host)) continue;
    if (loads.answer !== "yes") told.push(`${host} does not load it`);
    // A VM that boots by BIOS takes no update, and needs none.
    if (nextWrite.answer === "no" && nextWrite.because.claim !== "boots-by-bios")
      told.push(`${host}: next update ${nextWrite.because.claim}`);
  }
  for (const ask of [getKek2023, getDb2023, updateDbx]) {
    const chain = ask(blob, context);
    const obstacle = chain?.answer === "no" ? chain.steps.find(({ claim }) => ROOM.has(claim)) : undefined;
    if (obstacle !== undefined) told.push(`${chain?.question}: ${obstacle.claim}`);
  }
  const says = (ruleId: string, fact: string) => findings.find((one) => one.ruleId === ruleId)?.facts[fact];
  if (says("db-2023-missing", "guestCanTakeThem") === true && getDb2023(blob, context)?.answer !== "yes")
    told.push("db-2023-missing says that the guest can take them, reasoning that it cannot");
  if (says("kek-2023-missing", "guestCanGetIt") === true && getKek2023(blob, context)?.answer !== "yes")
    told.push("kek-2023-missing says that the guest can get it, reasoning that it cannot");
  return told;
}

/** What the daemon answers to the update, whoever signed it. */
function answerTo(
  bytes: Uint8Array,
  { id }: NextUpdate,
  daemon: DaemonVersion,
): ForecastStep | "none" | null {
  const payload = payloadOf(id);
  if (payload === null) return null;
  const file = { label: id, bytes: payload, kind: "esl", variable: "dbx", append: true } as const;
  const { steps, error } = forecast(
    bytes,
    [{ file, target: { variable: "dbx", append: true, by: "user" } }],
    {
      daemon,
      verifier: nodeSignatureVerifier,
      authEnforce: false,
      secureBoot: true,
    },
  );
  return error !== null ? "none" : (steps[0] ?? "none");
}

/** Where a rule, the matrix and reasoning count on an effect that the daemon's own model does not show. */
function falseEffects(vm: VmSource, bytes: Uint8Array): string[] {
  const context = contextOf(vm, settings);
  if (context === null || context.blob === null || context.load?.loads !== true) return [];
  const { dbx } = context.keys();
  const isOdd = dbx !== null && (dbx.variable.attributes !== 0x27 || dbx.database.fault !== null);
  // What else refuses every append is told by rules of its own.
  if (isOdd) return [];
  const newest = nextUpdates(context.blob, context).find(({ id }) => payloadOf(id) !== null);
  if (newest === undefined) return [];
  // One of both, by chance: asking costs more than all the rest.
  const daemon = bytes.length % 2 === 0 ? "fixed" : "unfixed";
  const step = answerTo(bytes, newest, daemon);
  if (step === null) return [];
  const effect = step === "none" ? "no answer" : effectOf(step);
  const kills = daemon === "unfixed" ? "fatal" : "EFI_OUT_OF_RESOURCES";
  const expected = { fits: "taken", kills, blocked: "EFI_OUT_OF_RESOURCES" }[newest.effect];
  return effect === expected
    ? []
    : [`${newest.id} on the ${daemon} daemon: ${expected} told, ${effect} answered`];
}

function effectOf({ statusName, loadsAfterwards }: ForecastStep): string {
  if (statusName !== "EFI_SUCCESS") return statusName ?? "no answer";
  return loadsAfterwards ? "taken" : "fatal";
}

describe("no healthy verdict contradicts reasoning, hosts or forecast", () => {
  it(`of ${RUNS} random stores (seed ${SEED})`, () => {
    const healthy = { on: 0, others: 0 };
    fc.assert(
      fc.property(randomStore, ({ bytes, vm, told }) => {
        const analysis = analyzeVm(vm, RULES, settings);
        const found = [...contradictions(vm, analysis), ...falseEffects(vm, bytes)];
        if (found.length > 0) throw new Error(`${found.join("; ")}\n${told}`);
        if (analysis.verdict !== "healthy") return;
        if (vm.secureBoot === true) healthy.on++;
        else healthy.others++;
      }),
      { seed: SEED, numRuns: RUNS },
    );
    // The stores are worth something only where many are healthy.
    expect(healthy.on).toBeGreaterThan(RUNS / 50);
    expect(healthy.others).toBeGreaterThan(RUNS / 50);
  }, 1_200_000);

  const CORPUS = fileURLToPath(new URL("../../corpus/", import.meta.url));
  it("in the corpus", async () => {
    const found: string[] = [];
    for await (const { element } of openInputs(listTasks([CORPUS]), nodeWorld)) {
      const { path, dump } = element;
      for (const vm of dump?.vms ?? []) found.push(...contradictions(vm).map((one) => `${path}: ${one}`));
    }
    expect(found).toEqual([]);
    expect(readdirSync(CORPUS).length).toBeGreaterThan(200);
  });

  it.skipIf(!hasSharedData)("on the real daemon's blobs, with Secure Boot on, off and unknown", () => {
    for (const [name] of sharedCases()) {
      for (const secureBoot of [true, false, null]) {
        const vm = { ...vmOf(sharedBytes(`${name}.vars`)), secureBoot };
        expect([name, ...contradictions(vm)]).toEqual([name]);
      }
    }
  });

  const CASES = fileURLToPath(new URL("../../cases/", `file://${SHARED_NVRAM}`));
  it.skipIf(!existsSync(CASES))("on inputs of public reports and foreign software", async () => {
    for await (const { element } of openInputs(listTasks([CASES]), nodeWorld)) {
      const { path, dump } = element;
      for (const vm of dump?.vms ?? []) expect([path, ...contradictions(vm)]).toEqual([path]);
    }
  });
});
