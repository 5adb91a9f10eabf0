/** SetVariable as varstored answers it (handler.c, do_set_variable): every check in the daemon's order. */
import { concatBytes, equalBytes } from "../parsers/bytes.ts";
import {
  EFI_VARIABLE_APPEND_WRITE,
  EFI_VARIABLE_NON_VOLATILE,
  EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS,
} from "../parsers/efi/attributes.ts";
import { EFI_TIME_BYTES } from "../parsers/efi/time.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import { filterSignatureList } from "./append-filter.ts";
import {
  type Authenticated,
  type AuthenticationContext,
  verifyAuthVariable,
  type Write,
} from "./authentication.ts";
import type { DaemonVersion } from "./daemon-version.ts";
import { setMorControl, setMorControlLock } from "./mor.ts";
import { checkPpiVariables } from "./ppi.ts";
import { Refusal } from "./refusal.ts";
import {
  checkAttributes,
  checkNew,
  checkRequest,
  checkWritable,
  SECURE_BOOT_ATTRIBUTES,
  type SetVariableRequest,
} from "./request-checks.ts";
import { usedBytes } from "./space.ts";
import { ATTR_BR } from "./startup-variables.ts";
import {
  findVariable,
  insertAtHead,
  plainVariable,
  removeVariable,
  replaceVariable,
  type StoredVariable,
  type VariableStore,
} from "./store.ts";
import { isLater } from "./timestamp.ts";
import {
  isImageSecurityDatabase,
  MOR_CONTROL,
  MOR_CONTROL_LOCK,
  sameVariable,
  type VariableId,
} from "./variable-id.ts";

const { DATA_LIMIT, TOTAL_LIMIT, VARIABLE_SIZE_OVERHEAD } = VARSTORED_LIMITS;
const NO_SIGNER = new Uint8Array(32);
const TIME_BASED = EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS;

export interface DaemonContext extends AuthenticationContext {
  readonly daemon: DaemonVersion;
}

export interface SetVariableAnswer {
  /** After the request, also a refused one; the store that was passed stays as it was. */
  readonly store: VariableStore;
  /** Null for EFI_SUCCESS. */
  readonly refusal: Refusal | null;
  /** The daemon writes the NVRAM anew: something non-volatile changed. */
  readonly saves: boolean;
  /** Incoming entries that the append filter left out, because the variable holds them already. */
  readonly signaturesDropped: number;
}

/** Answers one request. Never throws for what a guest or a blob may hold. */
export function setVariable(
  store: VariableStore,
  request: SetVariableRequest,
  context: DaemonContext,
): SetVariableAnswer {
  const refusal = checkRequest(request) ?? checkAttributes(request.attributes);
  if (refusal !== null) return refused(store, refusal);
  const { nameBytes, vendorGuid, data, atRuntime } = request;
  const append = (request.attributes & EFI_VARIABLE_APPEND_WRITE) !== 0;
  const attributes = (request.attributes & ~EFI_VARIABLE_APPEND_WRITE) >>> 0;
  const write: Write = { nameBytes, vendorGuid, attributes, append, data, atRuntime };
  // The two handlers of mor.c change the list without saving it.
  if (sameVariable(write, MOR_CONTROL))
    return { ...setMorControl(store, write), saves: false, signaturesDropped: 0 };
  if (sameVariable(write, MOR_CONTROL_LOCK)) {
    return { ...setMorControlLock(store, write), saves: false, signaturesDropped: 0 };
  }
  const current = findVariable(store, write);
  return current === null
    ? createVariable(store, write, context)
    : changeVariable(store, current, write, context);
}

function refused(store: VariableStore, refusal: Refusal): SetVariableAnswer {
  return { store, refusal, saves: false, signaturesDropped: 0 };
}

/** The branch for a variable that exists. */
function changeVariable(
  store: VariableStore,
  current: StoredVariable,
  write: Write,
  context: DaemonContext,
): SetVariableAnswer {
  const refusal = checkWritable(current, write) ?? checkPpiVariables(store, write, write.data);
  if (refusal !== null) return refused(store, refusal);
  const differing = attributesDiffer(current, write);
  const differ = current.attributes !== write.attributes;
  const isTimeBased = (write.attributes & TIME_BASED) !== 0;
  // Early for an authenticated write, so that it is refused before its signature is looked at.
  if (isTimeBased && differ) return refused(store, differing);
  const verified = isTimeBased ? verifyAuthVariable(store, write, current, context) : { store, result: null };
  if (verified.result instanceof Refusal) return refused(verified.store, verified.result);
  const data = verified.result?.payload ?? write.data;
  if ((data.length === 0 && !write.append) || (write.attributes & ATTR_BR) === 0) {
    if ((current.attributes & TIME_BASED) !== 0 && differ) return refused(verified.store, differing);
    return changed(removeVariable(verified.store, current), current, null);
  }
  if (differ) return refused(verified.store, differing);
  const timestamp = verified.result?.timestamp ?? null;
  const change: Change = { store: verified.store, current, write, data, timestamp };
  return write.append ? appendData(change, context.daemon) : replaceData(change);
}

function attributesDiffer(current: StoredVariable, { attributes }: Write): Refusal {
  return new Refusal(
    "attributes-differ",
    `The variable has attributes 0x${current.attributes.toString(16)}, the write 0x${attributes.toString(16)}.`,
  );
}

