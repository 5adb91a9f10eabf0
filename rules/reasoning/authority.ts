/** Who can still sign what, and which of Microsoft's updates are therefore accepted. Whether one fits is another question. */

import type { RuleContext } from "../engine/rule.ts";
import { KEK_2K_CA_2023, KEK_CA_2011, KNOWN_CERTIFICATES } from "../knowledge/certificates.ts";
import { unusableKekSigner } from "../unusable-kek-signer.ts";
import { type Chain, type Step, step } from "./chain.ts";
import { platformKeyObstacle } from "./growth.ts";
import {
  exchangeSigners,
  type Mode,
  modeOf,
  platformKeyName,
  platformSigner,
  publishesKekUpdate,
  type Signer,
} from "./signers.ts";
import type { Question } from "./topics.ts";

export type AuthorityName = "PK" | "KEK" | "db" | "dbx";

export interface UpdatesBySigner {
  /** Microsoft's known updates whose signer the daemon accepts. */
  readonly accepted: readonly string[];
  readonly refused: readonly string[];
  /** Microsoft's signers that KEK lacks; their updates that are not known here are refused as well. */
  readonly missingSigners: readonly string[];
}

export interface VariableAuthority {
  readonly variable: AuthorityName;
  /** Null where that cannot be told. */
  readonly needsSignature: boolean | null;
  /** Empty where none is needed, and where nobody can. */
  readonly signers: readonly Signer[];
  /** Null for PK and KEK, whose updates are signed with the PK, and where nothing can be told. */
  readonly updates: UpdatesBySigner | null;
  readonly chain: Chain;
}

export interface Authority {
  readonly mode: Mode;
  readonly variables: readonly VariableAuthority[];
}

const NAMES: readonly AuthorityName[] = ["PK", "KEK", "db", "dbx"];
const QUESTION = {
  PK: "write-pk",
  KEK: "write-kek",
  db: "write-db",
  dbx: "write-dbx",
} as const satisfies Record<AuthorityName, Question>;
const MICROSOFT_SIGNERS = [KEK_CA_2011, KEK_2K_CA_2023];
const MAX_SIGNERS_SHOWN = 3;

export function authority(context: RuleContext): Authority {
  return { mode: modeOf(context), variables: NAMES.map((name) => authorityOver(name, context)) };
}

export function authorityOver(variable: AuthorityName, context: RuleContext): VariableAuthority {
  const mode = modeOf(context);
  const needsSignature =
    mode === "unknown" ? null : mode === "user" || (mode === "setup" && variable === "PK");
  const signers = mode === "user" ? signersOf(variable, context) : [];
  const updates =
    mode !== "unknown" && (variable === "db" || variable === "dbx")
      ? updatesOf(variable, mode, context)
      : null;
  const { PK } = context.keys();
  const open = mode === "user" ? platformKeyObstacle(PK, "any certificate") : null;
  if (open !== null) {
    const conclusion = step("writers-unknown", { variable });
    const steps = [modeStep(variable, mode, context), open];
    const chain = { question: QUESTION[variable], steps, answer: "unknown", conclusion } as const;
    return { variable, needsSignature, signers: [], updates: null, chain };
  }
  const steps = [
    modeStep(variable, mode, context),
    ...signerSteps(variable, mode, signers, context),
    ...updateSteps(variable, mode, updates, context),
  ];
  const chain = { question: QUESTION[variable], steps, ...conclude(variable, mode, signers) };
  return { variable, needsSignature, signers, updates, chain };
}

function signersOf(variable: AuthorityName, context: RuleContext): readonly Signer[] {
  const own = platformSigner(context);
  const exchange = variable === "db" || variable === "dbx" ? exchangeSigners(context) : [];
  return own === null ? exchange : [own, ...exchange];
}

