/** What the guest can put right from inside: a chain for each fault that is there, none where it is not. */
import { shortName } from "../../parsers/efi/short-name.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { VarstoredBlob } from "../../parsers/model.ts";
import { db2023Missing } from "../db-2023-missing.ts";
import { dbxBehind } from "../dbx-behind.ts";
import { holds, verifies, xcpNgEntries } from "../engine/key-state.ts";
import { idsOf, type NextUpdate, nextUpdates } from "../engine/next-updates.ts";
import type { BlobRule, Detection, RuleContext } from "../engine/rule.ts";
import { kek2023Missing } from "../kek-2023-missing.ts";
import { KEK_2K_CA_2023, KEK_CA_2011 } from "../knowledge/certificates.ts";
import { newestHashRelease } from "../knowledge/dbx-releases.ts";
import { type Answer, type Chain, type Step, step } from "./chain.ts";
import type { Aim } from "./claims.ts";
import {
  appendObstacle,
  dbUpdateBytes,
  growthStep,
  kekUpdateBytes,
  keyObstacle,
  leavesOpen,
} from "./growth.ts";
import {
  exchangeSigners,
  modeOf,
  nameOf,
  platformKeyName,
  platformSigner,
  publishesKekUpdate,
} from "./signers.ts";
import type { Question } from "./topics.ts";

/** It has no name of its own: there is one for each PK. */
const KEK_UPDATE = "Microsoft's update of KEK for this PK";

/** Steps, and what follows from them. */
interface Course {
  readonly steps: readonly Step[];
  readonly answer: Answer;
  readonly conclusion: Step;
}

const cannot = (aim: Aim, steps: readonly Step[]): Course => ({
  steps,
  answer: "no",
  conclusion: step("guest-cannot", { aim }),
});
const can = (aim: Aim, steps: readonly Step[], by: readonly string[]): Course => ({
  steps,
  answer: "yes",
  conclusion: step("guest-can", { aim, by }),
});
const perhaps = (aim: Aim, steps: readonly Step[], update: string, signer: string): Course => ({
  steps,
  answer: "unknown",
  conclusion: step("guest-perhaps", { aim, update, signer }),
});

const open = (aim: Aim, steps: readonly Step[]): Course => ({
  steps,
  answer: "unknown",
  conclusion: step("guest-open", { aim }),
});
/** What the last step comes to: a daemon that goes on with what lies behind its data may do either. */
const cannotOrOpen = (aim: Aim, steps: readonly Step[]): Course => {
  const last = steps.at(-1);
  return last !== undefined && leavesOpen(last) ? open(aim, steps) : cannot(aim, steps);
};

/** A guest that does not start repairs nothing, and one that need not sign everything that there is room for; `growth` tells. */
function chainOf(
  question: Question,
  aim: Aim,
  fault: Step | null,
  context: RuleContext,
  course: (fault: Step) => Course,
  growth: () => Step | null = () => null,
): Chain | null {
  if (fault === null) return null;
  const { load } = context;
  if (load?.refusal != null) {
    const refused = step("does-not-load", { refusal: load.refusal.message });
    return { question, ...cannot(aim, [fault, refused]) };
  }
  const mode = modeOf(context);
  if (mode === "user") return { question, ...course(fault) };
  const unsigned =
    mode === "setup"
      ? step("setup-mode", { variables: ["KEK", "db", "dbx"] })
      : step("not-enforced", { setting: "platform:auth-enforce" });
  const room = growth();
  if (room !== null && room.claim !== "update-fits") {
    return { question, ...cannot(aim, [fault, unsigned, room]) };
  }
  return {
    question,
    steps: [fault, unsigned],
    answer: "yes",
    conclusion: step("guest-can-unsigned", { aim }),
  };
}

function firstOf(rule: BlobRule, blob: VarstoredBlob, context: RuleContext): Detection | null {
  for (const detection of rule.detect(blob, context)) return detection;
  return null;
}

