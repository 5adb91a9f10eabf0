/** What extract wrote: an element of `extracted`. */

import type { Restorable } from "../rules/backup/restorable.ts";
import type { Verdict } from "../rules/engine/rule.ts";
import type { VariableRef } from "../rules/engine/variable-ref.ts";
import type { ExtractedFile } from "./extraction.ts";

/** One file that was written. */
export interface ExtractedEntry {
  /** With the folder. */
  readonly path: string;
  readonly kind: ExtractedFile["kind"];
  readonly bytes: number;
  readonly sha256: string;
  readonly variable: VariableRef | null;
  readonly commonName: string | null;
}

/** One copy of an NVRAM: an element of `extracted`. */
export interface Extraction {
  readonly path: string;
  readonly vm: { readonly uuid: string | null; readonly nameLabel: string | null };
  readonly source: string;
  /** Of the last good one; null where the input itself was named. */
  readonly backup: {
    readonly timestamp: string;
    readonly verdict: Verdict;
    readonly restorable: Restorable;
    /** Later ones whose NVRAM is healthy, and which cannot be restored. */
    readonly passedOver: readonly { readonly timestamp: string; readonly problems: readonly string[] }[];
  } | null;
  readonly files: readonly ExtractedEntry[];
}
