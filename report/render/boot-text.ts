/** The answer of `varscope boot` for people: the VM, whether it starts, and each attempt with its reason. */

import { BOOT_REASONS } from "../../rules/boot/reasons.ts";
import { commonName } from "../../rules/boot/weigh.ts";
import {
  type BootAnswer,
  type BootAttempt,
  type BootImage,
  type BootInput,
  type BootReport,
  type BootScenario,
  type BootVm,
  decisive,
  NOT_LOOKED_AT,
  type ScenarioName,
  scenarioOf,
} from "../boot.ts";
import { bytesText } from "./byte-size.ts";
import type { Look } from "./look.ts";
import { markdownBlock, markdownText } from "./markdown-text.ts";
import { clip, printable } from "./printable.ts";
import { wrap } from "./text.ts";

const MAX_TEXT = 120;
const MAX_REASON = 400;
const MAX_ATTEMPTS = 40;
/** How many programs are shown. */
const MAX_LOADERS = 20;

const SCENARIO: Readonly<Record<string, string>> = {
  "as-stored": "as stored",
  "secure-boot-on": "Secure Boot on",
  "secure-boot-off": "Secure Boot off",
  repaired: "after varscope repair",
};
const UPDATE = "update:";

function scenarioText(name: ScenarioName): string {
  return name.startsWith(UPDATE)
    ? `after the update of dbx ${name.slice(UPDATE.length)}`
    : (SCENARIO[name] ?? name);
}

/** For a report beside a verdict: what starts from the disks, in one sentence. */
export function bootSentence(boot: BootReport): string {
  if (boot.error !== null)
    return boot.error.code === NOT_LOOKED_AT
      ? `From its disks: not looked at: ${boot.error.message}`
      : `From its disks: not read. ${boot.error.message}`;
  const stored = decisive(boot);
  if (stored === null) return "";
  const secureBoot =
    stored.secureBoot === null ? "" : ` with Secure Boot ${stored.secureBoot ? "on" : "off"}`;
  const last = stored.attempts.at(-1);
  const by =
    last?.status === "started" ? `, by ${last.entry}${last.path === null ? "" : ` ${last.path}`}` : "";
  if (stored.refusal !== null) return "From its disks: nothing starts, because the NVRAM does not load.";
  return stored.starts === null
    ? `From its disks: cannot be known. ${stored.unknown ?? ""}`
    : `From its disks: ${stored.starts ? "starts" : "does not start"}${secureBoot}${by}.`;
}

const STATUS: Readonly<Record<string, string>> = {
  started: "started",
  "access-denied": "refused",
  "not-found": "not found",
  unsupported: "not followed",
};

function shown(text: string): string {
  return clip(printable(text), MAX_TEXT);
}

function starts({ starts: answer, refusal }: BootScenario): string {
  if (refusal !== null) return "does not start: the NVRAM does not load";
  return answer === null ? "cannot be known" : answer ? "starts" : "does not start";
}

/** Which image is refused, by which entry: what stands in the way of a start. Null where nothing does, or nothing is known. */
export function obstacleOf({ starts: answer, attempts }: Pick<BootScenario, "starts" | "attempts">): {
  readonly path: string | null;
  readonly reason: string;
} | null {
  if (answer !== false) return null;
  const first = attempts.find(
    ({ status, why }) => status === "access-denied" || why?.rule === "svn-below-dbx",
  );
  if (first !== undefined) return { path: first.path ?? first.entry, reason: reasonText(first.why) };
  const behind = attempts.flatMap(({ then }) => then).find((next) => next.starts === false);
  if (behind !== undefined)
    return { path: behind.path ?? "shim", reason: BOOT_REASONS[behind.why] ?? behind.why };
  return attempts.length === 0 ? null : { path: null, reason: "nothing that can be started is found" };
}

function refusedText(scenario: BootScenario): string {
  const obstacle = obstacleOf(scenario);
  if (obstacle === null) return "";
  return ` (${obstacle.path === null ? "" : `${shown(obstacle.path)}: `}${obstacle.reason})`;
}

function reasonText(why: BootAttempt["why"]): string {
  if (why === null) return "refused";
  const place = why.variable === null ? "" : ` (${why.variable} entry ${why.entry})`;
  return `${BOOT_REASONS[why.rule] ?? why.rule}${place}`;
}

/** One line, and reasons behind shim each one more. */
function attemptTexts({ entry, description, path, status, why, then }: BootAttempt): string[] {
  const name = description === "" ? entry : `${entry} (${shown(description)})`;
  const state = status === null ? "unknown" : (STATUS[status] ?? status);
  const reason = why === null ? "" : `: ${reasonText(why)}`;
  const head = `${name}${path === null ? "" : ` ${shown(path)}`}: ${state}${reason}`;
  return [
    head,
    ...then.map(
      (next) =>
        `then ${next.path === null ? "shim" : shown(next.path)}: ${BOOT_REASONS[next.why] ?? next.why}`,
    ),
  ];
}

