/** What becomes of the NVRAM on each kind of host: does it load, is the next update of dbx taken, can the VM be moved. */

import { usedBytes } from "../../daemon/space.ts";
import { startDaemon } from "../../daemon/startup-variables.ts";
import { judgeUefistoredLoad } from "../../daemon/uefistored-loader.ts";
import { largest } from "../../parsers/arrays.ts";
import { UEFISTORED_LIMITS, VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { EfiVariable, VarstoredBlob } from "../../parsers/model.ts";
import { verifies } from "../engine/key-state.ts";
import { idsOf, type NextUpdate, nextUpdates } from "../engine/next-updates.ts";
import type { RuleContext } from "../engine/rule.ts";
import { type Answer, type Step, step } from "./chain.ts";
import { appendObstacle, keyObstacle, leavesOpen } from "./growth.ts";
import { modeOf, nameOf } from "./signers.ts";

const {
  DATA_LIMIT,
  TOTAL_LIMIT,
  MAX_FILE_SIZE,
  MAX_VARIABLE_COUNT,
  HEADER_BYTES,
  ANCILLARY_BYTES,
  RECORD_OVERHEAD_BYTES,
  VARIABLE_SIZE_OVERHEAD,
} = VARSTORED_LIMITS;

/** uefistored, and varstored before and after it learnt to check an append (xapi-project/varstored CA-419599). */
type Daemon = "uefistored" | "unfixed" | "fixed";

export type HostId = "xcp-ng-8.2" | "xcp-ng-8.3-unfixed" | "xcp-ng-8.3-fixed" | "varstored-1.3";

export const HOSTS: Readonly<Record<HostId, { readonly title: string; readonly daemon: Daemon }>> = {
  "xcp-ng-8.2": { title: "XCP-ng 8.2 (uefistored)", daemon: "uefistored" },
  "xcp-ng-8.3-unfixed": { title: "XCP-ng 8.3, varstored up to 1.2.0-3.1", daemon: "unfixed" },
  "xcp-ng-8.3-fixed": { title: "XCP-ng 8.3, varstored 1.2.0-3.2 to 3.6", daemon: "fixed" },
  "varstored-1.3": { title: "varstored 1.3.1 and later", daemon: "fixed" },
};

export interface Cell {
  readonly answer: Answer;
  readonly because: Step;
}

export interface HostRow {
  readonly host: HostId;
  /** The VM starts there as far as the NVRAM goes. */
  readonly loads: Cell;
  /** The next update of dbx is taken and does no harm. */
  readonly nextWrite: Cell;
  /** A host of this kind takes the VM by migration, or resumes it. */
  readonly migrates: Cell;
}

export function hostMatrix(blob: VarstoredBlob, context: RuleContext): readonly HostRow[] {
  // No daemon runs for it: it starts and moves, and no update comes.
  const bios = step("boots-by-bios", {});
  return (Object.keys(HOSTS) as HostId[]).map((host) => {
    const { daemon } = HOSTS[host];
    if (context.vm.firmware === "bios") {
      const yes: Cell = { answer: "yes", because: bios };
      return { host, loads: yes, nextWrite: { answer: "no", because: bios }, migrates: yes };
    }
    return {
      host,
      loads: loadsOn(daemon, blob, context),
      nextWrite: nextWriteOn(daemon, blob, context),
      migrates: migratesTo(daemon, blob, context),
    };
  });
}

function loadsOn(daemon: Daemon, blob: VarstoredBlob, context: RuleContext): Cell {
  if (daemon === "uefistored") return loadsOnUefistored(blob, context);
  const refusal = context.load?.refusal;
  if (refusal != null) return { answer: "no", because: step("host-refuses", { refusal: refusal.message }) };
  return { answer: "yes", because: loadedStep(blob, DATA_LIMIT) };
}

function loadedStep({ variables }: VarstoredBlob, limit: number): Step {
  let largest = variables[0];
  for (const variable of variables) {
    if (largest !== undefined && variable.data.length > largest.data.length) largest = variable;
  }
  const facts = { variables: variables.length, largest: largest?.data.length ?? 0, limit };
  return step("host-loads", facts, largest);
}

/** The daemon gets what stands in the record, not what a lenient reader makes of it. */
function loadsOnUefistored(blob: VarstoredBlob, { nvram }: RuleContext): Cell {
  const verdict = judgeUefistoredLoad(nvram.daemonBytes ?? new Uint8Array(0));
  const { version } = blob;
  switch (verdict.loads) {
    case "yes":
      return { answer: "yes", because: loadedStep(blob, UEFISTORED_LIMITS.DATA_LIMIT) };
    case "no": {
      const { code, limit } = verdict;
      const found = verdict.found === null ? null : String(verdict.found);
      return { answer: "no", because: step("uefistored-refuses", { code, version, found, limit }) };
    }
    case "unknown":
      return {
        answer: "unknown",
        because: step("uefistored-overreads", { version, bytes: verdict.offset }),
      };
    default:
      return verdict satisfies never;
  }
}

/** Null where the daemon loads the NVRAM; else what a cell says that needs it loaded. */
function notLoaded(daemon: Daemon, blob: VarstoredBlob, context: RuleContext): Cell | null {
  const { answer } = loadsOn(daemon, blob, context);
  if (answer === "yes") return null;
  return { answer, because: step("needs-loading", { loads: answer }) };
}

/** Newest first. */
type NextUpdates = readonly [NextUpdate, ...NextUpdate[]];

function nextWriteOn(daemon: Daemon, blob: VarstoredBlob, context: RuleContext): Cell {
  const early = notLoaded(daemon, blob, context);
  if (early !== null) return early;
  const { dbx } = context.keys();
  const [newest, ...others] = nextUpdates(blob, context);
  if (newest === undefined) return nothingNext(context);
  if (daemon === "uefistored") return nextOnUefistored([newest, ...others]);
  const { signer } = newest.release;
  const mustSign = signer !== null && modeOf(context) === "user";
  const inKek = mustSign ? keyObstacle(signer, nameOf(signer, context), context.keys()) : null;
  const obstacle = inKek ?? appendObstacle("dbx", dbx);
  if (obstacle !== null) return { answer: leavesOpen(obstacle) ? "unknown" : "no", because: obstacle };
  return judgedUpdates(daemon, [newest, ...others], dbx?.variable ?? null);
}

/** Either dbx has everything, or nobody whose updates are known may write it. */
function nothingNext(context: RuleContext): Cell {
  const keys = context.keys();
  const { KEK, dbx } = keys;
  const { releases } = context.knowledge.dbxTable();
  return modeOf(context) !== "user" ||
    releases.some(({ signer }) => signer !== null && verifies(keys, signer))
    ? { answer: "yes", because: step("nothing-to-add", { variable: "dbx" }, dbx?.variable) }
    : { answer: "unknown", because: step("no-known-signer", { variable: "dbx" }, KEK?.variable) };
}

function judgedUpdates(daemon: "unfixed" | "fixed", updates: NextUpdates, dbx: EfiVariable | null): Cell {
  const [newest] = updates;
  const fits = idsOf(updates, "fits");
  const kills = daemon === "unfixed" ? updates.filter(({ effect }) => effect === "kills") : [];
  if (kills.length > 0) {
    const after = largest(kills.map(({ dbxBytesAfter }) => dbxBytesAfter));
    const facts = { kills: kills.map(({ id }) => id), fits, after, limit: DATA_LIMIT };
    return { answer: "no", because: step("updates-kill", facts, dbx) };
  }
  const refused = updates.filter(({ effect }) => effect !== "fits");
  if (refused.length > 0) {
    const missing = largest(refused.map(({ bytesMissing }) => bytesMissing));
    const facts = { refused: refused.map(({ id }) => id), fits, missing };
    return { answer: "no", because: step("updates-refused", facts, dbx) };
  }
  const facts = { newest: newest.id, fits, after: newest.dbxBytesAfter, limit: DATA_LIMIT };
  return { answer: "yes", because: step("updates-fit", facts, dbx) };
}

/** Its answers to writes are not modelled, but that it stores no variable above its limit is certain (src/storage.c). */
function nextOnUefistored(updates: NextUpdates): Cell {
  const [newest] = updates;
  const limit = UEFISTORED_LIMITS.DATA_LIMIT;
  const over = updates.find(({ dbxBytesAfter }) => dbxBytesAfter > limit);
  if (over !== undefined) {
    const facts = { update: over.id, after: over.dbxBytesAfter, limit };
    return { answer: "no", because: step("over-uefistored-limit", facts) };
  }
  const facts = { update: newest.id, after: newest.dbxBytesAfter, limit };
  return { answer: "unknown", because: step("uefistored-not-modelled", facts) };
}

function migratesTo(daemon: Daemon, blob: VarstoredBlob, context: RuleContext): Cell {
  const early = notLoaded(daemon, blob, context);
  if (early !== null) return early;
  return daemon === "uefistored" ? fileOfUefistored(blob) : fileOfVarstored(blob, context);
}

/** Five volatile variables that no guest can delete, and the three at least that fill the total: each has its own limit. */
const LEAST_RECORDS_OF_FULL_TOTAL = 8;

/**
 * The file holds every variable in memory, volatile ones included. No write lets the total pass TOTAL_LIMIT, and the
 * daemon counts 44 bytes more for a variable than it has in the file: so the most that the file can become is known.
 */
function fileOfVarstored(blob: VarstoredBlob, { vm }: RuleContext): Cell {
  const { variables } = startDaemon(blob, vm.secureBoot === true);
  const used = usedBytes(variables);
  const file = fileBytes(used, variables.length);
  const limit = MAX_FILE_SIZE;
  if (variables.length > MAX_VARIABLE_COUNT) {
    const facts = { records: variables.length, limit: MAX_VARIABLE_COUNT };
    return { answer: "no", because: step("too-many-records", facts) };
  }
  if (file > limit) return { answer: "no", because: step("file-too-large", { file, limit }) };
  const most = used > TOTAL_LIMIT ? file : fileBytes(TOTAL_LIMIT, LEAST_RECORDS_OF_FULL_TOTAL);
  return { answer: "yes", because: step("file-fits", { file, most, limit }) };
}

function fileBytes(used: number, records: number): number {
  return HEADER_BYTES + ANCILLARY_BYTES + used - (VARIABLE_SIZE_OVERHEAD - RECORD_OVERHEAD_BYTES) * records;
}

/** Which volatile variables the guest has there cannot be told from the stored ones. */
function fileOfUefistored({ variables }: VarstoredBlob): Cell {
  const limit = UEFISTORED_LIMITS.MAX_RESUME_FILE_SIZE;
  const file = fileBytes(usedBytes(variables), variables.length) - ANCILLARY_BYTES;
  return file > limit
    ? { answer: "no", because: step("file-too-large", { file, limit }) }
    : { answer: "unknown", because: step("file-may-grow", { file, limit }) };
}
