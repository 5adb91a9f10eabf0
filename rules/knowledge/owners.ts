/** Who owns a signature (EFI_SIGNATURE_DATA.SignatureOwner, UEFI 2.10 §32.4.1). An owner that is not known is no fault. */
import { toHex } from "../../parsers/bytes.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { guidNamed, kindOfGuid, MICROSOFT_OWNER, nameOfGuid, XCP_NG_OWNER } from "../../parsers/guids.ts";
import { SVN_OWNER } from "./svn.ts";

/** Once published in Microsoft's templates (microsoft/secureboot_objects, pull request 30). */
export const MISSPELT_MICROSOFT_OWNER: string = guidNamed("Microsoft (misspelt)");

export interface SignatureOwner {
  readonly guid: string;
  /** Null for an owner that is not known. */
  readonly name: string | null;
  /** The owner that was meant, where the GUID is a known slip of another one; else null. */
  readonly meant: string | null;
}

/** Owners whose byte-swapped form is recognised: the ones that tools write. */
const SWAPPED_OWNERS: ReadonlyMap<string, string> = new Map(
  [MICROSOFT_OWNER, XCP_NG_OWNER, SVN_OWNER].map((guid) => [byteSwapped(guid), guid]),
);

/**
 * What is known of an owner. `variableGuid` is the GUID of the variable that holds the signature: tools of uefistored's
 * tests and some home-made ones use it as owner.
 */
export function signatureOwner(guid: string, variableGuid: string): SignatureOwner {
  const meant = meantOwner(guid);
  return { guid, name: meant === null ? ownerName(guid, variableGuid) : slipName(guid, meant), meant };
}

function ownerName(guid: string, variableGuid: string): string | null {
  if (/^[0-]+$/.test(guid)) return "nobody (all zeros)";
  if (/^[1-]+$/.test(guid)) return "test data (all ones)";
  return nameOfGuid(guid) ?? (guid === variableGuid ? "the variable's own GUID" : null);
}

function slipName(guid: string, meant: string): string {
  return nameOfGuid(guid) ?? `${nameOfGuid(meant) ?? meant} (bytes swapped)`;
}

/** Microsoft's misspelt owner, an owner written big endian, an SVN application's GUID in the place of the SVN owner. */
function meantOwner(guid: string): string | null {
  if (guid === MISSPELT_MICROSOFT_OWNER) return MICROSOFT_OWNER;
  if (kindOfGuid(guid) === "svn-application") return SVN_OWNER;
  return SWAPPED_OWNERS.get(guid) ?? null;
}

/** The GUID that is read where one was written in the order of its text; the swap is its own inverse. */
function byteSwapped(guid: string): string {
  const hex = toHex(guidBytes(guid));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
