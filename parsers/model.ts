/**
 * The model that every format is read into. Nothing of the input is lost: declared numbers and bytes that cannot be decoded are
 * kept. Arrays are views into the input and must never be written to.
 */
import type { ParseError } from "./errors.ts";
import type { HostFile } from "./host/host-file.ts";

/** Range of bytes, `end` not included. Offsets count from the start of the layer that holds the span: blob, data of a variable, or text. */
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
  /** What is known of a record that is cut: its name, and how many bytes of data are declared and present. */
  readonly cut: {
    readonly name: string;
    readonly declaredDataBytes: number | null;
    readonly presentDataBytes: number;
  } | null;
}

/** A VARS blob, read as far as possible. Whether varstored would load it is decided in daemon/varstored-loader.ts. */
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
  /** Differences from one line of padded standard base64; empty where there is none. */
  readonly oddities: readonly Base64Oddity[];
  /** Byte of the text at which decoding stopped, so that the rest is not in the blob; null where all was decoded. */
  readonly junkOffset: number | null;
}

/** With `junk`, bytes are lost even for a lenient decoder; the others lose none there. */
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

/** One copy of an NVRAM, decoded as far as possible. */
export interface Nvram {
  readonly state: NvramState;
  /** Null for a raw blob. */
  readonly base64: Base64Text | null;
  /** The bytes after lenient decoding of the text; null where nothing can be decoded. */
  readonly bytes: Uint8Array | null;
  /** The bytes that the daemon gets: the raw bytes, or the text as the daemon decodes it. Null where the NVRAM is redacted or not in the record. */
  readonly daemonBytes: Uint8Array | null;
  /** Null where the bytes are no VARS blob. */
  readonly blob: VarstoredBlob | null;
  /** The other keys of the NVRAM map, such as `EFI-variables-on-boot`. */
  readonly otherKeys: ReadonlyMap<string, string>;
}

/** The backup of Xen Orchestra that holds a copy, from its metadata; null for what the metadata does not say. */
export interface BackupRef {
  /** UUID of the live VM, in lower case. The record of its snapshot has another one. */
  readonly vmUuid: string | null;
  /** ISO 8601 UTC, with milliseconds. */
  readonly timestamp: string | null;
  /** `full` or `delta`. */
  readonly mode: string | null;
  readonly jobId: string | null;
  readonly scheduleId: string | null;
  /** Path of the export of a full backup, relative to the folder of its JSON. */
  readonly xva: string | null;
  /** Path of the JSON in the remote, where it was read from a cache; null where the input is the JSON itself. */
  readonly file: string | null;
  readonly needs: BackupNeeds;
}

/** Files that a restore needs besides the metadata, as the metadata names them. Paths are relative to the JSON. */
export interface BackupNeeds {
  /** Size of the export when it was written, in bytes; null where the metadata does not say. */
  readonly xvaBytes: number | null;
  /** Disks of a delta backup, one path each. */
  readonly vhds: readonly string[];
  /** How many more disks the metadata names than `vhds` keeps. */
  readonly moreVhds: number;
  /** Reference of the suspend disk of a VM, where the backup does not hold that disk; null where nothing is missing. */
  readonly lostSuspendDisk: string | null;
}

/** The end of an export, which is read without its disks. */
export interface ExportEnd {
  readonly bytes: number;
  /** True where the last 1024 bytes are zeros, as in every complete tar archive. */
  readonly endsInZeros: boolean;
}

/** What a record is. Control domains and default templates, which the host's script skips, are only counted (`Dump.skipped`). */
export type VmKind = "vm" | "template" | "snapshot" | "pool" | "host" | "unknown";

/** Firmware of the VM; null where the record does not say, and for a PV guest, which has none. */
export type Firmware = "uefi" | "bios" | null;

