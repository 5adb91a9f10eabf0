/** The answer of `varscope boot` for people: the VM, whether it starts, and each attempt with its reason. */
import {
  type BootAttempt,
  type BootInput,
  type BootScenario,
  type BootVm,
  decisive,
  type ScenarioName,
} from "../boot.ts";
import { bytesText } from "./byte-size.ts";
import type { Look } from "./look.ts";
import { markdownBlock, markdownText } from "./markdown-text.ts";
import { clip, printable } from "./printable.ts";
import { wrap } from "./text.ts";

const MAX_TEXT = 120;
const MAX_ATTEMPTS = 40;

const SCENARIO: Readonly<Record<ScenarioName, string>> = {
  "as-stored": "as stored",
  "secure-boot-on": "Secure Boot on",
  "secure-boot-off": "Secure Boot off",
  repaired: "after varscope repair",
};

const STATUS: Readonly<Record<string, string>> = {
  started: "started",
  "access-denied": "refused",
  "not-found": "not found",
  unsupported: "not followed",
};

/** By the code of a reason; what is not here is shown as its code. */
const REASONS: Readonly<Record<string, string>> = {
  "signature-in-db": "its signer is trusted by db",
  "hash-in-db": "its hash is in db",
  "signature-in-dbx": "a certificate of its signature is revoked in dbx",
  "signer-revoked": "its signer is revoked in dbx",
  "hash-in-dbx": "its hash is revoked in dbx",
  "signer-unreadable": "its signature cannot be read",
  "table-damaged": "its table of certificates is damaged",
  "no-hash": "its headers leave nothing to hash",
  "not-signed": "it is not signed, and its hash is not in db",
  "not-in-db": "no certificate of db stands above its signer",
  "file-missing": "there is no such file",
  "no-volume": "no disk here has that partition",
  "no-application": "the file is no program for the firmware",
  "headers-damaged": "the headers of the program are damaged, or it is not for x64",
  "not-on-a-disk": "it is a CD, the network or a part of the firmware",
  unreadable: "the file system is damaged on the way to it",
  "svn-below-dbx": "Windows Boot Manager refuses itself: its security version is below that of dbx",
  "old-shim": "this shim is older than those that varscope can follow",
  "secure-boot-off": "nothing is checked: Secure Boot is off, or there is no PK",
  undecided: "varscope cannot tell",
  "second-stage-started": "shim starts it",
  "second-stage-missing": "shim finds no second stage",
  "second-stage-refused": "shim refuses it: no key that shim trusts has signed it, or one is revoked",
  "second-stage-no-program": "shim cannot read it as a program",
  "sbat-below-level": "shim refuses it: its SBAT generation is below SbatLevel",
  "sbat-missing": "shim refuses it: it has no SBAT",
  "shim-below-level": "shim powers off: its own SBAT generation is below SbatLevel",
  "mok-manager-missing": "shim powers off: a request for MokManager waits, and mmx64.efi is missing",
  "mok-manager-asks": "MokManager waits for somebody at the screen",
  "fallback-resets": "it writes boot entries and resets: the next start decides",
  "add-ons-not-followed": "shim reads add-ons beside it, which varscope does not follow",
};

function shown(text: string): string {
  return clip(printable(text), MAX_TEXT);
}

function starts({ starts: answer, refusal }: BootScenario): string {
  if (refusal !== null) return "does not start: the NVRAM does not load";
  return answer === null ? "cannot be known" : answer ? "starts" : "does not start";
}

/** One line, and reasons behind shim each one more. */
function attemptTexts({ entry, description, path, status, why, then }: BootAttempt): string[] {
  const name = description === "" ? entry : `${entry} (${shown(description)})`;
  const state = status === null ? "unknown" : (STATUS[status] ?? status);
  const reason = why === null ? "" : `: ${REASONS[why.rule] ?? why.rule}`;
  const place = why?.variable == null ? "" : ` (${why.variable} entry ${why.entry})`;
  const head = `${name}${path === null ? "" : ` ${shown(path)}`}: ${state}${reason}${place}`;
  return [
    head,
    ...then.map(
      (next) => `then ${next.path === null ? "shim" : shown(next.path)}: ${REASONS[next.why] ?? next.why}`,
    ),
  ];
}

/** Firmware generations that answer alike are one line. */
function scenarioTexts({ scenarios }: BootVm): string[] {
  const lines = new Map<string, string[]>();
  for (const one of scenarios) {
    const text = `${SCENARIO[one.scenario]}: ${starts(one)}`;
    lines.set(text, [...(lines.get(text) ?? []), one.firmware]);
  }
  return [...lines].map(([text, firmware]) =>
    firmware.length > 1 ? text : `${text} (firmware ${firmware.join()})`,
  );
}

function bitLockerText(vm: BootVm): string | null {
  const { scenarios, hasVtpm } = vm;
  const stored = decisive(vm);
  const repaired = scenarios.find(
    ({ scenario, firmware }) => scenario === "repaired" && firmware === "202208",
  );
  if (hasVtpm !== true || stored === null || stored.pcr7 === null || repaired?.pcr7 == null) return null;
  if (stored.pcr7 === repaired.pcr7) return "PCR 7 stays as it is: the repair does not make BitLocker ask.";
  return "PCR 7 changes with the repair: BitLocker that is bound to it asks for the recovery key once. Have the key at hand, or suspend BitLocker in the guest before.";
}

function vmTexts(vm: BootVm): {
  head: string;
  decisive: BootScenario | null;
  attempts: string[][];
  more: string[];
} {
  const name = vm.nameLabel ?? vm.uuid ?? "VM";
  const stored = decisive(vm);
  const attempts = (stored?.attempts ?? []).slice(0, MAX_ATTEMPTS).map(attemptTexts);
  const pcr7 = stored?.pcr7 == null ? [] : [`PCR 7 (TPM, SHA-256) as stored: ${stored.pcr7}`];
  const bitLocker = bitLockerText(vm);
  return {
    head: shown(name),
    decisive: stored,
    attempts,
    more: [
      ...(stored?.refusal == null ? [] : [shown(stored.refusal.message)]),
      ...(stored?.unknown == null ? [] : [shown(stored.unknown)]),
      ...scenarioTexts(vm),
      ...pcr7,
      ...(bitLocker === null ? [] : [bitLocker]),
    ],
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
      ...attempts.flatMap(([first = "", ...behind]) => [
        ...wrap(`- ${first}`, columns, 4),
        ...behind.flatMap((text) => wrap(text, columns, 6)),
      ]),
      ...more.flatMap((text) => wrap(text, columns, 2)),
      "",
    ];
  });
  return quiet ? lines : [...lines, `${bytesText(bytesRead)} read of ${printable(path)}`];
}

export function bootMarkdown(input: BootInput): string[] {
  const { path, error, vms } = input;
  if (error !== null) return [`## ${markdownText(path)}`, "", ...markdownBlock([printable(error.message)])];
  return vms.flatMap((vm) => {
    const { head, decisive: stored, attempts, more } = vmTexts(vm);
    return [
      `## ${markdownText(head)}: ${stored === null ? "not known" : starts(stored)}`,
      "",
      ...attempts.flatMap(([first = "", ...behind]) => [
        `- ${markdownText(first)}`,
        ...behind.map((text) => `  - ${markdownText(text)}`),
      ]),
      "",
      ...more.map((text) => `- ${markdownText(text)}`),
      "",
    ];
  });
}
