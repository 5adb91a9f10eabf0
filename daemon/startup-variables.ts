/** Variables that varstored makes or resets at every start (varstored.c, handler.c setup_variables, mor.c, ppi.c). */
import { concatBytes } from "../parsers/bytes.ts";
import {
  EFI_VARIABLE_BOOTSERVICE_ACCESS,
  EFI_VARIABLE_NON_VOLATILE,
  EFI_VARIABLE_RUNTIME_ACCESS,
} from "../parsers/efi/attributes.ts";
import { guidBytes } from "../parsers/efi/guid.ts";
import { guidNamed } from "../parsers/guids.ts";
import type { VarstoredBlob } from "../parsers/model.ts";
import { findVariable, loadStore, setInternally, type VariableStore } from "./store.ts";
import {
  AUDIT_MODE,
  DEPLOYED_MODE,
  MOR_CONTROL,
  MOR_CONTROL_LOCK,
  PK,
  PPI_BUFFER,
  PPI_FLAGS_LOCK,
  SECURE_BOOT,
  SETUP_MODE,
  SIGNATURE_SUPPORT,
} from "./variable-id.ts";

export const ATTR_BR: number = EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS;
export const ATTR_BRNV: number = ATTR_BR | EFI_VARIABLE_NON_VOLATILE;

const PPI_NONVOLATILE_BYTES = 48;
const SUPPORTED_SIGNATURES = concatBytes(
  ["EFI_CERT_SHA1", "EFI_CERT_SHA256", "EFI_CERT_RSA2048", "EFI_CERT_X509"].map((name) =>
    guidBytes(guidNamed(name)),
  ),
);

/** The daemon as it is once a guest may ask it. `secureBoot`: the platform asks for Secure Boot. */
export function startDaemon(
  blob: Pick<VarstoredBlob, "variables" | "ancillary">,
  secureBoot: boolean,
): VariableStore {
  return setupPpiVariables(setupMorVariables(setupVariables(loadStore(blob), secureBoot)));
}

/** The volatile ones. With a PK: user and deployed mode; without: setup mode. */
export function setupVariables(store: VariableStore, secureBoot: boolean): VariableStore {
  const withSupport = setInternally(store, SIGNATURE_SUPPORT, SUPPORTED_SIGNATURES, ATTR_BR, true);
  const userMode = findVariable(store, PK) !== null;
  const withSetupMode = setFlag(withSupport, SETUP_MODE, !userMode);
  const withAuditMode = setFlag(withSetupMode, AUDIT_MODE, false);
  return setFlag(setFlag(withAuditMode, DEPLOYED_MODE, userMode), SECURE_BOOT, userMode && secureBoot);
}

function setFlag(store: VariableStore, id: typeof PK, value: boolean): VariableStore {
  return setInternally(store, id, Uint8Array.of(value ? 1 : 0), ATTR_BR, true);
}

/** What a write or a deletion of the PK turns (handler.c, verify_auth_var); AuditMode stays. */
export function changeMode(store: VariableStore, userMode: boolean, secureBoot: boolean): VariableStore {
  const withSetupMode = setFlag(store, SETUP_MODE, !userMode);
  return setFlag(setFlag(withSetupMode, DEPLOYED_MODE, userMode), SECURE_BOOT, userMode && secureBoot);
}

function setupMorVariables(store: VariableStore): VariableStore {
  const withControl = setInternally(store, MOR_CONTROL, Uint8Array.of(0), ATTR_BRNV, true);
  return setInternally(withControl, MOR_CONTROL_LOCK, Uint8Array.of(0), ATTR_BRNV, true);
}

function setupPpiVariables(store: VariableStore): VariableStore {
  const withBuffer =
    findVariable(store, PPI_BUFFER) === null
      ? setInternally(store, PPI_BUFFER, new Uint8Array(PPI_NONVOLATILE_BYTES), ATTR_BRNV, true)
      : store;
  return setInternally(withBuffer, PPI_FLAGS_LOCK, Uint8Array.of(0), ATTR_BRNV, true);
}
