/** Types of a repair: what it is given, and its result. */

import type { LoadVerdict } from "../../daemon/varstored-loader.ts";
import type { Span } from "../../parsers/model.ts";
import type { Verdict } from "./rule.ts";
import type { Strategy } from "./strategy.ts";
import type { VariableRef } from "./variable-ref.ts";

/** Something of the input that the output does not hold, or does not hold as it was. */
export interface ChangedItem {
  readonly variable: VariableRef | null;
  /** Name or GUID of the signature type; null for what is no signature. */
  readonly type: string | null;
  readonly owner: string | null;
  /** SHA-256 of the signature's data, or of the removed bytes, in hexadecimal. */
  readonly sha256: string;
  /** Bytes of the input's blob; null where it stands in none. A signature's lie within those of its variable. */
  readonly span: Span | null;
  readonly reason: string;
}

/** Every byte of both blobs: before = kept + merged + lists + removed, after = kept + added. */
export interface ByteAccount {
  readonly before: number;
  readonly after: number;
  /** Of the input, in the output as they were, or with another owner, other attributes, or in a header that was written anew. */
  readonly kept: number;
  /** Signatures that stand in the output once less. */
  readonly merged: number;
  /** Headers of signature lists that were joined, or were left with no signature. */
  readonly lists: number;
  /** All that `removed` names. */
  readonly removed: number;
  readonly added: number;
}

/** Input and output compared signature by signature, made from the bytes alone, without knowledge of the patches. */
export interface Proof {
  /** Signatures that stand in the output with the same type, owner and data. */
  readonly kept: number;
  /** Signatures of the input whose data is in the output once less, because an identical one stands there. */
  readonly merged: number;
  /** Signatures that changed from the XCP-ng owner to Microsoft's. */
  readonly reowned: number;
  readonly removed: readonly ChangedItem[];
  /** Signatures of the output that the input does not have: only certificates that the user supplied. */
  readonly added: readonly ChangedItem[];
  /** How many of `removed` are proven to match nothing: hashes of whole files that are no Authenticode hash in any known release. */
  readonly deadWeight: number;
  readonly account: ByteAccount;
  /** Variables, counted, that are byte for byte what they were. */
  readonly unchangedVariables: number;
  readonly changedVariables: readonly {
    readonly variable: VariableRef;
    readonly bytesBefore: number;
    readonly bytesAfter: number;
  }[];
  /** Variables of which the attributes, four bytes each, are others; these stand in the counts above as well. */
  readonly changedAttributes: readonly ChangedAttributes[];
}

export interface ChangedAttributes {
  readonly variable: VariableRef;
  readonly before: number;
  readonly after: number;
}

export interface RepairStep {
  readonly ruleId: string;
  readonly title: string;
  readonly variable: VariableRef | null;
}

export type RepairOutcome =
  | {
      readonly kind: "nothing-to-repair";
      readonly verdict: Verdict;
      /** KEK or db lack Microsoft's certificates of 2023, which a repair adds only where they are supplied. */
      readonly lacksCertificates: boolean;
    }
  | {
      readonly kind: "refused";
      /** Which check stopped it, in words. */
      readonly reason: string;
      /** The strategy that can, null where none can. */
      readonly strategyThatCan: Strategy | null;
    }
  | {
      readonly kind: "repaired";
      readonly bytes: Uint8Array;
      readonly steps: readonly RepairStep[];
      readonly proof: Proof;
      readonly before: { readonly load: LoadVerdict; readonly verdict: Verdict };
      readonly after: { readonly load: LoadVerdict; readonly verdict: Verdict };
    };
