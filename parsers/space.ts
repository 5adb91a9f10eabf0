/** The daemon's accounting of space (varstored handler.c, get_space_usage): name + data + 128 for each variable. */
import { char16Bytes } from "./efi/char16.ts";
import { EFI_GLOBAL_VARIABLE, guidNamed } from "./guids.ts";
import { VARSTORED_LIMITS } from "./limits.ts";
import type { EfiVariable } from "./model.ts";

type Sized = Pick<EfiVariable, "nameBytes" | "data">;

export function variableBytes(variable: Sized): number {
  return variable.nameBytes.length + variable.data.length + VARSTORED_LIMITS.VARIABLE_SIZE_OVERHEAD;
}

export function usedBytes(variables: readonly Sized[]): number {
  return variables.reduce((sum, variable) => sum + variableBytes(variable), 0);
}

/** Variables that varstored makes at every start where they are missing (handler.c setup_variables, mor.c, ppi.c). */
const MADE_AT_START: readonly { readonly name: string; readonly guid: string; readonly dataBytes: number }[] =
  [
    { name: "SignatureSupport", guid: EFI_GLOBAL_VARIABLE, dataBytes: 64 },
    { name: "SetupMode", guid: EFI_GLOBAL_VARIABLE, dataBytes: 1 },
    { name: "AuditMode", guid: EFI_GLOBAL_VARIABLE, dataBytes: 1 },
    { name: "DeployedMode", guid: EFI_GLOBAL_VARIABLE, dataBytes: 1 },
    { name: "SecureBoot", guid: EFI_GLOBAL_VARIABLE, dataBytes: 1 },
    {
      name: "MemoryOverwriteRequestControl",
      guid: guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL"),
      dataBytes: 1,
    },
    {
      name: "MemoryOverwriteRequestControlLock",
      guid: guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL_LOCK"),
      dataBytes: 1,
    },
    { name: "Tcg2PhysicalPresenceFlagsLock", guid: guidNamed("XEN_PPI"), dataBytes: 1 },
    { name: "PPIBuffer", guid: guidNamed("XEN_PPI"), dataBytes: 48 },
  ];

/** Bytes that the daemon adds by itself to what a blob with these variables holds. */
export function runtimeBytes(variables: readonly EfiVariable[]): number {
  const present = new Set(variables.map((variable) => `${variable.vendorGuid} ${variable.name}`));
  return MADE_AT_START.filter(({ name, guid }) => !present.has(`${guid} ${name}`)).reduce(
    (sum, { name, dataBytes }) =>
      sum + char16Bytes(name).length + dataBytes + VARSTORED_LIMITS.VARIABLE_SIZE_OVERHEAD,
    0,
  );
}
