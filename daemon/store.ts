/**
 * The daemon's variables in memory: a singly linked list (varstored handler.c, var_list; xapidb-lib.c), here an
 * array from its head on that is never changed. Look-up takes the first match; new variables go to the head.
 */

import { EFI_VARIABLE_NON_VOLATILE } from "../parsers/efi/attributes.ts";
import { EFI_TIME_BYTES } from "../parsers/efi/time.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { VarstoredBlob } from "../parsers/model.ts";
import type { VariableFields } from "../parsers/nvram/varstored-blob.ts";
import { buildBlob } from "../parsers/nvram/varstored-blob.ts";
import { sameVariable, type VariableId } from "./variable-id.ts";

const CERT_DIGEST_BYTES = 32;

export interface StoredVariable extends VariableFields {
  /** True where the daemon made the variable at this start, because the blob did not have it. */
  readonly madeAtStart: boolean;
}

export interface VariableStore {
  /** From the head of the list on. */
  readonly variables: readonly StoredVariable[];
  /** mor_key and ppi_vdata, 268 bytes. */
  readonly ancillary: Uint8Array;
}

/** unserialize_variables: each record goes to the head, so the list is the reverse of the blob. */
export function loadStore(blob: Pick<VarstoredBlob, "variables" | "ancillary">): VariableStore {
  const variables = blob.variables
    .map(({ nameBytes, vendorGuid, attributes, timestamp, certDigest, data }) => ({
      ...{ nameBytes, vendorGuid, attributes, timestamp, certDigest, data },
      madeAtStart: false,
    }))
    .reverse();
  return { variables, ancillary: blob.ancillary ?? new Uint8Array(VARSTORED_LIMITS.ANCILLARY_BYTES) };
}

export function findVariable(store: VariableStore, id: VariableId): StoredVariable | null {
  return store.variables.find((variable) => sameVariable(variable, id)) ?? null;
}

export function insertAtHead(store: VariableStore, variable: StoredVariable): VariableStore {
  return { ...store, variables: [variable, ...store.variables] };
}

/** Replaces `current`, an element of the list, by `next`. */
export function replaceVariable(
  store: VariableStore,
  current: StoredVariable,
  next: StoredVariable,
): VariableStore {
  return { ...store, variables: store.variables.map((variable) => (variable === current ? next : variable)) };
}

export function removeVariable(store: VariableStore, current: StoredVariable): VariableStore {
  return { ...store, variables: store.variables.filter((variable) => variable !== current) };
}

/** A variable without time or signer. */
export function plainVariable(
  id: VariableId,
  attributes: number,
  data: Uint8Array,
  madeAtStart: boolean,
): StoredVariable {
  const timestamp = new Uint8Array(EFI_TIME_BYTES);
  const certDigest = new Uint8Array(CERT_DIGEST_BYTES);
  return {
    nameBytes: id.nameBytes,
    vendorGuid: id.vendorGuid,
    attributes,
    timestamp,
    certDigest,
    data,
    madeAtStart,
  };
}

/** internal_set_variable: an existing variable keeps everything but its data; `attributes` are those of a new one. */
export function setInternally(
  store: VariableStore,
  id: VariableId,
  data: Uint8Array,
  attributes: number,
  madeAtStart = false,
): VariableStore {
  const current = findVariable(store, id);
  if (current === null) return insertAtHead(store, plainVariable(id, attributes, data, madeAtStart));
  return replaceVariable(store, current, { ...current, data });
}

/**
 * xapidb_serialize_variables for XAPI: the non-volatile variables from the head on, always in the newest version.
 * `withMadeAtStart` false leaves out what the daemon would make again by itself.
 */
export function saveStore(store: VariableStore, withMadeAtStart: boolean): Uint8Array {
  const saved = store.variables.filter(
    ({ attributes, madeAtStart }) =>
      (attributes & EFI_VARIABLE_NON_VOLATILE) !== 0 && (withMadeAtStart || !madeAtStart),
  );
  return buildBlob(VARSTORED_LIMITS.DB_VERSION, store.ancillary, saved);
}
