/**
 * Certificates that one meets in PK, KEK, db and dbx of a guest, told by their fingerprint. Facts of the certificates
 * themselves (microsoft/secureboot_objects, PreSignedObjects; the PK of XCP-ng's varstored package).
 */
import { MICROSOFT_OWNER, XCP_NG_OWNER } from "../../parsers/guids.ts";

export interface KnownCertificate {
  /** Fingerprints in lower-case hexadecimal. */
  readonly sha256: string;
  readonly sha1: string;
  readonly commonName: string;
  /** Where its right place is. Production PCA 2011 stands in dbx as well once it is revoked (CVE-2023-24932). */
  readonly variable: "PK" | "KEK" | "db";
  /** What it is for. */
  readonly purpose: string;
  /** The owner that its publisher gives it. */
  readonly owner: string;
  /** ISO 8601, UTC. Firmware does not look at them: what is signed stays good, but nothing new will be signed. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly derBytes: number;
  /** Upper-case hexadecimal. */
  readonly serialNumber: string;
  /** Fingerprints (SHA-256) of what takes over its duty; empty for the newest generation. */
  readonly successors: readonly string[];
  /** Microsoft's signed update that brings it; null where none does. */
  readonly update: DbUpdate | null;
}

/** An append to db. All that exist are signed under KEK CA 2011. */
export interface DbUpdate {
  readonly fileName: string;
  readonly payloadBytes: number;
}

export const KEK_CA_2011 = "a1117f516a32cefcba3f2d1ace10a87972fd6bbe8fe0d0b996e09e65d802a503";
export const KEK_2K_CA_2023 = "3cd3f0309edae228767a976dd40d9f4affc4fbd5218f2e8cc3c9dd97e8ac6f9d";
export const WINDOWS_PRODUCTION_PCA_2011 = "e8e95f0733a55e8bad7be0a1413ee23c51fcea64b3c8fa6a786935fddcc71961";
export const WINDOWS_UEFI_CA_2023 = "076f1fea90ac29155ebf77c17682f75f1fdd1be196da302dc8461e350a9ae330";
export const UEFI_CA_2011 = "48e99b991f57fc52f76149599bff0a58c47154229b9f8d603ac40d3500248507";
export const UEFI_CA_2023 = "f6124e34125bee3fe6d79a574eaa7b91c0e7bd9d929c1a321178efd611dad901";
export const OPTION_ROM_UEFI_CA_2023 = "e5be3e64c6e66a281457ecdece0d6d0787577aad2a3a0144262c10c14ba8d8f1";
export const WINDOWS_OEM_DEVICES_PK = "2f569e8edaf9657dc4951c29598725255c7f821472db71374211fe44d082546f";
export const XCP_NG_GUEST_PK = "992eb8aafa82574856ce0b3f33f77c2341ca2bff130ce4270d6c25a406e51fbe";

