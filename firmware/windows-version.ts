/** The least security version that dbx asks of the Windows boot manager, which enforces it itself (microsoft/secureboot_objects, SVN entries). */
import { viewOf } from "../parsers/bytes.ts";
import { readGuid } from "../parsers/efi/guid.ts";
import { EFI_CERT_SHA256_GUID, readSignatureDatabase, signatureAt } from "../parsers/efi/signature-list.ts";
import { guidNamed } from "../parsers/guids.ts";
import { isBelow, type SecurityVersion } from "../parsers/pe/security-version.ts";

const OWNER = guidNamed("EFI_CERT_SVN");
const BOOT_MANAGER = guidNamed("bootmgr");

/** The highest; null where there is none. */
export function bootManagerVersionIn(
  dbx: Uint8Array | null,
): { readonly version: SecurityVersion; readonly entry: number } | null {
  if (dbx === null) return null;
  let highest: { version: SecurityVersion; entry: number } | null = null;
  let entry = 0;
  for (const list of readSignatureDatabase(dbx).lists) {
    if (list.signatureType === EFI_CERT_SHA256_GUID && list.signatureSize === 48) {
      for (let i = 0; i < list.signatureCount; i++) {
        const { signatureOwner, signatureData } = signatureAt(dbx, list, i);
        if (signatureOwner !== OWNER || signatureData[0] !== 1 || readGuid(signatureData, 1) !== BOOT_MANAGER)
          continue;
        const view = viewOf(signatureData);
        const version = { minor: view.getUint16(17, true), major: view.getUint16(19, true) };
        if (highest === null || isBelow(highest.version, version)) highest = { version, entry: entry + i };
      }
    }
    entry += list.signatureCount;
  }
  return highest;
}