/** Lines for a report beside a verdict: attempts as stored, the answer to each scenario, and the programs on the disks. */
export function bootTexts(boot: BootAnswer): {
  readonly attempts: readonly (readonly string[])[];
  readonly answers: readonly string[];
  readonly loaders: readonly string[];
} {
  const stored = decisive(boot);
  return {
    attempts: (stored?.attempts ?? []).slice(0, MAX_ATTEMPTS).map(attemptTexts),
    answers: [...scenarioTexts(boot), ...pcr7Texts(boot)],
    loaders: loaderTexts(boot),
  };
}

function loaderTexts({ loaders, loadersWhole }: BootAnswer): string[] {
  const lines = loaders.slice(0, MAX_LOADERS).map(({ path, accepted, why, image }) => {
    const state = accepted === null ? "not known" : accepted ? "taken" : "refused";
    const reason = why === null ? "" : `: ${reasonText(why)}`;
    return [`${shown(path)}: with Secure Boot on ${state}${reason}`, ...imageTexts(image)].join("; ");
  });
  return loadersWhole && loaders.length <= MAX_LOADERS
    ? lines
    : [...lines, loadersWhole ? "and more: the JSON has all" : "and more, which were not looked at"];
}

/** Of the JSON's fields what people compare: hash, signers, SBAT and security version. */
function imageTexts({ authenticode, signers, sbat, svn }: BootImage): string[] {
  const by = [...new Set(signers.map(({ issuer }) => commonName(issuer)))];
  const hash = authenticode["sha256"];
  return [
    ...(svn === null ? [] : [`security version ${svn}`]),
    ...(by.length === 0 ? [] : [`signed below ${shown(by.join(", "))}`]),
    ...(sbat.length === 0 ? [] : [`SBAT ${shown(sbat.join(" "))}`]),
    ...(hash === undefined ? [] : [`hash (SHA-256) ${hash}`]),
  ];
}

/** Firmware generations that answer alike are one line. */
function scenarioTexts({ scenarios, firmware }: BootAnswer): string[] {
  const lines = new Map<string, string[]>();
  for (const one of scenarios) {
    if (one.firmware === "2018" && firmware !== "2018") continue;
    const text = `${scenarioText(one.scenario)}${secureBootText(one, scenarios)}: ${starts(one)}${refusedText(one)}`;
    lines.set(text, [...(lines.get(text) ?? []), one.firmware]);
  }
  return [...lines].map(([text, names]) =>
    names.length > 1 || firmware === "2018" ? text : `${text} (firmware ${names.join()})`,
  );
}

/** Under the name of the start that it is of; what the repair makes of it is said only beside the stored one. */
function pcr7Texts(vm: BootAnswer): string[] {
  const stored = scenarioOf(vm, "as-stored");
  const repaired = scenarioOf(vm, "repaired");
  const told = [stored, decisive(vm), repaired].find((one) => one?.pcr7 != null);
  return [
    ...(told == null ? [] : [`PCR 7 (TPM, SHA-256) ${scenarioText(told.scenario)}: ${told.pcr7}`]),
    ...bitLockerTexts(vm, stored?.pcr7 ?? null, repaired),
  ];
}

/** Where the same start is answered with Secure Boot on and off, because nothing tells which it is. */
function secureBootText({ scenario, secureBoot }: BootScenario, scenarios: readonly BootScenario[]): string {
  if (secureBoot === null) return "";
  const isSplit = scenarios.some((one) => one.scenario === scenario && one.secureBoot !== secureBoot);
  return isSplit ? `, Secure Boot ${secureBoot ? "on" : "off"}` : "";
}

function bitLockerTexts(
  { hasVtpm }: BootAnswer,
  stored: string | null,
  repaired: BootScenario | null,
): string[] {
  if (hasVtpm !== true || repaired === null) return [];
  if (stored === null || repaired.pcr7 === null)
    return [
      "The repair may change PCR 7: BitLocker that is bound to it would ask for the recovery key. Have the key at hand, or suspend BitLocker in the guest before.",
    ];
  if (stored === repaired.pcr7) return ["PCR 7 stays as it is: the repair does not make BitLocker ask."];
  return [
    "PCR 7 changes with the repair: BitLocker that is bound to it asks for the recovery key once. Have the key at hand, or suspend BitLocker in the guest before.",
  ];
}

