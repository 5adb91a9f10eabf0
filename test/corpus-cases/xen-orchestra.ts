/** What Xen Orchestra keeps in a remote. */
import { concatBytes } from "../../parsers/bytes.ts";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { base64, HEALTHY_FILES, hostArchive, PLANTED_FILES } from "../builders/certificates.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import {
  backupXva,
  cacheFile,
  configMetadata,
  deltaMetadata,
  encryptionMark,
  fullMetadata,
  metadataText,
  poolMetadata,
} from "../builders/xen-orchestra.ts";

const backup = (day: number, blob: Uint8Array) => ({
  uuid: "00000000-0000-4000-8000-000000000201",
  name_label: "web",
  time: new Date(Date.UTC(2025, 9, day, 2, 0, 5, 250)),
  blob,
});

const SUSPEND_DISK = "OpaqueRef:state";

function suspended(metadata: ReturnType<typeof deltaMetadata>) {
  const { vm, vmSnapshot } = metadata;
  const state = { power_state: "Suspended", suspend_VDI: SUSPEND_DISK };
  return { ...metadata, vm: { ...vm, ...state }, vmSnapshot: { ...vmSnapshot, ...state } };
}

export const cases: readonly CorpusCase[] = [
  {
    name: "healthy-xo-full-backup",
    title: "Metadata of a full backup: the VM, its snapshot, and the copy in the snapshot's metadata.",
    file: "input.json",
    bytes: () => metadataText(fullMetadata(backup(1, healthyBlob()))),
  },
  {
    name: "healthy-xo-delta-backup",
    title: "Metadata of a delta backup, with the contents of a vTPM that nobody looks at.",
    file: "input.json",
    bytes: () => metadataText(deltaMetadata(backup(1, healthyBlob()))),
  },
  {
    name: "xo-delta-backup-affected",
    title: "Metadata of a delta backup of a VM whose live record is planted, and its snapshot not yet.",
    file: "input.json",
    bytes: () =>
      metadataText(
        deltaMetadata({
          ...backup(2, incidentBlob(10, 3)),
          snapshotBlob: healthyBlob(),
          metadataBlob: healthyBlob(),
        }),
      ),
  },
  {
    name: "healthy-xo-cache",
    title: "The cache of two delta backups of one VM.",
    file: "input.json.gz",
    bytes: () => cacheFile([backup(1, healthyBlob()), backup(2, healthyBlob())], deltaMetadata),
  },
  {
    name: "xo-cache-affected",
    title: "The cache of two full backups of one VM, of which the later is planted.",
    file: "input.json.gz",
    bytes: () => cacheFile([backup(1, healthyBlob()), backup(2, incidentBlob(10, 3))], fullMetadata),
  },
  {
    name: "healthy-xo-pool-metadata",
    title: "The metadata of a pool's backup, with the certificates of the pool and its master.",
    file: "input.json",
    bytes: () => poolMetadata({ hosts: base64(hostArchive(HEALTHY_FILES)) }),
  },
  {
    name: "xo-pool-metadata-affected",
    title: "The metadata of a pool's backup: hosts plant KEK, db and dbx under the owner of XCP-ng.",
    file: "input.json",
    bytes: () => poolMetadata({ hosts: base64(hostArchive(PLANTED_FILES)) }),
  },
  {
    name: "backup-incomplete",
    title: "An export that was cut at a block: its ova.xml is whole, and its end is missing.",
    file: "input.xva",
    bytes: () => backupXva(backup(1, healthyBlob())).slice(0, -1024),
  },
  {
    name: "backup-incomplete-cut-in-a-block",
    title: "An export with half a block behind its end.",
    file: "input.xva",
    bytes: () => concatBytes([backupXva(backup(1, healthyBlob())), new Uint8Array(256)]),
  },
  {
    name: "backup-incomplete-suspended",
    title: "Metadata of a delta backup of a suspended VM, without the disk that has its state.",
    file: "input.json",
    bytes: () => metadataText(suspended(deltaMetadata(backup(1, healthyBlob())))),
  },
  {
    name: "backup-incomplete-near-miss",
    title:
      "The same with that disk among vdis. Whether the files of the disks are there, the metadata alone does not tell.",
    file: "input.json",
    bytes: () => {
      const metadata = suspended(deltaMetadata(backup(1, healthyBlob())));
      const state = { uuid: "state", name_label: "Suspend image", $SR$uuid: "sr", $snapshot_of$uuid: "of" };
      return metadataText({ ...metadata, vdis: { ...metadata.vdis, [SUSPEND_DISK]: state } });
    },
  },
  {
    name: "healthy-xo-config",
    title: "The metadata of a backup of Xen Orchestra's own configuration, which holds no NVRAM.",
    file: "input.json",
    bytes: () => configMetadata(),
  },
  {
    name: "healthy-xo-encryption",
    title: "The mark of a remote that is not encrypted.",
    file: "input.json",
    bytes: () => encryptionMark("none"),
  },
  {
    name: "xo-encryption-encrypted",
    title: "The mark of an encrypted remote.",
    file: "input.json",
    bytes: () => encryptionMark("aes-256-gcm"),
  },
];
