/** Checks of the TPM's physical presence variables (varstored handler.c, check_ppi_variables). */
import { Refusal } from "./refusal.ts";
import { findVariable, type VariableStore } from "./store.ts";
import { PPI_FLAGS, PPI_FLAGS_LOCK, sameVariable, type VariableId } from "./variable-id.ts";

/** Called only for a variable that exists. The data is what the guest sends, before any header is taken off. */
export function checkPpiVariables(store: VariableStore, id: VariableId, data: Uint8Array): Refusal | null {
  if (sameVariable(id, PPI_FLAGS_LOCK)) {
    if (data.length === 1 && data[0] === 1) return null;
    return new Refusal("ppi-lock-malformed", "Tcg2PhysicalPresenceFlagsLock takes the one byte 01 only.");
  }
  if (!sameVariable(id, PPI_FLAGS)) return null;
  const lock = findVariable(store, PPI_FLAGS_LOCK);
  if (lock === null) return new Refusal("ppi-lock-missing", "Tcg2PhysicalPresenceFlagsLock does not exist.");
  if (lock.data.length === 1 && lock.data[0] === 0) return null;
  return new Refusal("ppi-flags-locked", "Tcg2PhysicalPresenceFlags is locked until the next start.");
}
