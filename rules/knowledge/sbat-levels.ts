/**
 * Revocation levels that were published for shim's SbatLevel, oldest first (rhboot/shim SbatLevel_Variable.txt). A level
 * holds all that the ones before it revoke, except where a note says so.
 */
export interface KnownSbatLevel {
  readonly datestamp: string;
  /** What it newly keeps from starting. */
  readonly revokes: string;
}

export const KNOWN_SBAT_LEVELS: readonly KnownSbatLevel[] = [
  { datestamp: "2021030218", revokes: "nothing: the level that shim begins with" },
  { datestamp: "2022052400", revokes: "GRUB before the fixes of June 2022 (CVE-2022-28733 and others)" },
  { datestamp: "2022111500", revokes: "GRUB before the font fixes of November 2022 (CVE-2022-2601)" },
  { datestamp: "2023012900", revokes: "Debian builds of GRUB that claimed those fixes without having them" },
  { datestamp: "2023012950", revokes: "shim of generation 2" },
  { datestamp: "2023091900", revokes: "GRUB before the NTFS fixes of October 2023 (CVE-2023-4692)" },
  { datestamp: "2024010900", revokes: "shim before 15.8 (CVE-2023-40547 and others)" },
  { datestamp: "2024040900", revokes: "GRUB with the peimage module (CVE-2024-2312)" },
  { datestamp: "2025021800", revokes: "GRUB before the fixes of February 2025" },
];

/** Below it, builds of GRUB of 2022 with public ways around Secure Boot still start. */
export const OLDEST_CURRENT_SBAT_LEVEL = "2023012900";
