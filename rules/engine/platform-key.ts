/** What the PK is called. The daemon compares a signer with its first entry (varstored handler.c, verify_auth_var_type). */
import type { Platform } from "../../parsers/platform.ts";
import { certificateName, isCertificate } from "../knowledge/stored-certificates.ts";
import type { HeldKeys } from "./key-state.ts";

/** What stands for the name of a PK that is none: nobody can sign with it. */
export const NO_CERTIFICATE = "no certificate";

export function nameOfPlatformKey(PK: HeldKeys | null, platform: Platform): string {
  const first = PK?.certificates[0];
  const isFirst = first !== undefined && first.offset === PK?.database.lists[0]?.firstSignature;
  return isFirst && isCertificate(first, platform) ? certificateName(first, platform) : NO_CERTIFICATE;
}