/** One copy of an NVRAM, with what is known about its VM: one element of a report's `vms`. */
export interface VmSource {
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly kind: VmKind;
  /** Which copy: `NVRAM`, `snapshot_metadata.NVRAM`, `vm.NVRAM`, `vmSnapshot.snapshot_metadata.NVRAM`, … */
  readonly source: string;
  readonly firmware: Firmware;
  /**
   * Whether the guest starts with Secure Boot. False for BIOS. Null where the record has no platform, or where the pool decides
   * (`auto`) and is not known.
   */
  readonly secureBoot: boolean | null;
  /** Fields of the VM's record that rules read, by their XAPI names; entries of maps as `name:key`. */
  readonly fields: ReadonlyMap<string, string>;
  /** Null where the record has an NVRAM map without EFI variables. */
  readonly nvram: Nvram | null;
  /** Absent where the copy is not from the metadata of a backup. */
  readonly backup?: BackupRef;
}

/** Ids of formats. Each file of `formats/` declares its own. */
// biome-ignore lint/suspicious/noEmptyInterface: its members are declared where the formats are.
export interface FormatIds {}
export type FormatId = keyof FormatIds;

/** One `.auth` file of a certificate archive: what the host writes to a variable when a VM starts for the first time. */
export interface AuthFile {
  /** File name without its folder, as xapi uses it (xapi_host.ml, extract_certificate_file). */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The variable that the file is for; null where nothing says so. Absent in an archive, where the name says it. */
  readonly target?: AuthTarget | null;
}

/** The variable that a `.auth` file is for. */
export interface AuthTarget {
  readonly variable: "PK" | "KEK" | "db" | "dbx" | "dbt";
  /** True where the content is appended to the variable, false where it replaces it. */
  readonly append: boolean;
  /** How the variable is known: the signature covers its name; or the file's name says it; or its content. */
  readonly by: "signature" | "name" | "content";
}

/** A set of Secure Boot certificates, in the record of a pool or host, or taken out of one. */
export interface CertificateSet {
  readonly kind: "pool" | "host" | "unknown";
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  /** Field of the record; `archive` where there is no record around it, `file` for a single .auth file. */
  readonly source: "uefi_certificates" | "custom_uefi_certificates" | "archive" | "file";
  /**
   * True for the set that hosts write into new VMs: the pool's own set where there is one, else the host's (helpers.ml,
   * get_active_uefi_certificates). Null without a record.
   */
  readonly isActive: boolean | null;
  readonly files: readonly AuthFile[];
  /**
   * For a single .auth file of a host: which of PK.auth, KEK.auth, db.auth and dbx.auth are in its folder. Absent where the folder
   * was not looked at.
   */
  readonly folder?: readonly string[];
  /** Error of the archive; the files that could be read are there too. */
  readonly error: ParseError | null;
}

/** Versions of a host, from the header of an export or from its row in a database. */
export interface HostSoftware {
  readonly brand: string;
  readonly version: string;
}

/** Counts of the members of an archive. */
export interface ArchiveTally {
  readonly members: number;
  /** Members that are elements of the report. */
  readonly dumps: number;
  /** Members in no known format. */
  readonly unclaimed: number;
  /** Links: not followed. */
  readonly links: number;
  /** Devices, pipes, and other members that are no files. */
  readonly special: number;
  readonly encrypted: number;
  /** Members with a name that another member had before. */
  readonly duplicates: number;
  /** Members that are damaged, or use a compression that is not supported. */
  readonly unreadable: number;
}

/** Everything that was read from one input. An input that is cut has both an error and what was before the cut. */
export interface Dump {
  readonly format: FormatId;
  /** The copies; empty where records were handed on one by one (RecordTaker). */
  readonly vms: readonly VmSource[];
  readonly certificates: readonly CertificateSet[];
  /** Whether the pool has active certificates. Absent where the input holds no record of a pool. */
  readonly poolHasCertificates?: boolean;
  readonly skipped: { readonly controlDomains: number; readonly defaultTemplates: number };
  /** Files of hosts. Absent where the input is no such file and holds none. */
  readonly hostFiles?: readonly HostFile[];
  /** Versions of the hosts that the input came from, each once. Absent where the input does not say. */
  readonly software?: readonly HostSoftware[];
  /** Only for an archive of other inputs. */
  readonly archive?: ArchiveTally;
  /** Only for an export in a plain file, whose end can be read. */
  readonly exportEnd?: ExportEnd;
  readonly error: ParseError | null;
}