/** Each reason once, with the starts that it leaves open where it is not all of them. */
function unknownTexts(answer: BootAnswer): string[] {
  const decided = answer.scenarios.filter(({ firmware }) => firmware === answer.firmware);
  const names = new Map<string, string[]>();
  for (const { scenario, unknown } of decided)
    if (unknown !== null) names.set(unknown, [...(names.get(unknown) ?? []), scenarioText(scenario)]);
  return [...names].map(([unknown, of]) => {
    const reason = clip(printable(unknown), MAX_REASON);
    return of.length === decided.length ? reason : `${reason} (${of.join(", ")})`;
  });
}

const NOTHING_ASKED =
  "There is no start after the repair: varscope repair would write nothing here. Without --scenario, boot answers all that it can.";

/** What every form tells of a VM. */
export function bootParts(vm: BootVm): {
  readonly head: string;
  readonly starts: boolean | null;
  readonly more: readonly string[];
  readonly attempts: readonly (readonly string[])[];
  readonly loaders: readonly string[];
} {
  const { head, decisive: stored, more, attempts } = vmTexts(vm);
  return { head, starts: stored?.starts ?? null, more, attempts, loaders: loaderTexts(vm) };
}

const PROGRAMS = "Programs on the system partition, each as the firmware itself would take it";

function vmTexts(vm: BootVm): {
  head: string;
  decisive: BootScenario | null;
  more: string[];
  attempts: string[][];
} {
  const name = vm.nameLabel ?? vm.uuid ?? "VM";
  const first = decisive(vm);
  // What does not load starts nothing; what comes after the repair is what is asked for then.
  const told = first?.refusal == null ? first : scenarioOf(vm, "repaired");
  const when = told === null || told.scenario === "as-stored" ? "" : `${scenarioText(told.scenario)}: `;
  const attempts = (told?.attempts ?? [])
    .slice(0, MAX_ATTEMPTS)
    .map(attemptTexts)
    .map(([text = "", ...behind]) => [`${when}${text}`, ...behind]);
  return {
    head: shown(name),
    decisive: first,
    more: [
      ...(first === null ? [NOTHING_ASKED] : []),
      ...(first?.refusal == null ? [] : [shown(first.refusal.message)]),
      ...unknownTexts(vm),
      ...scenarioTexts(vm),
      ...pcr7Texts(vm),
    ],
    attempts,
  };
}

export function bootLines(
  { path, error, vms, bytesRead }: BootInput,
  { style, columns, quiet }: Look,
): string[] {
  if (error !== null)
    return [
      `${style.bold(style.red("NOT READ"))}  ${style.bold(printable(path))}`,
      ...wrap(printable(error.message), columns, 2),
    ];
  const lines = vms.flatMap((vm) => {
    const { head, decisive: stored, attempts, more } = vmTexts(vm);
    if (quiet && stored?.starts === true) return [];
    const state =
      stored?.starts === true
        ? style.green("STARTS")
        : stored?.starts === false
          ? style.red("DOES NOT START")
          : style.yellow("NOT KNOWN");
    return [
      `${style.bold(state)}  ${style.bold(head)}`,
      ...more.flatMap((text) => wrap(text, columns, 2)),
      ...attempts.flatMap(([first = "", ...behind]) => [
        ...wrap(`- ${first}`, columns, 4),
        ...behind.flatMap((text) => wrap(text, columns, 6)),
      ]),
      ...programLines(vm, columns),
      "",
    ];
  });
  return quiet ? lines : [...lines, `${bytesText(bytesRead)} read of ${printable(path)}`];
}

function programLines(vm: BootVm, columns: number): string[] {
  const texts = loaderTexts(vm);
  if (texts.length === 0) return [];
  return [`  ${PROGRAMS}`, ...texts.flatMap((text) => wrap(`- ${text}`, columns, 4))];
}

export function bootMarkdown(input: BootInput): string[] {
  const { path, error, vms } = input;
  if (error !== null) return [`## ${markdownText(path)}`, "", ...markdownBlock([printable(error.message)])];
  return vms.flatMap((vm) => {
    const { head, decisive: stored, attempts, more } = vmTexts(vm);
    return [
      `## ${markdownText(head)}: ${stored === null ? "not known" : starts(stored)}`,
      "",
      ...more.map((text) => `- ${markdownText(text)}`),
      "",
      ...attempts.flatMap(([first = "", ...behind]) => [
        `- ${markdownText(first)}`,
        ...behind.map((text) => `  - ${markdownText(text)}`),
      ]),
      "",
      ...programs(vm),
    ];
  });
}

function programs(vm: BootVm): string[] {
  const texts = loaderTexts(vm);
  return texts.length === 0
    ? []
    : [`### ${PROGRAMS}`, "", ...texts.map((text) => `- ${markdownText(text)}`), ""];
}
