/** What reasoning asks of a copy, and stores of keys that play Microsoft's part. */

import type { VarstoredBlob, VmSource } from "../../parsers/model.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { contextOf } from "../../rules/engine/analyze.ts";
import type { RuleContext } from "../../rules/engine/rule.ts";
import type { Knowledge } from "../../rules/knowledge/knowledge.ts";
import type { Chain, Step } from "../../rules/reasoning/chain.ts";
import type { Claim, ClaimFacts } from "../../rules/reasoning/claims.ts";
import { sentenceOf } from "../../rules/reasoning/sentences.ts";
import { testKnowledge } from "../knowledge.ts";
import { sharedBytes, sharedCases } from "../shared-data.ts";
import { bootVariables, concat, MICROSOFT_OWNER, makeBlob, makeSignatureVariable, x509List } from "./blob.ts";
import { roleKnowledge } from "./test-microsoft.ts";
import { vmOf } from "./vm-of.ts";

export interface Asked {
  readonly blob: VarstoredBlob;
  readonly context: RuleContext;
}

/** Throws TypeError for bytes that are no VARS blob. */
export function askOf(
  bytes: Uint8Array,
  vm: Partial<VmSource> = {},
  knowledge: Knowledge = roleKnowledge,
): Asked {
  const settings = { platform: nodePlatform, asOf: "2026-11-22", knowledge };
  const context = contextOf({ ...vmOf(bytes), ...vm }, settings);
  if (context === null || context.blob === null) throw new TypeError("no VARS blob");
  return { blob: context.blob, context };
}

/** A blob of the real daemon, by the number in its name. */
export function askOfShared(key: string): Asked {
  const name = sharedCases().find(([one]) => one.startsWith(key))?.[0];
  if (name === undefined) throw new TypeError(`no case ${key}`);
  return askOf(sharedBytes(`${name}.vars`), {}, testKnowledge);
}

export interface KeyStore {
  /** Null for none. */
  readonly pk?: Uint8Array | null;
  readonly kek?: readonly Uint8Array[];
  readonly db?: readonly Uint8Array[];
  readonly dbx?: Uint8Array;
  readonly owner?: string;
}

/** A guest with these certificates, an empty list for a variable that is not there. */
export function keyStore({
  pk = null,
  kek = [],
  db = [],
  dbx,
  owner = MICROSOFT_OWNER,
}: KeyStore): Uint8Array {
  const lists = (name: "KEK" | "db", certificates: readonly Uint8Array[]) =>
    certificates.length === 0
      ? []
      : [
          makeSignatureVariable(
            name,
            concat(...certificates.map((certificate) => x509List(owner, certificate))),
          ),
        ];
  return makeBlob([
    ...bootVariables(),
    ...(pk === null ? [] : [makeSignatureVariable("PK", x509List(MICROSOFT_OWNER, pk))]),
    ...lists("KEK", kek),
    ...lists("db", db),
    ...(dbx === undefined ? [] : [makeSignatureVariable("dbx", dbx)]),
  ]);
}

export function claimsOf({ steps, conclusion }: Chain): Claim[] {
  return [...steps, conclusion].map(({ claim }) => claim);
}

/** The facts of the first step with this claim; undefined where none has it. */
export function factsOf<C extends Claim>(chain: Chain, claim: C): ClaimFacts[C] | undefined {
  const found = [...chain.steps, chain.conclusion].find((one) => one.claim === claim);
  return found?.facts as ClaimFacts[C] | undefined;
}

export function textOf({ claim, facts }: Step): string {
  return sentenceOf(claim, facts);
}
