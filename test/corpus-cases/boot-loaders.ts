/** Exports whose disks are read: what the firmware, shim and Windows' boot manager say of the loaders on them. */
import { ascii, concatBytes } from "../../parsers/bytes.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../parsers/efi/signature-list.ts";
import { guidNamed } from "../../parsers/guids.ts";
import {
  bootVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  sha256List,
  signature,
  x509List,
} from "../builders/blob.ts";
import {
  authenticodeOf,
  makeBootDisk,
  makeBootManager,
  makeDiskWith,
  makeProgram,
  makeProgramWith,
  makeShim,
} from "../builders/boot-disk.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "../builders/sample-keys.ts";
import { NAMED_PCA_2011, PROGRAM_2011 } from "../builders/signed-2011.ts";
import { makeXva } from "../builders/tar.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { zstdOfRuns } from "../builders/zstd.ts";

const LOADER = "\\EFI\\BOOT\\BOOTX64.EFI";
const SHIM = "\\EFI\\BOOT\\BOOTX64.EFI";
const GRUB = "\\EFI\\BOOT\\GRUBX64.EFI";
const SPARE = "\\EFI\\SPARE\\OLD.EFI";

function hashList(owner: string, ...hashes: readonly Uint8Array[]): Uint8Array {
  const entries = hashes.map((hash) => signature(owner, hash));
  return buildSignatureList(guidBytes(guidNamed("EFI_CERT_SHA256")), new Uint8Array(0), 48, entries);
}

const allowed = (...programs: readonly Uint8Array[]): Uint8Array =>
  concatBytes([
    x509List(MICROSOFT_OWNER, SAMPLE_DB),
    ...(programs.length === 0 ? [] : [hashList(MICROSOFT_OWNER, ...programs.map(authenticodeOf))]),
  ]);

interface Store {
  readonly db: Uint8Array;
  readonly dbx?: Uint8Array;
}

function exportOf(disk: Uint8Array, { db, dbx }: Store): Uint8Array {
  const blob = makeBlob([
    ...bootVariables(),
    makeSignatureVariable("PK", x509List(MICROSOFT_OWNER, SAMPLE_PK)),
    makeSignatureVariable("KEK", x509List(MICROSOFT_OWNER, SAMPLE_KEK)),
    makeSignatureVariable("db", db),
    makeSignatureVariable("dbx", dbx ?? sha256List(MICROSOFT_OWNER, 20)),
  ]);
  const vm = {
    uuid: "5c8b1a52-7f0e-4d0a-9b1e-3a4f5c6d7e80",
    name_label: "varscope boot",
    NVRAM: { "EFI-variables": Buffer.from(blob).toString("base64") },
    platform: { secureboot: "true" },
    HVM_boot_params: { firmware: "uefi", order: "cdn" },
  };
  return zstdOfRuns(makeXva(exportMembers(vm, [diskOf("Ref:7", disk)])));
}

const ONE = makeProgram(1);
const OTHER = makeProgram(3);
const SBAT = "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n";
const grub = (generation: number): Uint8Array =>
  makeProgramWith({
    ".sbat": ascii(`${SBAT}grub,${generation},varscope test,grub2,1,https://example.invalid\n`),
  });
const SHIM_PROGRAM = makeShim({
  sbat: `${SBAT}shim,4,varscope test,shim,1,https://example.invalid\n`,
  level: "sbat,1,2025021800\nshim,4\ngrub,5\n",
  vendor: SAMPLE_DB,
});

function svn(major: number): Uint8Array {
  const data = new Uint8Array(32);
  data[0] = 1;
  data.set(guidBytes(guidNamed("bootmgr")), 1);
  data[19] = major;
  return hashList(guidNamed("EFI_CERT_SVN"), data);
}

const input = (name: string, title: string, bytes: () => Uint8Array): CorpusCase => ({
  name,
  title,
  file: "input.xva.zst",
  bytes,
  boot: true,
});

