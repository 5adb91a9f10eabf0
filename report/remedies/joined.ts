/** One remedy for those of all inputs who need it, before its steps are made. */
import type { Verdict } from "../../rules/engine/rule.ts";
import type { Products } from "./product.ts";
import type { Patient } from "./remedy.ts";

export interface Joined {
  readonly remedy: string;
  readonly products: Products;
  /** The first ones. */
  readonly patients: Patient[];
  /** Of all, those of `patients` first. */
  readonly places: { input: number; vm: number | null }[];
  readonly ruleIds: Set<string>;
  readonly errorCodes: Set<string>;
  worst: Verdict | null;
  /** Order in which it was first met. */
  readonly order: number;
}