/** KEK 2K CA 2023 in KEK. */
export function getKek2023(blob: VarstoredBlob, context: RuleContext): Chain | null {
  const found = firstOf(kek2023Missing, blob, context);
  const { KEK } = context.keys();
  if (found === null || KEK === null) return null;
  const fault = step("kek-lacks", { missing: String(found.facts["missing"]) }, KEK.variable);
  const growth = (): Step => growthStep(KEK, "KEK", [KEK_UPDATE], kekUpdateBytes(context), blob);
  const course = (): Course => {
    const pk = platformKeyName(context);
    const own = platformSigner(context);
    const held = context.keys().PK?.variable;
    if (own === null) return cannot("kek", [fault, step("pk-signs-nothing", { variable: "KEK", pk }, held)]);
    const published = publishesKekUpdate(context);
    const steps = [
      fault,
      step("pk-signs", { variable: "KEK", pk, holder: own.holder }, own.heldBy),
      step("kek-update", { pk, published }, own.heldBy),
    ];
    if (published === null) return perhaps("kek", steps, "an update of KEK", pk);
    if (!published) return cannot("kek", steps);
    const last = appendObstacle("KEK", KEK) ?? growth();
    const all = [...steps, last];
    return last.claim === "update-fits" ? can("kek", all, [KEK_UPDATE]) : cannotOrOpen("kek", all);
  };
  return chainOf("get-kek-2023", "kek", fault, context, course, growth);
}

/** The successors of 2023 in db. */
export function getDb2023(blob: VarstoredBlob, context: RuleContext): Chain | null {
  const found = firstOf(db2023Missing, blob, context);
  const { db } = context.keys();
  if (found === null || db === null) return null;
  const { missing, holds, updates } = found.facts as Record<
    "missing" | "holds" | "updates",
    readonly string[]
  >;
  const fault = step("db-lacks", { missing, holds }, db.variable);
  const growth = (): Step => growthStep(db, "db", updates, dbUpdateBytes(updates), blob);
  const course = (): Course => {
    const signer = nameOf(KEK_CA_2011, context);
    const published = step("update-of", { variable: "db", updates, signer }, db.variable);
    const signed = signerStep(KEK_CA_2011, context);
    const steps = [fault, published, signed];
    if (signed.claim !== "signer-held" && signed.claim !== "signer-missing") return cannotOrOpen("db", steps);
    if (signed.claim !== "signer-held") {
      const newer = exchangeSigners(context).find(({ sha256 }) => sha256 === KEK_2K_CA_2023);
      return newer === undefined
        ? cannot("db", steps)
        : perhaps("db", steps, "updates of db", newer.certificate);
    }
    const last = appendObstacle("db", db) ?? growth();
    const all = [...steps, last];
    return last.claim === "update-fits" ? can("db", all, updates) : cannotOrOpen("db", all);
  };
  return chainOf("get-db-2023", "db", fault, context, course, growth);
}

function signerStep(sha256: string, context: RuleContext): Step {
  const { PK, KEK } = context.keys();
  const signer = nameOf(sha256, context);
  const obstacle = keyObstacle(sha256, signer, context.keys());
  if (obstacle !== null) return obstacle;
  if (holds(KEK, sha256)) return step("signer-held", { variable: "KEK", signer }, KEK?.variable);
  return verifies(context.keys(), sha256)
    ? step("signer-held", { variable: "PK", signer }, PK?.variable)
    : step("signer-missing", { variable: "KEK", signer, pk: platformKeyName(context) }, KEK?.variable);
}

