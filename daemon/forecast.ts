/** What the daemon will answer to updates, and what the NVRAM looks like after them. */
import { toHex } from "../parsers/bytes.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import { openBlob } from "../parsers/nvram/varstored-blob.ts";
import type { CheckId } from "./refusal.ts";
import { type DaemonContext, type SetVariableAnswer, setVariable } from "./set-variable.ts";
import { compareSignatures, type SignatureChanges } from "./signature-changes.ts";
import { usedBytes } from "./space.ts";
import { startDaemon } from "./startup-variables.ts";
import { type EfiStatus, statusHex } from "./status.ts";
import { findVariable, saveStore, type VariableStore } from "./store.ts";
import { requestOf, type UpdateFile, type UpdateTarget } from "./update-target.ts";
import { secureBootId } from "./variable-id.ts";
import { judgeLoad, type RefusalCode } from "./varstored-loader.ts";

const { DATA_LIMIT, TOTAL_LIMIT } = VARSTORED_LIMITS;
const NOTHING = new Uint8Array(0);

export interface ForecastUpdate {
  readonly file: UpdateFile;
  readonly target: UpdateTarget;
}

export interface ForecastStep {
  readonly update: string;
  readonly variable: { readonly name: string; readonly guid: string };
  readonly append: boolean;
  /** Hexadecimal text; `0x0` is EFI_SUCCESS. Null where no answer comes, or where it cannot be known. */
  readonly status: string | null;
  readonly statusName: EfiStatus | null;
  /**
   * Bytes of the variable's data; 0, and no hash, where the variable is absent. All values for the time after the update are null
   * where the answer is unknown.
   */
  readonly bytesBefore: number;
  readonly bytesAfter: number | null;
  readonly sha256Before: string | null;
  readonly sha256After: string | null;
  readonly signaturesAdded: number | null;
  /** How many signatures of the update are left out, because the variable holds them already. */
  readonly signaturesDropped: number | null;
  /** How many signatures of the variable are gone, because the update replaced or deleted it. */
  readonly signaturesRemoved: number | null;
  /** Whether the NVRAM that is saved after this step loads at the next start. */
  readonly loadsAfterwards: boolean | null;
  /** Which check refused; null where the daemon took the update. */
  readonly check: CheckId | null;
  /** One sentence on the answer, with its numbers. */
  readonly reason: string;
  /** By how many bytes the variable may grow before the next start refuses it; negative where it is too long already. */
  readonly variableRoom: number | null;
  /** Bytes left of the daemon's total limit, with the variables that it makes itself. */
  readonly totalRoom: number | null;
}

/** Why the blob does not load, or why the last step has no status. */
export interface ForecastError {
  readonly code: RefusalCode | CheckId;
  readonly message: string;
}

export interface Forecast {
  readonly error: ForecastError | null;
  /** Empty for a blob that does not load. A step without a status is the last one; `error` says why. */
  readonly steps: readonly ForecastStep[];
  /**
   * The NVRAM as the daemon would save it, without variables that it makes again at each start. Null where the blob does not load,
   * or where the result is unknown.
   */
  readonly saved: Uint8Array | null;
}

/** Applies the updates in order to one daemon that has loaded `blob`. Never throws, whatever the bytes are. */
export function forecast(
  blob: Uint8Array,
  updates: readonly ForecastUpdate[],
  context: DaemonContext,
): Forecast {
  const { refusal } = judgeLoad(blob);
  if (refusal !== null) {
    return { error: { code: refusal.code, message: refusal.message }, steps: [], saved: null };
  }
  let store = startDaemon(openBlob(blob), context.secureBoot);
  let loads = true;
  const steps: ForecastStep[] = [];
  for (const { file, target } of updates) {
    const answer = setVariable(store, requestOf(file, target), context);
    const { refusal: refused } = answer;
    const status = refused === null ? "EFI_SUCCESS" : refused.status;
    if (refused !== null && status === null) {
      const error = { code: refused.check, message: refused.reason };
      const step = describeStep({ file, target, store, answer, loads }, context);
      // A daemon that hangs or is gone saves nothing more; of any other nothing is known from here on.
      const isOver = refused.check === "daemon-hangs" || refused.check === "daemon-crashes";
      steps.push(isOver ? step : { ...step, ...UNKNOWN_AFTERWARDS });
      return { error, steps, saved: isOver ? saveStore(store, false) : null };
    }
    if (answer.saves) loads = judgeLoad(saveStore(answer.store, true)).loads;
    steps.push(describeStep({ file, target, store, answer, loads }, context));
    store = answer.store;
  }
  return { error: null, steps, saved: saveStore(store, false) };
}

const UNKNOWN_AFTERWARDS = {
  bytesAfter: null,
  sha256After: null,
  signaturesAdded: null,
  signaturesDropped: null,
  signaturesRemoved: null,
  loadsAfterwards: null,
  variableRoom: null,
  totalRoom: null,
} as const;

interface Step extends ForecastUpdate {
  /** Before the request. */
  readonly store: VariableStore;
  readonly answer: SetVariableAnswer;
  readonly loads: boolean;
}

function describeStep(step: Step, { verifier }: DaemonContext): ForecastStep {
  const { file, target, answer, loads } = step;
  const id = secureBootId(target.variable);
  const before = findVariable(step.store, id)?.data ?? null;
  const after = findVariable(answer.store, id)?.data ?? null;
  const changes = compareSignatures(before ?? NOTHING, after ?? NOTHING);
  const hash = (data: Uint8Array | null): string | null =>
    data === null ? null : toHex(verifier.sha256(data));
  const statusName = answer.refusal === null ? "EFI_SUCCESS" : answer.refusal.status;
  return {
    update: file.label,
    variable: { name: target.variable, guid: id.vendorGuid },
    append: target.append,
    status: statusName === null ? null : statusHex(statusName),
    statusName,
    bytesBefore: before?.length ?? 0,
    bytesAfter: after?.length ?? 0,
    sha256Before: hash(before),
    sha256After: hash(after),
    signaturesAdded: changes.added,
    signaturesDropped: answer.signaturesDropped,
    signaturesRemoved: changes.removed,
    loadsAfterwards: loads,
    check: answer.refusal?.check ?? null,
    reason: answer.refusal?.reason ?? describeSuccess(step, changes, after?.length ?? 0),
    variableRoom: DATA_LIMIT - (after?.length ?? 0),
    totalRoom: TOTAL_LIMIT - usedBytes(answer.store.variables),
  };
}

function describeSuccess({ target, answer, loads }: Step, changes: SignatureChanges, length: number): string {
  const { variable } = target;
  if (length === 0) return `${variable} was deleted.`;
  const parts = [`${changes.added} ${changes.added === 1 ? "signature was" : "signatures were"} added`];
  if (changes.removed > 0) parts.push(`${changes.removed} removed`);
  if (answer.signaturesDropped > 0) parts.push(`${answer.signaturesDropped} left out as already there`);
  const taken = `${parts.join(", ")}; ${variable} now has ${length} bytes.`;
  if (loads) return taken;
  return `${taken} The next start will refuse the NVRAM: a variable may have at most ${DATA_LIMIT} bytes.`;
}
