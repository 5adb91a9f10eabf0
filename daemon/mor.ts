/** The two MemoryOverwriteRequest variables, which have a handler of their own (varstored mor.c). */
import { equalBytes } from "../parsers/bytes.ts";
import { Refusal } from "./refusal.ts";
import { ATTR_BRNV } from "./startup-variables.ts";
import { findVariable, setInternally, type VariableStore } from "./store.ts";
import { MOR_CONTROL, MOR_CONTROL_LOCK } from "./variable-id.ts";

const MOR_ACTION_VALID_MASK = 0x11;
const MOR_UNLOCKED = 0;
const MOR_LOCKED_WITHOUT_KEY = 1;
const MOR_LOCKED_WITH_KEY = 2;
const MOR_LOCK_REV1_LEN = 1;
const MOR_LOCK_REV2_LEN = 8;

interface MorWrite {
  readonly attributes: number;
  readonly append: boolean;
  readonly data: Uint8Array;
}

/** A refused write may change the store all the same: a wrong key makes the lock final. */
interface MorAnswer {
  readonly store: VariableStore;
  readonly refusal: Refusal | null;
}

/** do_set_mor_control. */
export function setMorControl(store: VariableStore, write: MorWrite): MorAnswer {
  const [value] = write.data;
  if (write.attributes !== ATTR_BRNV || write.append || write.data.length !== 1 || value === undefined) {
    return refuse(
      store,
      "mor-malformed",
      "MemoryOverwriteRequestControl takes one byte, written whole, with attributes 0x7.",
    );
  }
  if ((value & ~MOR_ACTION_VALID_MASK) !== 0) {
    return refuse(
      store,
      "mor-malformed",
      `MemoryOverwriteRequestControl takes bits 0 and 4 only, not 0x${value.toString(16)}.`,
    );
  }
  const lock = lockState(store);
  if (lock === null) return lockMissing(store);
  if (lock === MOR_LOCKED_WITH_KEY || lock === MOR_LOCKED_WITHOUT_KEY) {
    return refuse(store, "mor-locked", "MemoryOverwriteRequestControl is locked until the next start.");
  }
  return { store: setInternally(store, MOR_CONTROL, write.data, ATTR_BRNV), refusal: null };
}

/** do_set_mor_control_lock. */
export function setMorControlLock(store: VariableStore, write: MorWrite): MorAnswer {
  const { attributes, append, data } = write;
  if (attributes === 0 || data.length === 0) {
    return refuse(store, "mor-lock-deleted", "MemoryOverwriteRequestControlLock cannot be deleted.");
  }
  const known = data.length === MOR_LOCK_REV1_LEN || data.length === MOR_LOCK_REV2_LEN;
  if (attributes !== ATTR_BRNV || append || !known) {
    const reason =
      "MemoryOverwriteRequestControlLock takes one byte or a key of eight, written whole, with attributes 0x7.";
    return refuse(store, "mor-malformed", reason);
  }
  const lock = lockState(store);
  if (lock === null) return lockMissing(store);
  return data.length === MOR_LOCK_REV1_LEN
    ? lockWithoutKey(store, data[0] ?? 0, lock)
    : lockWithKey(store, data, lock);
}

function lockWithoutKey(store: VariableStore, value: number, lock: number): MorAnswer {
  if (value > MOR_LOCKED_WITHOUT_KEY) {
    return refuse(store, "mor-malformed", `MemoryOverwriteRequestControlLock takes 0 or 1, not ${value}.`);
  }
  if (lock !== MOR_UNLOCKED)
    return refuse(store, "mor-lock-denied", "MemoryOverwriteRequestControl is locked already.");
  return value === MOR_UNLOCKED ? { store, refusal: null } : setLock(store, MOR_LOCKED_WITHOUT_KEY, null);
}

function lockWithKey(store: VariableStore, key: Uint8Array, lock: number): MorAnswer {
  if (lock === MOR_UNLOCKED) {
    const ancillary = Uint8Array.from(store.ancillary);
    ancillary.set(key, 0);
    return setLock({ ...store, ancillary }, MOR_LOCKED_WITH_KEY, null);
  }
  if (lock === MOR_LOCKED_WITHOUT_KEY) {
    return refuse(store, "mor-lock-denied", "MemoryOverwriteRequestControl is locked without a key.");
  }
  if (equalBytes(store.ancillary.subarray(0, MOR_LOCK_REV2_LEN), key))
    return setLock(store, MOR_UNLOCKED, null);
  const reason = "The key does not open MemoryOverwriteRequestControl, which now stays locked.";
  return setLock(store, MOR_LOCKED_WITHOUT_KEY, new Refusal("mor-lock-denied", reason));
}

function setLock(store: VariableStore, lock: number, refusal: Refusal | null): MorAnswer {
  return { store: setInternally(store, MOR_CONTROL_LOCK, Uint8Array.of(lock), ATTR_BRNV), refusal };
}

function lockState(store: VariableStore): number | null {
  return findVariable(store, MOR_CONTROL_LOCK)?.data[0] ?? null;
}

function lockMissing(store: VariableStore): MorAnswer {
  return refuse(store, "mor-lock-missing", "MemoryOverwriteRequestControlLock does not exist.");
}

function refuse(store: VariableStore, check: Refusal["check"], reason: string): MorAnswer {
  return { store, refusal: new Refusal(check, reason) };
}
