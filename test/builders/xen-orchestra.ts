/**
 * Makes what Xen Orchestra writes to a remote: keys in the order and numbers in the form of its writers
 * (@xen-orchestra/backups, FullRemoteWriter.mjs, IncrementalRemoteWriter.mjs, RemoteAdapter.mjs, _PoolMetadataBackup.mjs;
 * @xen-orchestra/fs, abstract.js, _encryptor.js).
 */
import { createCipheriv } from "node:crypto";
import { gzipSync } from "node:zlib";
import { ascii, concatBytes } from "../../parsers/bytes.ts";
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import { noise } from "./blob.ts";
import { base64 } from "./certificates.ts";
import { makeOvaXml, snapshotMetadata, vmObject } from "./ova-xml.ts";
import { makeXva } from "./tar.ts";

/** What stands in `vtpms`, which is secret. */
export const VTPM_CONTENTS = "c2VjcmV0LXZUUE0tc3RhdGU=";
const JOB = "6c2f0a3e-1d47-4a53-8a52-7d0f3a1b9c01";
const SCHEDULE = "7d301b4f-2e58-4b64-9b63-8e104b2cad02";

export interface BackupFields {
  readonly uuid: string;
  readonly name_label: string;
  readonly time: Date;
  /** Of the live VM, and of the snapshot with the copy in its metadata where that is another one. */
  readonly blob: Uint8Array;
  readonly snapshotBlob?: Uint8Array;
  readonly metadataBlob?: Uint8Array;
}