export const cases: readonly CorpusCase[] = [
  input("boot-image-refused", "dbx has the hash of the only boot loader on the disk.", () =>
    exportOf(makeBootDisk(ONE), {
      db: allowed(ONE),
      dbx: concatBytes([sha256List(MICROSOFT_OWNER, 3), hashList(MICROSOFT_OWNER, authenticodeOf(ONE))]),
    }),
  ),
  input("boot-image-refused-near-miss", "The boot loader's hash is in db, and dbx has others.", () =>
    exportOf(makeBootDisk(ONE), { db: allowed(ONE) }),
  ),
  input("boot-loader-unsigned", "The boot loader is not signed, and db knows only a certificate.", () =>
    exportOf(makeBootDisk(ONE), { db: allowed() }),
  ),
  input("boot-loader-unsigned-near-miss", "The boot loader is not signed, and its hash is in db.", () =>
    exportOf(makeBootDisk(OTHER), { db: allowed(OTHER) }),
  ),
  input("boot-loader-2011-only", "The boot loader is signed below a certificate that dbx revokes.", () =>
    exportOf(makeBootDisk(PROGRAM_2011), {
      db: concatBytes([allowed(), x509List(MICROSOFT_OWNER, NAMED_PCA_2011)]),
      dbx: concatBytes([sha256List(MICROSOFT_OWNER, 3), x509List(MICROSOFT_OWNER, NAMED_PCA_2011)]),
    }),
  ),
  input("boot-loader-2011-only-near-miss", "The same boot loader, and dbx does not revoke its signer.", () =>
    exportOf(makeBootDisk(PROGRAM_2011), {
      db: concatBytes([allowed(), x509List(MICROSOFT_OWNER, NAMED_PCA_2011)]),
    }),
  ),
  input("boot-sbat-below-level", "shim refuses GRUB, of which the generation is below its level.", () =>
    exportOf(makeDiskWith({ [SHIM]: SHIM_PROGRAM, [GRUB]: grub(4) }), { db: allowed(SHIM_PROGRAM, grub(4)) }),
  ),
  input("boot-sbat-below-level-near-miss", "shim starts GRUB, of which the generation is its level.", () =>
    exportOf(makeDiskWith({ [SHIM]: SHIM_PROGRAM, [GRUB]: grub(5) }), { db: allowed(SHIM_PROGRAM, grub(5)) }),
  ),
  input("boot-svn-below-dbx", "dbx asks for security version 7 of Windows' boot manager, which has 6.", () =>
    exportOf(makeBootDisk(makeBootManager(6, 0)), {
      db: allowed(makeBootManager(6, 0)),
      dbx: concatBytes([sha256List(MICROSOFT_OWNER, 3), svn(7)]),
    }),
  ),
  input("boot-svn-below-dbx-near-miss", "dbx asks for security version 7, which the boot manager has.", () =>
    exportOf(makeBootDisk(makeBootManager(7, 0)), {
      db: allowed(makeBootManager(7, 0)),
      dbx: concatBytes([sha256List(MICROSOFT_OWNER, 3), svn(7)]),
    }),
  ),
  input("boot-file-missing", "No disk has the file of the only boot entry, nor one that is looked for.", () =>
    exportOf(makeDiskWith({ [SPARE]: ONE }), { db: allowed(ONE) }),
  ),
  input("boot-file-missing-near-miss", "The boot entry's file is there, and no other is looked for.", () =>
    exportOf(makeDiskWith({ [LOADER]: ONE, [SPARE]: OTHER }), { db: allowed(ONE) }),
  ),
  input("boot-loader-revoked", "The VM starts, and dbx revokes another program on its disk.", () =>
    exportOf(makeDiskWith({ [LOADER]: ONE, [SPARE]: OTHER }), {
      db: allowed(ONE, OTHER),
      dbx: concatBytes([sha256List(MICROSOFT_OWNER, 3), hashList(MICROSOFT_OWNER, authenticodeOf(OTHER))]),
    }),
  ),
  input("boot-loader-revoked-near-miss", "Another program lies on the disk, which dbx does not revoke.", () =>
    exportOf(makeDiskWith({ [LOADER]: ONE, [SPARE]: OTHER }), { db: allowed(ONE, OTHER) }),
  ),
];
