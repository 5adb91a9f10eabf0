/** What `varscope boot` says of an input, as scripts rely on it (`varscope schema boot`). */
import type { AttemptRule, AttemptStatus } from "../firmware/boot-manager.ts";
import type { Generation } from "../firmware/generation.ts";
import type { Reason } from "../firmware/image-check.ts";
import type { Pcr7Event } from "../firmware/pcr7.ts";
import type { ShimReason } from "../firmware/shim.ts";
import type { JudgedBoot } from "../rules/boot/judged-boot.ts";
import type { ErrorReport } from "./error-report.ts";

export const SCENARIOS = ["as-stored", "secure-boot-on", "secure-boot-off", "repaired"] as const;
/** `update:` and the id of a known update of dbx: after it, and after the repair where there is one. */
export type ScenarioName = (typeof SCENARIOS)[number] | `update:${string}`;

/** `2018`: what XCP-ng 8.2 has, of which no start was recorded. */
export type FirmwareName = Generation | "2018";

export interface BootImage {
  /** Of the file. */
  readonly sha256: string;
  /** Its Authenticode hash by algorithm; empty where its headers leave none. */
  readonly authenticode: Readonly<Record<string, string>>;
  /** The signers of each signature, in order. */
  readonly signers: readonly { readonly subject: string; readonly issuer: string }[];
  /** `component,generation`. */
  readonly sbat: readonly string[];
  /** Security version of a Windows boot manager, such as `9.0`. */
  readonly svn: string | null;
}

export interface BootAttempt {
  readonly entry: string;
  readonly description: string;
  readonly disk: string | null;
  readonly partition: number | null;
  readonly path: string | null;
  readonly found: boolean;
  readonly image: BootImage | null;
  /** Null where varscope cannot tell. */
  readonly status: AttemptStatus | null;
  readonly why: {
    readonly rule: AttemptRule;
    readonly variable: string | null;
    readonly entry: number | null;
  } | null;
  readonly then: readonly {
    readonly path: string | null;
    readonly starts: boolean | null;
    readonly why: ShimReason;
  }[];
}

export interface BootScenario {
  readonly scenario: ScenarioName;
  readonly firmware: FirmwareName;
  readonly secureBoot: boolean | null;
  /** Null where it cannot be known; `unknown` says why. */
  readonly starts: boolean | null;
  readonly unknown: string | null;
  /** Why the daemon does not load the NVRAM, so that nothing is started at all. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
  readonly attempts: readonly BootAttempt[];
  readonly pcr7: string | null;
  readonly pcr7Events: readonly Pcr7Event[];
}

export interface BootDisk {
  readonly ref: string;
  readonly bytes: number;
  readonly table: "gpt" | "mbr" | null;
  readonly partitions: readonly {
    readonly number: number;
    readonly type: string;
    readonly start: number;
    readonly bytes: number;
  }[];
}

/** A program on a system partition, whether or not an entry leads to it. */
export interface BootLoader {
  readonly disk: string;
  readonly partition: number;
  readonly path: string;
  readonly image: BootImage;
  /** What the firmware of `202208` says with Secure Boot on, as stored; null where it cannot be known. */
  readonly accepted: boolean | null;
  readonly why: Reason | null;
}

/** What is said of one VM's start. */
export interface BootAnswer {
  /** What the hosts have, as far as the input tells; it decides the exit code. */
  readonly firmware: FirmwareName;
  /** Null where the input does not tell it. */
  readonly hasVtpm: boolean | null;
  readonly disks: readonly BootDisk[];
  readonly scenarios: readonly BootScenario[];
  readonly loaders: readonly BootLoader[];
  /** False where some programs were left out: too many, too large, or in a damaged file system. */
  readonly loadersWhole: boolean;
}

export interface BootVm extends BootAnswer {
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly secureBoot: boolean | null;
}

/** The same beside the verdict of `analyze --boot`: `vms[].boot`. */
export interface BootReport extends BootAnswer {
  /** Why nothing could be read. */
  readonly error: ErrorReport | null;
}

/** Code of the error where --boot was given and there is nothing that it could look at. */
export const NOT_LOOKED_AT = "not-looked-at";

export interface BootInput {
  readonly path: string;
  readonly error: ErrorReport | null;
  readonly vms: readonly BootVm[];
  /** Of the input itself, ova.xml and headers included. */
  readonly bytesRead: number;
}

/** The firmware that decides where nothing tells what the hosts run: that of XCP-ng 8.3. */
export const DECISIVE_FIRMWARE: FirmwareName = "202208";

type Answered = Pick<BootAnswer, "scenarios" | "firmware">;

/** On the firmware that decides. */
export function scenarioOf({ scenarios, firmware }: Answered, name: ScenarioName): BootScenario | null {
  return scenarios.find((one) => one.scenario === name && one.firmware === firmware) ?? null;
}

/** The scenario that decides the exit code: as stored, or the first one of `--scenario`. */
export function decisive(answer: Answered): BootScenario | null {
  const { scenarios, firmware } = answer;
  return scenarioOf(answer, "as-stored") ?? scenarios.find((one) => one.firmware === firmware) ?? null;
}

/** What the rules on boot loaders ask; null where nothing is tried, so that nothing can be found. */
export function judgedBootOf(answer: BootAnswer, secureBoot: boolean | null): JudgedBoot | null {
  const stored = decisive(answer);
  const checked = scenarioOf(answer, "secure-boot-on");
  if (stored === null || checked === null || checked.refusal !== null) return null;
  return { secureBoot, starts: stored.starts, attempts: stored.attempts, checked, loaders: answer.loaders };
}
