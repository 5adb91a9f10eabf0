/** What `varscope boot` says of an input, as scripts rely on it (`varscope schema boot`). */
import type { AttemptRule, AttemptStatus } from "../firmware/boot-manager.ts";
import type { Generation } from "../firmware/generation.ts";
import type { Pcr7Event } from "../firmware/pcr7.ts";
import type { ShimReason } from "../firmware/shim.ts";
import type { ErrorReport } from "./input.ts";

export type ScenarioName = "as-stored" | "repaired" | "secure-boot-on" | "secure-boot-off";

export interface BootImage {
  /** Of the file. */
  readonly sha256: string;
  /** Its Authenticode hash by algorithm; empty where its headers leave none. */
  readonly authenticode: Readonly<Record<string, string>>;
  /** Of each signature, in their order. */
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
  readonly firmware: Generation;
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

export interface BootVm {
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly secureBoot: boolean | null;
  /** Null where the input does not tell it. */
  readonly hasVtpm: boolean | null;
  readonly disks: readonly BootDisk[];
  readonly scenarios: readonly BootScenario[];
}

export interface BootInput {
  readonly path: string;
  readonly error: ErrorReport | null;
  readonly vms: readonly BootVm[];
  /** Of the input itself, ova.xml and headers included. */
  readonly bytesRead: number;
}

/** The scenario that decides the exit code: as stored, on what XCP-ng 8.3 has. */
export function decisive({ scenarios }: BootVm): BootScenario | null {
  return (
    scenarios.find(({ scenario, firmware }) => scenario === "as-stored" && firmware === "202208") ?? null
  );
}
