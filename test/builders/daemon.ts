/** A daemon with test keys, and requests to it. */

import type { SetVariableRequest } from "../../daemon/request-checks.ts";
import { type DaemonContext, type SetVariableAnswer, setVariable } from "../../daemon/set-variable.ts";
import { startDaemon } from "../../daemon/startup-variables.ts";
import { findVariable, type VariableStore } from "../../daemon/store.ts";
import { idOf, type SecureBootVariable, secureBootId, type VariableId } from "../../daemon/variable-id.ts";
import { EFI_VARIABLE_APPEND_WRITE } from "../../parsers/efi/attributes.ts";
import { openBlob, type VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  EFI_GLOBAL_VARIABLE,
  makeBlob,
  makeSignatureVariable,
  sha256List,
  x509List,
} from "./blob.ts";
import { type Identity, makeIdentity } from "./signing.ts";

export interface TestKeys {
  readonly pk: Identity;
  readonly kek: Identity;
  readonly db: Identity;
  /** In no variable. */
  readonly stranger: Identity;
}

export function makeTestKeys(): TestKeys {
  return {
    pk: makeIdentity("Test PK"),
    kek: makeIdentity("Test KEK"),
    db: makeIdentity("Test db"),
    stranger: makeIdentity("Test stranger"),
  };
}

/** One X509 list of somebody's own. */
export function listOf({ certificate }: Identity): Uint8Array {
  return x509List(CUSTOM_OWNER, certificate);
}

/** The records of a VM in user mode, dbx with 10 hashes. */
export function userModeVariables({ pk, kek, db }: TestKeys): VariableFields[] {
  return [
    ...bootVariables(),
    makeSignatureVariable("PK", listOf(pk)),
    makeSignatureVariable("KEK", listOf(kek)),
    makeSignatureVariable("db", listOf(db)),
    makeSignatureVariable("dbx", sha256List(CUSTOM_OWNER, 10)),
  ];
}

export function start(variables: readonly VariableFields[]): VariableStore {
  return startDaemon(openBlob(makeBlob(variables)), false);
}

export const CONTEXT: DaemonContext = {
  daemon: "fixed",
  verifier: nodeSignatureVerifier,
  authEnforce: true,
  secureBoot: false,
};

/** A plain write of a variable of nobody's to the firmware, non-volatile and readable at runtime. */
export function plainRequest(fields: Partial<SetVariableRequest> = {}): SetVariableRequest {
  return { ...PROBE, attributes: 0x07, data: Uint8Array.of(1, 2, 3), atRuntime: false, ...fields };
}

export const PROBE: VariableId = idOf("Probe", "0c923ca9-df73-4ac8-b6d2-98ddc30d99fc");
export const globalId = (name: string): VariableId => idOf(name, EFI_GLOBAL_VARIABLE);

export interface UpdateOptions {
  readonly append?: boolean;
  readonly attributes?: number;
}

/** What an operating system sends. */
export function updateRequest(
  name: SecureBootVariable,
  data: Uint8Array,
  options: UpdateOptions = {},
): SetVariableRequest {
  const { append = false, attributes = 0x27 } = options;
  return {
    ...secureBootId(name),
    attributes: attributes | (append ? EFI_VARIABLE_APPEND_WRITE : 0),
    data,
    atRuntime: true,
  };
}

/** The last answer to requests that are sent one after the other. */
export function ask(
  store: VariableStore,
  requests: readonly SetVariableRequest[],
  context: DaemonContext = CONTEXT,
): SetVariableAnswer {
  let answer: SetVariableAnswer = { store, refusal: null, saves: false, signaturesDropped: 0 };
  for (const request of requests) answer = setVariable(answer.store, request, context);
  return answer;
}

/** `EFI_SUCCESS`, the check that refused, or `none` where no answer comes. */
export function outcome({ refusal }: SetVariableAnswer): string {
  return refusal?.check ?? "EFI_SUCCESS";
}

export function dataOf({ store }: Pick<SetVariableAnswer, "store">, id: VariableId): Uint8Array | null {
  return findVariable(store, id)?.data ?? null;
}