export const KNOWN_CERTIFICATES: readonly KnownCertificate[] = [
  {
    sha256: KEK_CA_2011,
    sha1: "31590bfd89c9d74ed087dfac66334b3931254b30",
    commonName: "Microsoft Corporation KEK CA 2011",
    variable: "KEK",
    purpose: "signs Microsoft's updates of db and dbx up to June 2026",
    owner: MICROSOFT_OWNER,
    notBefore: "2011-06-24T20:41:29Z",
    notAfter: "2026-06-24T20:51:29Z",
    derBytes: 1516,
    serialNumber: "610AD188000000000003",
    successors: [KEK_2K_CA_2023],
    update: null,
  },
  {
    sha256: KEK_2K_CA_2023,
    sha1: "459ab6fb5e284d272d5e3e6abc8ed663829d632b",
    commonName: "Microsoft Corporation KEK 2K CA 2023",
    variable: "KEK",
    purpose: "signs Microsoft's updates of db and dbx from September 2026 on",
    owner: MICROSOFT_OWNER,
    notBefore: "2023-03-02T20:21:35Z",
    notAfter: "2038-03-02T20:31:35Z",
    derBytes: 1462,
    serialNumber: "33000000131416B8616D82824B000000000013",
    successors: [],
    update: null,
  },
  {
    sha256: WINDOWS_PRODUCTION_PCA_2011,
    sha1: "580a6f4cc4e4b669b9ebdc1b2b3e087b80d0678d",
    commonName: "Microsoft Windows Production PCA 2011",
    variable: "db",
    purpose: "signs the Windows boot manager of the first generation",
    owner: MICROSOFT_OWNER,
    notBefore: "2011-10-19T18:41:42Z",
    notAfter: "2026-10-19T18:51:42Z",
    derBytes: 1499,
    serialNumber: "61077656000000000008",
    successors: [WINDOWS_UEFI_CA_2023],
    update: null,
  },
  {
    sha256: WINDOWS_UEFI_CA_2023,
    sha1: "45a0fa32604773c82433c3b7d59e7466b3ac0c67",
    commonName: "Windows UEFI CA 2023",
    variable: "db",
    purpose: "signs the Windows boot manager",
    owner: MICROSOFT_OWNER,
    notBefore: "2023-06-13T18:58:29Z",
    notAfter: "2035-06-13T19:08:29Z",
    derBytes: 1454,
    serialNumber: "330000001A888B9800562284C100000000001A",
    successors: [],
    update: { fileName: "DBUpdate2024.bin", payloadBytes: 1498 },
  },
  {
    sha256: UEFI_CA_2011,
    sha1: "46def63b5ce61cf8ba0de2e6639c1019d0ed14f3",
    commonName: "Microsoft Corporation UEFI CA 2011",
    variable: "db",
    purpose: "signs other makers' boot loaders, such as shim, and option ROMs, of the first generation",
    owner: MICROSOFT_OWNER,
    notBefore: "2011-06-27T21:22:45Z",
    notAfter: "2026-06-27T21:32:45Z",
    derBytes: 1556,
    serialNumber: "6108D3C4000000000004",
    successors: [UEFI_CA_2023, OPTION_ROM_UEFI_CA_2023],
    update: null,
  },
  {
    sha256: UEFI_CA_2023,
    sha1: "b5eeb4a6706048073f0ed296e7f580a790b59eaa",
    commonName: "Microsoft UEFI CA 2023",
    variable: "db",
    purpose: "signs other makers' boot loaders, such as shim",
    owner: MICROSOFT_OWNER,
    notBefore: "2023-06-13T19:21:47Z",
    notAfter: "2038-06-13T19:31:47Z",
    derBytes: 1448,
    serialNumber: "330000001636BF36899F1575CC000000000016",
    successors: [],
    update: { fileName: "DBUpdate3P2023.bin", payloadBytes: 1492 },
  },
  {
    sha256: OPTION_ROM_UEFI_CA_2023,
    sha1: "3fb39e2b8bd183bf9e4594e72183ca60afcd4277",
    commonName: "Microsoft Option ROM UEFI CA 2023",
    variable: "db",
    purpose: "signs option ROMs",
    owner: MICROSOFT_OWNER,
    notBefore: "2023-10-26T19:02:20Z",
    notAfter: "2038-10-26T19:12:20Z",
    derBytes: 1459,
    serialNumber: "3300000017B3EC4D8F01E27005000000000017",
    successors: [],
    update: { fileName: "DBUpdateOROM2023.bin", payloadBytes: 1503 },
  },
  {
    sha256: WINDOWS_OEM_DEVICES_PK,
    sha1: "3d8660c0cb2d57b189c3d7995572a552f75e48b5",
    commonName: "Windows OEM Devices PK",
    variable: "PK",
    purpose: "platform key that Microsoft manages for makers of devices",
    owner: MICROSOFT_OWNER,
    notBefore: "2023-09-21T20:28:26Z",
    notAfter: "2038-09-18T20:28:26Z",
    derBytes: 1531,
    serialNumber: "3300000014E8C838DEDE044EA7000000000014",
    successors: [],
    update: null,
  },
  {
    sha256: XCP_NG_GUEST_PK,
    sha1: "28f5cc905e9dff7767a3f0a2858f962aa8fa6c43",
    commonName: "XCP-ng Guest PK",
    variable: "PK",
    purpose: "platform key of guests of XCP-ng 8.3",
    owner: XCP_NG_OWNER,
    notBefore: "2025-07-29T13:35:00Z",
    notAfter: "2040-07-29T13:35:00Z",
    derBytes: 940,
    serialNumber: "3B8E343AE4BADA3DF388EFCC91F69E0F",
    successors: [],
    update: null,
  },
];

const BY_SHA256: ReadonlyMap<string, KnownCertificate> = new Map(
  KNOWN_CERTIFICATES.map((certificate) => [certificate.sha256, certificate]),
);

/** Looks a certificate up by its fingerprint, lower-case hexadecimal; null for one that is not known, which is no fault. */
export function knownCertificate(sha256: string): KnownCertificate | null {
  return BY_SHA256.get(sha256) ?? null;
}

/**
 * Whether Microsoft publishes an update of KEK signed with this PK, with which the guest itself gets KEK 2K CA 2023
 * (secureboot_objects, kek_update_map.json); null for a PK that is not known here. There is none for guests of XCP-ng.
 */
export function hasPublishedKekUpdate(pkSha256: string): boolean | null {
  if (pkSha256 === WINDOWS_OEM_DEVICES_PK) return true;
  return pkSha256 === XCP_NG_GUEST_PK ? false : null;
}
