/** What the PK is called. The daemon compares a signer with its first entry (varstored handler.c, verify_auth_var_type). */
import type { Platform } from "../../parsers/platform.ts";
import { certificateName } from "../knowledge/stored-certificates.ts";
import type { HeldPlatformKey } from "./key-state.ts";

/** Shown in place of the name where the PK is no certificate: nobody can sign with it. */
export const NO_CERTIFICATE = "no certificate";

export function nameOfPlatformKey(PK: HeldPlatformKey | null, platform: Platform): string {
  return PK?.signer == null ? NO_CERTIFICATE : certificateName(PK.signer, platform);
}
