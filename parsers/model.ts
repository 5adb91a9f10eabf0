/**
 * What every format is read into. Bytes are the truth: declared numbers and undecodable rests are kept,
 * views into the input are never written to.
 */
import type { ParseError } from "./errors.ts";
import type { HostFile } from "./host/host-file.ts";

/** Half-open range of bytes in its own layer (blob, variable data or text). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One record of a VARS blob, as on the wire (varstored xapidb-lib.c, unserialize_variables). */
export interface EfiVariable {
  /** Position in the blob, from 0. Names may repeat, so this is what identifies a record. */
  readonly index: number;
  /** The whole record, in bytes of the blob. */
  readonly span: Span;
  readonly nameBytes: Uint8Array;
  /** A view of `nameBytes`: UCS-2 code units, lone surrogates kept, an odd last byte left out. */
  readonly name: string;
  /** False where `nameBytes` is odd or holds a lone surrogate; then only `nameBytes` tells names apart. */
  readonly nameIsValid: boolean;
  /** Lower case, as RFC 4122 prints it. */
  readonly vendorGuid: string;
  /** UINT32, unknown bits kept. */
  readonly attributes: number;
  /** EFI_TIME, 16 raw bytes. */
  readonly timestamp: Uint8Array;
  /** varstored's `cert`: SHA-256 of the signer of a private authenticated variable, else zero or garbage. */
  readonly certDigest: Uint8Array;
  readonly data: Uint8Array;
  /** `data`, in bytes of the blob. */
  readonly dataSpan: Span;
}

/** Why reading of records stopped before the end of the blob. */
export interface BlobStop {
  readonly code: "cut-record" | "trailing-bytes" | "unknown-version" | "missing-records";
  /** Byte of the blob at which the expectation failed. */
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
  /** What can still be told of a record that is cut: its name, the declared and the present bytes of data. */
  readonly cut: {
    readonly name: string;
    readonly declaredDataBytes: number | null;
    readonly presentDataBytes: number;
  } | null;
}

/** A VARS blob, read leniently: limits and counts are judged elsewhere. */
export interface VarstoredBlob {
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly declaredCount: bigint;
  /** Σ (84 + name + data) as the header claims; every loader ignores it. */
  readonly declaredDataLength: bigint;
  /** mor_key and ppi_vdata, 268 bytes; null where the layout has none. */
  readonly ancillary: Uint8Array | null;
  readonly variables: readonly EfiVariable[];
  /** Bytes after the last whole record, kept verbatim. */
  readonly rest: Span;
  readonly stop: BlobStop | null;
}

/** How the text of an `EFI-variables` value, or of a bare text file, is laid out. */
export interface Base64Text {
  /** The text as it stood in its layer, one byte a character. */
  readonly text: Uint8Array;
  /** True in a record (XML, JSON): the daemon decodes exactly this text. False in a bare text, which a user restores. */
  readonly inRecord: boolean;
  /** What differs from one line of padded standard base64; empty where nothing does. */
  readonly oddities: readonly Base64Oddity[];
  /** Byte of the text at which reading stopped, so that what follows is in no blob; null where all was read. */
  readonly junkOffset: number | null;
}

/** `junk` loses bytes even for a lenient reader. */
export type Base64Oddity =
  | "byte-order-mark"
  | "leading-space"
  | "inner-space"
  | "trailing-newline"
  | "trailing-space"
  | "missing-padding"
  | "url-safe-alphabet"
  | "utf-16"
  | "junk";

/** `not-in-record`: the record has no such member, so that nothing is known; every other state is of a value that is there. */
export type NvramState = "present" | "empty" | "redacted" | "unreadable" | "not-in-record";

/** One copy of an NVRAM, decoded as far as it goes. */
export interface Nvram {
  readonly state: NvramState;
  /** Null for a raw blob. */
  readonly base64: Base64Text | null;
  /** What a lenient reader makes of the text; null where that is nothing. */
  readonly bytes: Uint8Array | null;
  /** What the daemon gets: the raw bytes, or the text as its own decoder reads it; null when redacted or not in the record. */
  readonly daemonBytes: Uint8Array | null;
  /** Null where the bytes are no VARS blob. */
  readonly blob: VarstoredBlob | null;
  /** The other keys of the NVRAM map, such as `EFI-variables-on-boot`. */
  readonly otherKeys: ReadonlyMap<string, string>;
}

/** The backup of Xen Orchestra that a copy stands in, as its metadata tells; null for what that does not tell. */
export interface BackupRef {
  /** Of the live VM, in lower case: a snapshot's record has a UUID of its own. */
  readonly vmUuid: string | null;
  /** ISO 8601 UTC, with milliseconds. */
  readonly timestamp: string | null;
  /** `full` or `delta`. */
  readonly mode: string | null;
  readonly jobId: string | null;
  readonly scheduleId: string | null;
  /** The export of a full backup, seen from the folder of its JSON. */
  readonly xva: string | null;
  /** The JSON's path in the remote, where a cache held it; null where the input is the JSON itself. */
  readonly file: string | null;
  readonly needs: BackupNeeds;
}