/** Microsoft's newest known release of dbx, and every known update that would not fit. */
export function updateDbx(blob: VarstoredBlob, context: RuleContext): Chain | null {
  const { dbx } = context.keys();
  const behind = firstOf(dbxBehind, blob, context);
  const updates = nextUpdates(blob, context);
  const overflowing = updates.find(({ effect }) => effect !== "fits");
  if (behind === null && overflowing === undefined) return null;
  const target = behind === null ? overflowing : updates.find(({ release }) => release.hashCount > 0);
  const fault = behind === null ? null : behindStep(behind, context);
  const first = fault ?? (target === undefined ? null : updateStep(target, context));
  const growth = (): Step | null => (target === undefined ? null : updateStep(target, context));
  const course = (): Course => {
    const release = newestHashRelease(context.knowledge.dbxTable());
    const wanted = behind === null ? (target?.release ?? release) : release;
    const signed = wanted === null || wanted.signer === null ? null : signerStep(wanted.signer, context);
    const before = [...(fault === null ? [] : [fault]), ...(signed === null ? [] : [signed])];
    if ((signed !== null && signed.claim !== "signer-held") || target === undefined)
      return cannotOrOpen("dbx", before);
    const obstacle = appendObstacle("dbx", dbx);
    if (obstacle !== null) return cannotOrOpen("dbx", [...before, obstacle]);
    const steps = [...before, updateStep(target, context), ...otherSteps(updates, target)];
    if (target.effect !== "fits") return cannot("dbx", steps);
    return signed === null
      ? perhaps("dbx", steps, target.id, "a certificate of KEK")
      : can("dbx", steps, [target.id]);
  };
  return chainOf("update-dbx", "dbx", first, context, course, growth);
}

function behindStep({ facts }: Detection, context: RuleContext): Step {
  const { dbx } = context.keys();
  const release = String(facts["newest"]);
  if (dbx === null) return step("dbx-is-missing", { release });
  const { missing, ofHashes } = facts as { missing: number; ofHashes: number };
  return step("dbx-lacks", { missing, ofHashes, release }, dbx.variable);
}

function updateStep(
  { id, effect, dbxBytesAfter, addedBytes, bytesMissing }: NextUpdate,
  context: RuleContext,
): Step {
  const variable = context.keys().dbx?.variable;
  const facts = {
    updates: [id],
    variable: "dbx",
    before: dbxBytesAfter - addedBytes,
    after: dbxBytesAfter,
    limit: VARSTORED_LIMITS.DATA_LIMIT,
  };
  switch (effect) {
    case "fits":
      return step("update-fits", facts, variable);
    case "kills":
      return step("update-over-data-limit", facts, variable);
    case "blocked":
      return step(
        "update-over-total-limit",
        { updates: [id], missing: bytesMissing, limit: VARSTORED_LIMITS.TOTAL_LIMIT },
        variable,
      );
    default:
      return effect satisfies never;
  }
}

/** Where the one that is wanted does not fit: what the others would do. */
function otherSteps(updates: readonly NextUpdate[], target: NextUpdate): Step[] {
  const others = updates.filter((update) => update !== target);
  if (target.effect === "fits" || others.length === 0) return [];
  const overflows = others.filter(({ effect }) => effect !== "fits").map(({ id }) => id);
  return [step("other-updates", { fits: idsOf(others, "fits"), overflows })];
}

/** Entries of KEK, db and dbx under the owner of XCP-ng (see wrong-signature-owner). */
export function changeOwners(_blob: VarstoredBlob, context: RuleContext): Chain | null {
  const { KEK, db, dbx } = context.keys();
  const affected = [KEK, db, dbx]
    .filter((keys) => keys !== null && xcpNgEntries(keys) > 0)
    .filter((keys) => keys !== null);
  const last = affected.at(-1);
  if (last === undefined) return null;
  const variables = affected.map(({ variable }) => shortName(variable.name));
  const entries = affected.reduce((sum, keys) => sum + xcpNgEntries(keys), 0);
  const fault = step("wrong-owners", { variables, entries, owner: "XCP-ng" }, last.variable);
  return chainOf("change-owners", "owners", fault, context, () =>
    cannot("owners", [
      fault,
      step("owner-needs-replacing", { variables }),
      step("only-appends", { variables: ["db", "dbx"] }),
    ]),
  );
}
