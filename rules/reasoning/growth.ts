/** What decides about an append once its signature is accepted (varstored handler.c, do_set_variable). */

import { filterSignatureList } from "../../daemon/append-filter.ts";
import { type CheckId, Refusal } from "../../daemon/refusal.ts";
import { keyExchangeObstacle } from "../../daemon/signers.ts";
import { runtimeBytes, usedBytes } from "../../daemon/space.ts";
import { equalBytes } from "../../parsers/bytes.ts";
import {
  EFI_VARIABLE_BOOTSERVICE_ACCESS,
  EFI_VARIABLE_NON_VOLATILE,
  EFI_VARIABLE_RUNTIME_ACCESS,
  EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS,
} from "../../parsers/efi/attributes.ts";
import { GUID_BYTES, guidBytes } from "../../parsers/efi/guid.ts";
import {
  buildSignatureList,
  EFI_CERT_SHA256_GUID,
  SIGNATURE_LIST_HEADER_BYTES,
} from "../../parsers/efi/signature-list.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { VarstoredBlob } from "../../parsers/model.ts";
import type { HeldKeys, KeyState } from "../engine/key-state.ts";
import type { RuleContext } from "../engine/rule.ts";
import { KEK_2K_CA_2023, KNOWN_CERTIFICATES } from "../knowledge/certificates.ts";
import { HASH_BYTES } from "../knowledge/dbx-table.ts";
import { type Step, step } from "./chain.ts";

const { DATA_LIMIT, TOTAL_LIMIT } = VARSTORED_LIMITS;
/** What every write of a Secure Boot variable has: the daemon takes no other for a new one (handler.c, check_attr). */
const SECURE_BOOT_ATTRIBUTES: number =
  EFI_VARIABLE_NON_VOLATILE |
  EFI_VARIABLE_BOOTSERVICE_ACCESS |
  EFI_VARIABLE_RUNTIME_ACCESS |
  EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS;
const READS_ON: CheckId = "daemon-reads-past-end";
/** A hash that no list holds, so that the daemon looks through all of them. */
const UNKNOWN_HASH: Uint8Array = buildSignatureList(
  guidBytes(EFI_CERT_SHA256_GUID),
  new Uint8Array(0),
  GUID_BYTES + HASH_BYTES,
  [new Uint8Array(GUID_BYTES + HASH_BYTES).fill(0xff)],
);

/** What refuses, stops or leaves open every append, however small; null where nothing does. `name` is KEK, db or dbx. */
export function appendObstacle(name: string, keys: HeldKeys | null): Step | null {
  if (keys === null) return null;
  const { variable } = keys;
  const { attributes, data } = variable;
  if (attributes !== SECURE_BOOT_ATTRIBUTES) {
    return step(
      "attributes-refused",
      { variable: name, attributes, needed: SECURE_BOOT_ATTRIBUTES },
      variable,
    );
  }
  // KEK is appended to as it is (filter_signature_list).
  const filtered = name === "KEK" ? null : filterSignatureList(data, UNKNOWN_HASH);
  if (!(filtered instanceof Refusal)) return null;
  const claim = filtered.check === READS_ON ? "list-leaves-open" : "list-stops-daemon";
  return step(claim, { variable: name, reason: filtered.reason }, variable);
}

/** A PK without room for the header of a list, which the daemon reads without a look at its length. */
export function platformKeyObstacle(PK: HeldKeys | null, signer: string): Step | null {
  if (PK === null || PK.variable.data.length >= SIGNATURE_LIST_HEADER_BYTES) return null;
  const reason = `PK has ${PK.variable.data.length} bytes, fewer than the header of a list: the daemon reads on in what lies behind.`;
  return step("keys-leave-open", { variable: "PK", signer, reason }, PK.variable);
}

/** What the daemon runs into before it comes to this certificate of KEK; null where nothing is in its way. It asks the PK first. */
export function keyObstacle(sha256: string, signer: string, { PK, KEK }: KeyState): Step | null {
  const inPk = platformKeyObstacle(PK, signer);
  if (inPk !== null) return inPk;
  if (KEK === null || PK?.signer?.known?.sha256 === sha256) return null;
  const { certificates, variable } = KEK;
  const held = certificates.filter(({ known, sha256: own }) => (known?.sha256 ?? own) === sha256);
  const refusal = keyExchangeObstacle(variable.data, (entry) =>
    held.some(({ der }) => equalBytes(der, entry)),
  );
  if (refusal === null) return null;
  const claim = refusal.check === READS_ON ? "keys-leave-open" : "keys-stop-daemon";
  return step(claim, { variable: "KEK", signer, reason: refusal.reason }, variable);
}

/** The daemon goes on, but nobody can know with what. */
export function leavesOpen({ claim }: Step): boolean {
  return claim === "list-leaves-open" || claim === "keys-leave-open";
}

/** Whether appends of lists that are all new fit, one after the other; `updates` are their names. */
export function growthStep(
  { variable }: HeldKeys,
  name: string,
  updates: readonly string[],
  addedBytes: number,
  { variables }: VarstoredBlob,
): Step {
  const before = variable.data.length;
  const after = before + addedBytes;
  const overTotal = usedBytes(variables) + runtimeBytes(variables) + addedBytes - TOTAL_LIMIT;
  if (overTotal > 0) {
    return step("update-over-total-limit", { updates, missing: overTotal, limit: TOTAL_LIMIT }, variable);
  }
  const facts = { updates, variable: name, before, after, limit: DATA_LIMIT };
  return step(after > DATA_LIMIT ? "update-over-data-limit" : "update-fits", facts, variable);
}

/** Whether the daemon takes such appends once their signatures are accepted. */
export function hasRoom(
  keys: HeldKeys,
  name: "KEK" | "db",
  updates: readonly string[],
  addedBytes: number,
  blob: VarstoredBlob,
): boolean {
  const last = appendObstacle(name, keys) ?? growthStep(keys, name, updates, addedBytes, blob);
  return last.claim === "update-fits";
}

/** Of Microsoft's updates of db with these names. */
export function dbUpdateBytes(updates: readonly string[]): number {
  return KNOWN_CERTIFICATES.reduce(
    (sum, { update }) =>
      sum + (update !== null && updates.includes(update.fileName) ? update.payloadBytes : 0),
    0,
  );
}

/** One list with one certificate. */
export function kekUpdateBytes({ knowledge }: Pick<RuleContext, "knowledge">): number {
  const derBytes = knowledge.certificate(KEK_2K_CA_2023)?.derBytes ?? 0;
  return SIGNATURE_LIST_HEADER_BYTES + GUID_BYTES + derBytes;
}