/** `20251023T101112Z`: names of files tell seconds. */
export function backupName(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

export function snapshotUuid(uuid: string): string {
  return `${uuid.slice(0, -1)}f`;
}

function vmFields(uuid: string, name_label: string, blob: Uint8Array) {
  return {
    uuid,
    name_label,
    platform: { secureboot: "true", "device-model": "qemu-upstream-uefi" },
    NVRAM: { "EFI-variables": base64(blob) },
  };
}

/** A record of the XenAPI as JSON. */
function vmRecord(fields: ReturnType<typeof vmFields>, more: Readonly<Record<string, unknown>>) {
  const { uuid, name_label, platform, NVRAM } = fields;
  return {
    uuid,
    allowed_operations: ["snapshot"],
    current_operations: {},
    name_label,
    name_description: "",
    power_state: "Halted",
    is_a_template: false,
    is_default_template: false,
    is_a_snapshot: false,
    is_control_domain: false,
    snapshot_of: "OpaqueRef:NULL",
    snapshot_time: "19700101T00:00:00Z",
    platform,
    HVM_boot_params: { order: "cd", firmware: "uefi" },
    other_config: { base_template_name: "Windows Server 2022 (64-bit)" },
    VTPMs: [],
    snapshot_metadata: "",
    NVRAM,
    ...more,
  };
}

function snapshotName({ name_label }: BackupFields): string {
  return `[XO Backup nightly] ${name_label}`;
}

function metadataOf({ uuid, name_label, blob, metadataBlob }: BackupFields): string {
  return snapshotMetadata(vmFields(uuid, name_label, metadataBlob ?? blob));
}

function recordsOf(fields: BackupFields) {
  const { uuid, name_label, blob, snapshotBlob, time } = fields;
  const ofSnapshot = vmFields(snapshotUuid(uuid), snapshotName(fields), snapshotBlob ?? blob);
  return {
    vm: vmRecord(vmFields(uuid, name_label, blob), { power_state: "Running" }),
    vmSnapshot: vmRecord(ofSnapshot, {
      is_a_snapshot: true,
      is_a_template: true,
      snapshot_of: `OpaqueRef:${uuid}`,
      snapshot_time: `${backupName(time).slice(0, 9)}${time.toISOString().slice(11, 19)}Z`,
      snapshot_metadata: metadataOf(fields),
    }),
  };
}

export function fullMetadata(fields: BackupFields) {
  const { time } = fields;
  return {
    jobId: JOB,
    mode: "full",
    scheduleId: SCHEDULE,
    timestamp: time.getTime(),
    version: "2.0.0",
    ...recordsOf(fields),
    xva: `./${backupName(time)}.xva`,
    size: 4_321_000,
    tags: {},
  };
}

export function deltaMetadata(fields: BackupFields) {
  const { time, uuid } = fields;
  const { vm, vmSnapshot } = recordsOf(fields);
  return {
    isVhdDifferencing: { "OpaqueRef:vdi": true },
    jobId: JOB,
    mode: "delta",
    scheduleId: SCHEDULE,
    timestamp: time.getTime(),
    vbds: { "OpaqueRef:vbd": { uuid: "vbd", VM: `OpaqueRef:${uuid}`, VDI: "OpaqueRef:vdi" } },
    vdis: { "OpaqueRef:vdi": { uuid: "vdi", name_label: "system", $SR$uuid: "sr", $snapshot_of$uuid: "of" } },
    version: "2.0.0",
    vifs: {},
    vhds: { "OpaqueRef:vdi": `vdis/${JOB}/vdi/${backupName(time)}.vhd` },
    vm,
    vmSnapshot,
    vtpms: [VTPM_CONTENTS],
    size: 1_234_000,
    tags: {},
  };
}

export type Metadata = ReturnType<typeof fullMetadata> | ReturnType<typeof deltaMetadata>;

/** One line, as `JSON.stringify` gives it. */
export function metadataText(metadata: unknown): Uint8Array {
  return encodeUtf8(JSON.stringify(metadata));
}

/** The path of a backup's JSON in its remote. */
export function backupPath({ uuid, time }: Pick<BackupFields, "uuid" | "time">): string {
  return `/xo-vm-backups/${uuid}/${backupName(time)}.json`;
}

/** `cache.json` before gzip: every backup under its path, with two fields more. */
export function cacheText(backups: readonly BackupFields[], metadata: (fields: BackupFields) => Metadata) {
  const entries = backups.map((fields) => {
    const path = backupPath(fields);
    return [path, { ...metadata(fields), _filename: path, id: path }];
  });
  return metadataText(Object.fromEntries(entries));
}

export function cacheFile(...args: Parameters<typeof cacheText>): Uint8Array {
  return gzipSync(cacheText(...args));
}

/** The export of a full backup: the snapshot, which looks like a template there. */
export function backupXva(fields: BackupFields): Uint8Array {
  const { uuid, blob, snapshotBlob } = fields;
  const vm = vmObject("Ref:1", {
    ...vmFields(snapshotUuid(uuid), snapshotName(fields), snapshotBlob ?? blob),
    is_a_template: true,
    snapshot_metadata: metadataOf(fields),
  });
  return makeXva([{ name: "ova.xml", bytes: makeOvaXml([vm]) }]);
}

/** `metadata.json` of a pool's backup; both records have more fields than these. */
export function poolMetadata(certificates: { readonly own?: string; readonly hosts?: string }): Uint8Array {
  const hosts = certificates.hosts ?? "";
  const metadata = {
    jobId: JOB,
    jobName: "pool metadata",
    pool: {
      uuid: "5c1d7a35-6a3f-4bb1-9a3b-0d8f6f3e0001",
      name_label: "the pool",
      master: "OpaqueRef:host",
      uefi_certificates: hosts,
      custom_uefi_certificates: certificates.own ?? "",
    },
    poolMaster: {
      uuid: "5c1d7a35-6a3f-4bb1-9a3b-0d8f6f3e0002",
      name_label: "xcp-1",
      uefi_certificates: hosts,
    },
    scheduleId: SCHEDULE,
    scheduleName: "weekly",
    timestamp: 1_761_214_272_345,
  };
  return encodeUtf8(JSON.stringify(metadata, null, 2));
}

/** `metadata.json` of a backup of Xen Orchestra's own configuration (_XoMetadataBackup.mjs). */
export function configMetadata(): Uint8Array {
  const metadata = {
    data: "./data.json",
    jobId: JOB,
    jobName: "own configuration",
    scheduleId: SCHEDULE,
    scheduleName: "weekly",
    timestamp: 1_761_214_272_345,
  };
  return encodeUtf8(JSON.stringify(metadata, null, 2));
}

export function encryptionMark(algorithm: string): Uint8Array {
  return ascii(JSON.stringify({ algorithm }));
}

/** As long as the real thing: initialisation vector, ciphertext, tag; nobody can tell them from noise. */
export function encryptedFile(plainBytes: number, seed: number): Uint8Array {
  return noise(12 + plainBytes + 16, seed);
}

/** As Xen Orchestra writes every file of an encrypted remote: initialisation vector, ciphertext, tag (_encryptor.js). */
export function encrypted(
  plain: Uint8Array,
  key: string,
  algorithm: "aes-256-gcm" | "chacha20-poly1305",
  seed = 1,
): Uint8Array {
  const vector = noise(12, seed);
  const cipher = createCipheriv(algorithm as "aes-256-gcm", key, vector, { authTagLength: 16 });
  return concatBytes([vector, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}