interface Change {
  readonly store: VariableStore;
  readonly current: StoredVariable;
  readonly write: Write;
  /** Payload of an authenticated write, else what the guest sent. */
  readonly data: Uint8Array;
  /** Null for a plain write. */
  readonly timestamp: Uint8Array | null;
}

function appendData(
  { store, current, write, data, timestamp }: Change,
  daemon: DaemonVersion,
): SetVariableAnswer {
  const isFiltered = timestamp !== null && isImageSecurityDatabase(write);
  const filtered = isFiltered ? filterSignatureList(current.data, data) : { data, dropped: 0 };
  if (filtered instanceof Refusal) return refused(store, filtered);
  const added = filtered.data;
  const refusal =
    checkTotal(usedBytes(store.variables) + added.length) ?? checkLength(current, added, daemon);
  if (refusal !== null) return refused(store, refusal);
  const later = timestamp !== null && isLater(current.timestamp, timestamp) ? timestamp : current.timestamp;
  const next = { ...current, data: concatBytes([current.data, added]), timestamp: later };
  return {
    ...changed(replaceVariable(store, current, next), current, next),
    signaturesDropped: filtered.dropped,
  };
}

/**
 * An append by the host itself, which nobody has to sign (varstored handler.c, setup_keys): `lists` are of the form that
 * varstored takes. All else is checked as for a guest.
 */
export function appendByHost(
  store: VariableStore,
  id: VariableId,
  lists: Uint8Array,
  daemon: DaemonVersion,
): SetVariableAnswer {
  const attributes = SECURE_BOOT_ATTRIBUTES;
  const write: Write = { ...id, attributes, append: true, data: lists, atRuntime: false };
  const timestamp = new Uint8Array(EFI_TIME_BYTES);
  const current = findVariable(store, id);
  if (current === null) return insertNew(store, write, { payload: lists, timestamp, certDigest: NO_SIGNER });
  if (current.attributes !== attributes) return refused(store, attributesDiffer(current, write));
  return appendData({ store, current, write, data: lists, timestamp }, daemon);
}

/** The check that came with the fix of CA-419599. */
function checkLength(current: StoredVariable, added: Uint8Array, daemon: DaemonVersion): Refusal | null {
  const length = current.data.length + added.length;
  if (daemon === "unfixed" || length <= DATA_LIMIT) return null;
  const reason = `${current.data.length} bytes and ${added.length} more are ${length}; the daemon takes at most ${DATA_LIMIT}.`;
  return new Refusal("data-over-limit", reason);
}

function replaceData({ store, current, data, timestamp }: Change): SetVariableAnswer {
  const refusal = checkTotal(usedBytes(store.variables) - current.data.length + data.length);
  if (refusal !== null) return refused(store, refusal);
  const next = { ...current, data, timestamp: timestamp ?? current.timestamp };
  return changed(replaceVariable(store, current, next), current, next);
}

function checkTotal(used: number): Refusal | null {
  if (used <= TOTAL_LIMIT) return null;
  return new Refusal(
    "total-over-limit",
    `All variables together would use ${used} bytes; the daemon takes at most ${TOTAL_LIMIT}.`,
  );
}

/** The daemon skips saving where a write changed nothing. `next` is null for a deletion. */
function changed(
  store: VariableStore,
  current: StoredVariable,
  next: StoredVariable | null,
): SetVariableAnswer {
  const isStored = (current.attributes & EFI_VARIABLE_NON_VOLATILE) !== 0;
  const isSame =
    next !== null && equalBytes(current.data, next.data) && equalBytes(current.timestamp, next.timestamp);
  return { store, refusal: null, saves: isStored && !isSame, signaturesDropped: 0 };
}

/** The branch for a variable that does not exist. An append makes it as a write does, and is not filtered. */
function createVariable(store: VariableStore, write: Write, context: DaemonContext): SetVariableAnswer {
  const refusal = checkNew(write);
  if (refusal !== null) return refused(store, refusal);
  const isTimeBased = (write.attributes & TIME_BASED) !== 0;
  const verified = isTimeBased ? verifyAuthVariable(store, write, null, context) : { store, result: null };
  if (verified.result instanceof Refusal) return refused(verified.store, verified.result);
  return insertNew(verified.store, write, verified.result);
}

function insertNew(
  store: VariableStore,
  write: Write,
  authenticated: Authenticated | null,
): SetVariableAnswer {
  const variable = newVariable(write, authenticated);
  if (variable.data.length === 0) {
    return refused(store, new Refusal("empty-payload", "A variable without data cannot be made."));
  }
  const bytes = write.nameBytes.length + variable.data.length + VARIABLE_SIZE_OVERHEAD;
  const overTotal = checkTotal(usedBytes(store.variables) + bytes);
  if (overTotal !== null) return refused(store, overTotal);
  const saves = (write.attributes & EFI_VARIABLE_NON_VOLATILE) !== 0;
  return { store: insertAtHead(store, variable), refusal: null, saves, signaturesDropped: 0 };
}

function newVariable(write: Write, authenticated: Authenticated | null): StoredVariable {
  const plain = plainVariable(write, write.attributes, write.data, false);
  if (authenticated === null) return plain;
  const { payload, timestamp, certDigest } = authenticated;
  return { ...plain, data: payload, timestamp, certDigest };
}
