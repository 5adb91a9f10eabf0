/** Exports: the sample of the README, and the kinds of ova.xml. */
import { ascii, concatBytes } from "../../parsers/bytes.ts";
import {
  bootVariables,
  concat,
  healthyBlob,
  incidentBlob,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  sha256List,
  XCP_NG_OWNER,
  x509List,
} from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { makeOvaXml, snapshotMetadata, type VmFields, vmObject } from "../builders/ova-xml.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "../builders/sample-keys.ts";
import { makeXva } from "../builders/tar.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const UUID = "7a1c3f60-52de-4b0e-9a55-0d9a4f3c1b02";
const EXPORTED_AT = 1_762_000_000;

/** A dbx of 60440 bytes as in the incident: 827 planted hashes, and an update of 431 more behind them. */
function sampleBlob(): Uint8Array {
  const dbx = concat(sha256List(XCP_NG_OWNER, 827), sha256List(MICROSOFT_OWNER, 431, 1));
  return makeBlob([
    ...bootVariables(),
    makeSignatureVariable("PK", x509List(XCP_NG_OWNER, SAMPLE_PK)),
    makeSignatureVariable("KEK", x509List(XCP_NG_OWNER, SAMPLE_KEK)),
    makeSignatureVariable("db", x509List(XCP_NG_OWNER, SAMPLE_DB)),
    makeSignatureVariable("dbx", dbx),
  ]);
}

/** With a disk of 4 KiB: one short block with its checksum, as the exporter writes the last one. */
function exportOf(vm: VmFields): Uint8Array {
  return makeXva(exportMembers(vm, [diskOf("Ref:3", new Uint8Array(4096).fill(0x5a))]));
}

const nvram = (blob: Uint8Array) => ({ "EFI-variables": base64(blob) });

export const cases: readonly CorpusCase[] = [
  {
    name: "sample-incident",
    title: "The sample of the README: an export of a VM that no longer starts, with a dbx of 60440 bytes.",
    file: "input.xva",
    bytes: () => exportOf({ uuid: UUID, name_label: "fileserver-02", NVRAM: nvram(sampleBlob()) }),
  },
  {
    name: "healthy-xva",
    title: "An export of a healthy VM, with a small disk.",
    file: "input.xva",
    bytes: () => exportOf({ uuid: UUID, name_label: 'web <1> & "co"', NVRAM: nvram(healthyBlob()) }),
  },
  {
    name: "snapshot-metadata-affected",
    title:
      "An exported snapshot: its NVRAM is healthy, the copy in snapshot_metadata, which a revert restores, is planted.",
    file: "input.xml",
    bytes: () =>
      makeOvaXml([
        vmObject("Ref:1", {
          uuid: UUID,
          name_label: "before the update",
          is_a_template: true,
          NVRAM: nvram(healthyBlob()),
          snapshot_metadata: snapshotMetadata({
            uuid: UUID,
            name_label: "fileserver-02",
            NVRAM: nvram(incidentBlob(10, 3)),
          }),
        }),
      ]),
  },
  {
    name: "healthy-bios-vm",
    title: "A VM without UEFI: its record has no NVRAM, and that is no fault.",
    file: "input.xml",
    bytes: () =>
      makeOvaXml([
        vmObject("Ref:1", { uuid: UUID, name_label: "old", HVM_boot_params: { order: "cd" }, NVRAM: {} }),
      ]),
  },
  {
    name: "healthy-nvram-text",
    title: "What `xe vm-param-get param-name=NVRAM` prints.",
    file: "input.txt",
    bytes: () =>
      concatBytes([
        ascii("EFI-variables: "),
        ascii(base64(healthyBlob())),
        ascii("; EFI-variables-backend: xapidb\n"),
      ]),
  },
  {
    name: "metadata-export-many-vms",
    title:
      "A metadata export of all VMs: a planted VM, its snapshot, which keeps its fields and the copy that a revert restores, a custom template, and a control domain.",
    file: "input.vmmeta",
    bytes: () => metadataExport(),
  },
];

/** With `all=true` and snapshots (xapi ocaml/xapi/export.ml, metadata_handler): ova.xml is the only member. */
function metadataExport(): Uint8Array {
  const uuid = (digit: number) => `00000000-0000-4000-8000-00000000020${digit}`;
  const vm = { uuid: uuid(1), name_label: "fileserver-02", NVRAM: nvram(incidentBlob(10, 3)) };
  const objects = [
    vmObject("Ref:1", vm),
    vmObject("Ref:2", {
      uuid: uuid(2),
      name_label: "before the update",
      is_a_template: true,
      is_a_snapshot: true,
      snapshot_of: "Ref:1",
      NVRAM: nvram(healthyBlob()),
      snapshot_metadata: snapshotMetadata(vm),
    }),
    vmObject("Ref:3", {
      uuid: uuid(3),
      name_label: "golden",
      is_a_template: true,
      NVRAM: nvram(healthyBlob()),
    }),
    vmObject("Ref:4", {
      uuid: uuid(4),
      name_label: "Control domain on host: xcp-1",
      is_control_domain: true,
    }),
  ];
  return makeXva([{ name: "ova.xml", bytes: makeOvaXml(objects), mtime: EXPORTED_AT }]);
}
