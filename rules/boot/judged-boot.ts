/** What is known about the start of a VM from its own disk, for the rules on boot loaders. `library/boot/` makes it. */

export interface JudgedAttempt {
  /** `Boot0001`, or `fallback` for what the firmware looks for by itself. */
  readonly entry: string;
  readonly description: string;
  readonly path: string | null;
  readonly status: string | null;
  readonly why: BootReason | null;
  /** What came behind shim. */
  readonly then: readonly {
    readonly path: string | null;
    readonly starts: boolean | null;
    readonly why: string;
  }[];
  readonly image: JudgedImage | null;
}

export interface BootReason {
  readonly rule: string;
  readonly variable: string | null;
  /** From 0. */
  readonly entry: number | null;
}

export interface JudgedImage {
  readonly signers: readonly { readonly subject: string; readonly issuer: string }[];
  readonly svn: string | null;
  /** `component,generation`. */
  readonly sbat: readonly string[];
}

/** A program on a system partition, and what the firmware would say of it with Secure Boot on. */
export interface JudgedLoader {
  readonly path: string;
  /** Null where it cannot be known. */
  readonly accepted: boolean | null;
  readonly why: BootReason | null;
  readonly image: JudgedImage;
}

export interface JudgedBoot {
  /** As the record has it; null where that is not known. */
  readonly secureBoot: boolean | null;
  /** With Secure Boot as the record has it; null where it cannot be known. */
  readonly starts: boolean | null;
  readonly attempts: readonly JudgedAttempt[];
  /** The same with Secure Boot on. */
  readonly checked: { readonly starts: boolean | null; readonly attempts: readonly JudgedAttempt[] };
  readonly loaders: readonly JudgedLoader[];
}

/** What reasoning knows of a copy's disks. */
export interface LookedAtDisks {
  /** Null where nobody looked at them, or where nothing is tried. */
  readonly boot: JudgedBoot | null;
  /** Why the disks were not read; null where no reason is known. */
  readonly why: string | null;
}
