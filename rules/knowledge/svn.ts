/**
 * Secure Version Numbers in dbx: entries of a SHA-256 list that are no hashes. The Windows boot manager compares its own
 * number with the highest one stored for it and stops when it is lower; firmware looks at none of this
 * (microsoft/secureboot_objects, HashesJsonSchema.json: SVN_DATA).
 */
import { isAllZero, viewOf } from "../../parsers/bytes.ts";
import { GUID_BYTES, readGuid } from "../../parsers/efi/guid.ts";
import { guidNamed, kindOfGuid } from "../../parsers/guids.ts";

/** The owner of SVN entries. One digit group away from the bootmgr application's GUID, and no misspelling of it. */
export const SVN_OWNER: string = guidNamed("EFI_CERT_SVN");

const SVN_DATA_BYTES = 32;
/** SVN_DATA: UINT8 version, GUID, UINT16 minor, UINT16 major, zeros. */
const SVN_DATA_VERSION = 1;
const MINOR_OFFSET: number = 1 + GUID_BYTES;

/** The boot application that a number belongs to. */
export interface SvnApplication {
  readonly guid: string;
  /** File that carries the application's own number. */
  readonly fileName: string;
}

export const SVN_APPLICATIONS: readonly SvnApplication[] = [
  { guid: guidNamed("bootmgr"), fileName: "bootmgfw.efi" },
  { guid: guidNamed("cdboot"), fileName: "cdboot.efi" },
  { guid: guidNamed("wdsmgfw"), fileName: "wdsmgfw.efi" },
];

export interface Svn {
  readonly applicationGuid: string;
  /** Null for an application that is not known. */
  readonly application: SvnApplication | null;
  readonly major: number;
  readonly minor: number;
}

/** Reads SVN_DATA from the data of an entry (owner left out); null where the bytes are not laid out so. */
export function decodeSvn(data: Uint8Array): Svn | null {
  if (data.length !== SVN_DATA_BYTES || data[0] !== SVN_DATA_VERSION) return null;
  if (!isAllZero(data.subarray(MINOR_OFFSET + 4))) return null;
  const view = viewOf(data);
  const applicationGuid = readGuid(data, 1);
  return {
    applicationGuid,
    application: SVN_APPLICATIONS.find(({ guid }) => guid === applicationGuid) ?? null,
    major: view.getUint16(MINOR_OFFSET + 2, true),
    minor: view.getUint16(MINOR_OFFSET, true),
  };
}

/**
 * The number that an entry stands for; null where it is a hash. Either sign is enough: the owner, or the name of a known
 * application in place of a hash's bytes. So an SVN entry under another owner is not taken for a revoked hash.
 */
export function svnOfEntry(owner: string, data: Uint8Array): Svn | null {
  const svn = decodeSvn(data);
  if (svn === null) return null;
  return owner === SVN_OWNER || kindOfGuid(svn.applicationGuid) === "svn-application" ? svn : null;
}

/** Below zero where `a` is the lower number, 0 where they are equal; the major number weighs more. */
export function compareSvn(a: Svn, b: Svn): number {
  return a.major - b.major || a.minor - b.minor;
}

/** The number that counts per application: several are normal after an append, and the highest wins. */
export function highestSvns(svns: Iterable<Svn>): ReadonlyMap<string, Svn> {
  const highest = new Map<string, Svn>();
  for (const svn of svns) {
    const known = highest.get(svn.applicationGuid);
    if (known === undefined || compareSvn(svn, known) > 0) highest.set(svn.applicationGuid, svn);
  }
  return highest;
}

export function formatSvn(svn: Pick<Svn, "major" | "minor">): string {
  return `${svn.major}.${svn.minor}`;
}

/** One step of an application's number. */
export interface SvnMilestone {
  readonly fileName: string;
  readonly major: number;
  /** When it was set, as the source dates it, else when the source came out. */
  readonly date: string;
  readonly source: string;
}

/**
 * Published numbers, ascending for each application. Not all came as files of the repository: Windows brought 8 by itself
 * (microsoft/secureboot_objects issue 396), and 11 came after the newest update built in here (pull request 469).
 */
export const SVN_HISTORY: readonly SvnMilestone[] = [
  { fileName: "bootmgfw.efi", major: 2, date: "2024-04-09", source: "DBXUpdate2024.bin" },
  { fileName: "bootmgfw.efi", major: 5, date: "2024-12-06", source: "dbx_info_msft_06_10_25.json" },
  { fileName: "bootmgfw.efi", major: 7, date: "2025-06-06", source: "dbx_info_msft_10_14_25.json" },
  { fileName: "bootmgfw.efi", major: 8, date: "2026-04", source: "Windows, April 2026" },
  { fileName: "bootmgfw.efi", major: 9, date: "2026-05-21", source: "DBXUpdateSVN.bin of June 2026" },
  { fileName: "bootmgfw.efi", major: 11, date: "2026-09-08", source: "dbx_SVN.efiauth2" },
  { fileName: "cdboot.efi", major: 2, date: "2024-04-09", source: "DBXUpdate2024.bin" },
  { fileName: "cdboot.efi", major: 3, date: "2024-04-01", source: "dbx_info_msft_06_10_25.json" },
  { fileName: "wdsmgfw.efi", major: 2, date: "2024-04-09", source: "DBXUpdate2024.bin" },
  { fileName: "wdsmgfw.efi", major: 3, date: "2024-04-01", source: "dbx_info_msft_06_10_25.json" },
];

/**
 * True where a number is higher than any that is known to be published, here or in one of `released` (the SVNs of a table's
 * releases): no boot manager may have reached it yet.
 */
export function isAboveKnownSvns(svn: Svn, released: readonly Svn[]): boolean {
  if (svn.application === null) return false;
  const { fileName } = svn.application;
  return (
    SVN_HISTORY.every((step) => step.fileName !== fileName || svn.major > step.major) &&
    released.every((known) => known.applicationGuid !== svn.applicationGuid || compareSvn(svn, known) > 0)
  );
}