/** What a restore takes besides the metadata, as that tells it. Paths stand as they were written: seen from the JSON. */
export interface BackupNeeds {
  /** How many bytes the export was written with; null where nobody says. */
  readonly xvaBytes: number | null;
  /** Of a delta backup, one a disk. */
  readonly vhds: readonly string[];
  /** Of how many more the metadata tells than are kept. */
  readonly moreVhds: number;
  /** The disk with the state of a suspended VM, where `vdis` has none such; null where nothing is missing. */
  readonly lostSuspendDisk: string | null;
}

/** How an export ends, as far as that can be seen without reading its disks. */
export interface ExportEnd {
  readonly bytes: number;
  /** Whether the last 1024 bytes are zeros, as those of every tar archive are. */
  readonly endsInZeros: boolean;
}

/** What a record is; the two kinds that the host's script skips are counted, never shown. */
export type VmKind = "vm" | "template" | "snapshot" | "pool" | "host" | "unknown";

/** What starts the VM; null where the record does not tell, and for a PV guest, which has neither. */
export type Firmware = "uefi" | "bios" | null;

/** One copy of an NVRAM with what is known of its VM: one element of the report's `vms`. */
export interface VmSource {
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly kind: VmKind;
  /** Which copy: `NVRAM`, `snapshot_metadata.NVRAM`, `vm.NVRAM`, `vmSnapshot.snapshot_metadata.NVRAM`, … */
  readonly source: string;
  readonly firmware: Firmware;
  /** Whether the guest starts with Secure Boot; null where the record has no platform, or leaves it to a pool that is not known. False with BIOS, which knows none. */
  readonly secureBoot: boolean | null;
  /** String fields of the VM's record that rules read, under their XAPI names; maps as `name:key`. */
  readonly fields: ReadonlyMap<string, string>;
  /** Null where the record's map is there and holds no EFI variables. */
  readonly nvram: Nvram | null;
  /** Absent where the copy stands in no backup's metadata. */
  readonly backup?: BackupRef;
}

/** Ids of formats; a folder is no format. Each file of `formats/` adds the one that it reads. */
// biome-ignore lint/suspicious/noEmptyInterface: its members are declared where the formats are.
export interface FormatIds {}
export type FormatId = keyof FormatIds;

/** One `.auth` file of a certificate archive: what the host writes to a variable when a VM starts for the first time. */
export interface AuthFile {
  /** Without its folder, as xapi takes it (xapi_host.ml, extract_certificate_file). */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of a file by itself; null where nothing tells it. Absent in an archive, where the name does. */
  readonly target?: AuthTarget | null;
}

/** What a `.auth` file by itself is for. */
export interface AuthTarget {
  readonly variable: "PK" | "KEK" | "db" | "dbx" | "dbt";
  /** True where it is added to what is there, false where it replaces it. */
  readonly append: boolean;
  /** How that is known: whoever signed it signed for this variable; or its name says so, or what it holds. */
  readonly by: "signature" | "name" | "content";
}

/** The Secure Boot certificates that the record of a pool or host carries, or that were taken out of one. */
export interface CertificateSet {
  readonly kind: "pool" | "host" | "unknown";
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  /** The record's field that holds it; `archive` where there is no record around it, `file` of one file by itself. */
  readonly source: "uefi_certificates" | "custom_uefi_certificates" | "archive" | "file";
  /** True where hosts plant this one: a pool's own set, once there is one, replaces the host's (helpers.ml,
   * get_active_uefi_certificates). Null without a record. */
  readonly isActive: boolean | null;
  readonly files: readonly AuthFile[];
  /** Of a host's file by itself: which of PK.auth, KEK.auth, db.auth and dbx.auth its folder holds; absent where nobody looked. */
  readonly folder?: readonly string[];
  /** What is wrong with the archive, beside the files that could be read. */
  readonly error: ParseError | null;
}

/** What a host says that it runs: in the header of an export, and in its row of a database. */
export interface HostSoftware {
  readonly brand: string;
  readonly version: string;
}

/** Members of an archive, by what became of them. */
export interface ArchiveTally {
  readonly members: number;
  /** Told as elements of their own. */
  readonly dumps: number;
  /** That no format claims. */
  readonly unclaimed: number;
  /** Links, which lead out of the archive or to another member. */
  readonly links: number;
  /** Devices, pipes and what else is no file. */
  readonly special: number;
  readonly encrypted: number;
  /** Of a name that another member had before. */
  readonly duplicates: number;
  /** Damaged, or packed in a way that nobody uses. */
  readonly unreadable: number;
}

/** What one input was read into. An input that is cut may have both: an error, and what stood before the cut. */
export interface Dump {
  readonly format: FormatId;
  /** Of an input that is streamed to its reader none: that one has seen them. */
  readonly vms: readonly VmSource[];
  readonly certificates: readonly CertificateSet[];
  /** Whether the pool has active certificates; absent where no record of a pool tells that. */
  readonly poolHasCertificates?: boolean;
  readonly skipped: { readonly controlDomains: number; readonly defaultTemplates: number };
  /** What files of a host tell; absent where the input is no such file and holds none. */
  readonly hostFiles?: readonly HostFile[];
  /** Of the hosts that the input came from, each of them once; absent where it does not tell. */
  readonly software?: readonly HostSoftware[];
  /** Absent where the input is no archive of other inputs. */
  readonly archive?: ArchiveTally;
  /** Of an export whose end could be looked at: a plain file. */
  readonly exportEnd?: ExportEnd;
  readonly error: ParseError | null;
}