function modeStep(variable: AuthorityName, mode: Mode, context: RuleContext): Step {
  switch (mode) {
    case "not-enforced":
      return step("not-enforced", { setting: "platform:auth-enforce" });
    case "setup":
      return variable === "PK"
        ? step("carried-key-signs", { variable })
        : step("setup-mode", { variables: NAMES.filter((name) => name !== "PK") });
    case "unknown": {
      const { bytes, rest } = context.blob ?? { bytes: new Uint8Array(0), rest: { start: 0 } };
      return step("pk-not-read", { readBytes: rest.start, bytes: bytes.length });
    }
    case "user":
      return step("user-mode", { pk: platformKeyName(context) }, context.keys().PK?.variable);
    default:
      return mode satisfies never;
  }
}

function signerSteps(
  variable: AuthorityName,
  mode: Mode,
  signers: readonly Signer[],
  context: RuleContext,
): Step[] {
  if (mode !== "user") return [];
  const unusable = variable === "db" || variable === "dbx" ? unusableSteps(context) : [];
  const room = MAX_SIGNERS_SHOWN - unusable.length;
  const more = signers.length - room;
  return [
    ...signers
      .slice(0, room)
      .map(({ certificate, through, holder, heldBy }) =>
        step("signer", { variable, certificate, through, holder }, heldBy),
      ),
    ...(more > 0 ? [step("more-signers", { variable, count: more }, signers[room]?.heldBy)] : []),
    ...unusable,
  ];
}

function unusableSteps(context: RuleContext): Step[] {
  const { KEK } = context.keys();
  if (KEK === null) return [];
  return [...unusableKekSigner.detect(KEK.variable, context)].map(({ facts }) => {
    const { unusable, reasons } = facts as { unusable: number; reasons: readonly string[] };
    return step("unusable-entries", { variable: "KEK", count: unusable, reasons }, KEK.variable);
  });
}

function updateSteps(
  variable: AuthorityName,
  mode: Mode,
  updates: UpdatesBySigner | null,
  context: RuleContext,
): Step[] {
  const { PK, KEK } = context.keys();
  if (updates !== null) return [step("updates-by-signer", { variable, ...updates }, KEK?.variable)];
  if (variable !== "KEK" || mode !== "user") return [];
  const facts = { pk: platformKeyName(context), published: publishesKekUpdate(context) };
  return [step("kek-update", facts, PK?.variable)];
}

interface Published {
  readonly name: string;
  readonly signer: string;
}

function updatesOf(variable: "db" | "dbx", mode: Mode, context: RuleContext): UpdatesBySigner {
  const held = new Set(signersOf(variable, context).map(({ sha256 }) => sha256));
  const accepts = ({ signer }: Published): boolean => mode !== "user" || held.has(signer);
  const published = variable === "db" ? dbUpdates() : dbxUpdates(context);
  return {
    accepted: published.filter(accepts).map(({ name }) => name),
    refused: published.filter((update) => !accepts(update)).map(({ name }) => name),
    missingSigners:
      mode === "user"
        ? MICROSOFT_SIGNERS.filter((signer) => !held.has(signer)).map(
            (signer) => context.knowledge.certificate(signer)?.commonName ?? signer,
          )
        : [],
  };
}

/** All that exist are signed under KEK CA 2011 (microsoft/secureboot_objects, PostSignedObjects/DB). */
function dbUpdates(): readonly Published[] {
  return KNOWN_CERTIFICATES.flatMap(({ update }) =>
    update === null ? [] : [{ name: update.fileName, signer: KEK_CA_2011 }],
  );
}

/** A reference without a signature says nothing of its signer, so it is left out. */
function dbxUpdates({ knowledge }: RuleContext): readonly Published[] {
  return knowledge
    .dbxTable()
    .releases.flatMap(({ id, signer }) => (signer === null ? [] : [{ name: id, signer }]));
}

function conclude(
  variable: AuthorityName,
  mode: Mode,
  signers: readonly Signer[],
): Pick<Chain, "answer" | "conclusion"> {
  if (mode === "unknown") return { answer: "unknown", conclusion: step("writers-unknown", { variable }) };
  if (mode !== "user") return { answer: "yes", conclusion: step("anyone-writes", { variable }) };
  if (signers.length === 0) return { answer: "no", conclusion: step("nobody-writes", { variable }) };
  const names = signers.map(({ certificate }) => certificate);
  return { answer: "yes", conclusion: step("signers-write", { variable, signers: names }) };
}
