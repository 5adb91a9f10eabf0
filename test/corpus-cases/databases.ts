/** Databases of a pool: its VMs, its certificates, and what a bug report leaves of them. */
import { concatBytes } from "../../parsers/bytes.ts";
import {
  bootVariables,
  healthyBlob,
  incidentBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  x509List,
} from "../builders/blob.ts";
import { base64, HEALTHY_FILES, hostArchive, PLANTED_FILES } from "../builders/certificates.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { makeXva } from "../builders/tar.ts";
import {
  BUG_REPORT_DIALECT,
  controlDomainRow,
  defaultTemplateRow,
  makeDatabase,
  poolRow,
  secretTables,
  snapshotRow,
  vmRow,
} from "../builders/xapi-db.ts";

const uuid = (digit: number) => `00000000-0000-4000-8000-00000000010${digit}`;
const nvram = (blob: Uint8Array) => ({ "EFI-variables": base64(blob) });
const healthy = (digit: number) => ({
  uuid: uuid(digit),
  name_label: `vm ${digit}`,
  NVRAM: nvram(healthyBlob()),
});
const planted = (digit: number) => ({
  uuid: uuid(digit),
  name_label: `vm ${digit}`,
  NVRAM: nvram(incidentBlob(10, 3)),
});
const others = () => [controlDomainRow(uuid(8)), defaultTemplateRow(uuid(9))];
const REMOVED = { "EFI-variables": "REMOVED" };
const pool = (files: typeof HEALTHY_FILES) => [poolRow({ hosts: base64(hostArchive(files)) })];

/** Header, then a list of one certificate (44 bytes and its own) that makes the file as long as that. */
const withDbAuth = (length: number) =>
  HEALTHY_FILES.map((file) => {
    if (file.name !== "db.auth") return file;
    const header = file.bytes.subarray(0, 40);
    return { ...file, bytes: concatBytes([header, x509List(MICROSOFT_OWNER, new Uint8Array(length - 84))]) };
  });

/** Secure Boot is what the pool makes of it. */
const autoRows = () =>
  [healthyBlob(), makeBlob([...bootVariables(), ...pkAlone()]), makeBlob(bootVariables())].map((blob, i) =>
    vmRow({
      uuid: uuid(i + 1),
      name_label: `auto ${i + 1}`,
      NVRAM: nvram(blob),
      platform: { secureboot: "auto" },
    }),
  );
const pkAlone = () => keyVariables(MICROSOFT_OWNER, new Uint8Array(0)).slice(0, 1);

export const cases: readonly CorpusCase[] = [
  {
    name: "healthy-xapi-db",
    title:
      "The database of a pool whose VMs, snapshots and certificates are in order; two records are skipped.",
    file: "input.xml",
    bytes: () =>
      makeDatabase({
        ...secretTables(),
        VM: [vmRow(healthy(1)), snapshotRow(healthy(2), healthy(1)), ...others()],
        pool: pool(HEALTHY_FILES),
      }),
  },
  {
    name: "secure-boot-auto-on",
    title:
      "A database with platform:secureboot=auto and a pool that has certificates: a VM whose keys are whole, one with a PK alone and one in setup mode.",
    file: "input.xml",
    bytes: () => makeDatabase({ VM: autoRows(), pool: pool(HEALTHY_FILES) }),
  },
  {
    name: "secure-boot-auto-off",
    title: "The same VMs in a pool without certificates: Secure Boot is off, and nothing of it is amiss.",
    file: "input.xml",
    bytes: () => makeDatabase({ VM: autoRows(), pool: [poolRow({})] }),
  },
  {
    name: "xapi-db-affected",
    title:
      "The database of a pool with a planted VM, a snapshot whose copy is planted, and a planted template.",
    file: "input.xml",
    bytes: () =>
      makeDatabase({
        ...secretTables(),
        VM: [
          vmRow(planted(1)),
          snapshotRow(healthy(2), planted(1)),
          vmRow({ ...planted(3), is_a_template: true }),
          ...others(),
        ],
      }),
  },
  {
    name: "xapi-db-good-snapshot",
    title: "The database of a pool with a planted VM, of which a snapshot from before is healthy.",
    file: "input.xml",
    bytes: () =>
      makeDatabase({
        VM: [
          vmRow(planted(1)),
          snapshotRow({ ...healthy(2), snapshot_time: "20251020T030000Z" }, healthy(1)),
        ],
      }),
  },
  {
    name: "xo-pool-databases",
    title:
      "Xen Orchestra's backups of a pool of two dates: a VM is healthy in the first, and planted in the second.",
    file: "input.tar",
    bytes: () =>
      makeXva([
        { name: "pool/20251020T030000Z/data", bytes: makeDatabase({ VM: [vmRow(healthy(1))] }) },
        { name: "pool/20251024T030000Z/data", bytes: makeDatabase({ VM: [vmRow(planted(1))] }) },
      ]),
  },
  {
    name: "xapi-db-redacted",
    title: "xapi-db.xml of a bug report, which tells only which VMs have variables.",
    file: "input.xml",
    bytes: () =>
      makeDatabase(
        {
          VM: [
            vmRow({ ...healthy(1), NVRAM: REMOVED }),
            snapshotRow({ ...healthy(2), NVRAM: REMOVED }, { ...healthy(1), NVRAM: REMOVED }),
            vmRow({ ...healthy(3), NVRAM: {} }),
            ...others(),
          ],
        },
        BUG_REPORT_DIALECT,
      ),
  },
  {
    name: "pool-certificates-wrong-owner",
    title: "A pool whose hosts plant KEK, db and dbx under the owner of XCP-ng.",
    file: "input.xml",
    bytes: () => makeDatabase({ VM: [vmRow(healthy(1))], pool: pool(PLANTED_FILES) }),
  },
  {
    name: "pool-certificates-wrong-owner-near-miss",
    title: "A pool whose PK alone has the owner of XCP-ng.",
    file: "input.xml",
    bytes: () => makeDatabase({ VM: [vmRow(healthy(1))], pool: pool(HEALTHY_FILES) }),
  },
  {
    name: "pool-certificates-unusable",
    title: "A pool whose archive of certificates is cut, and whose KEK.auth has no header.",
    file: "input.xml",
    bytes: () => {
      const files = HEALTHY_FILES.map((file) =>
        file.name === "KEK.auth" ? { ...file, bytes: file.bytes.subarray(40) } : file,
      );
      const archive = hostArchive(files);
      return makeDatabase({ pool: [poolRow({ hosts: base64(archive.subarray(0, archive.length - 1500)) })] });
    },
  },
  {
    name: "pool-certificates-unusable-near-miss",
    title: "A pool with a file among its certificates that no host writes anywhere.",
    file: "input.xml",
    bytes: () =>
      makeDatabase({ pool: pool([...HEALTHY_FILES, { name: "README", bytes: Uint8Array.of(1, 2, 3) }]) }),
  },
  {
    name: "pool-certificates-unusable-pk-alone",
    title:
      "A healthy VM in a pool whose own set has PK.auth alone: new VMs with Secure Boot start no system.",
    file: "input.xml",
    bytes: () => makeDatabase({ VM: [vmRow(healthy(1))], pool: [ownPool(["PK.auth"])] }),
  },
  {
    name: "pool-certificates-unusable-no-pk",
    title: "A pool whose own set has no PK.auth: new VMs are in setup mode.",
    file: "input.xml",
    bytes: () => makeDatabase({ pool: [ownPool(["KEK.auth", "db.auth", "dbx.auth"])] }),
  },
  {
    name: "pool-certificates-unusable-no-dbx-near-miss",
    title: "A pool whose own set has no dbx.auth alone, which XAPI calls ready_no_dbx.",
    file: "input.xml",
    bytes: () => makeDatabase({ pool: [ownPool(["PK.auth", "KEK.auth", "db.auth"])] }),
  },
  {
    name: "auth-file-over-limit",
    title:
      "Certificates of a pool whose db.auth has one byte more than varstored reads; its signature list alone would fit.",
    file: "input.tar",
    bytes: () => hostArchive(withDbAuth(57_345)),
  },
  {
    name: "auth-file-over-limit-near-miss",
    title: "Certificates of a pool whose db.auth has exactly the 57344 bytes that varstored reads.",
    file: "input.tar",
    bytes: () => hostArchive(withDbAuth(57_344)),
  },
  {
    name: "healthy-uefi-certificates",
    title: "The certificates of a pool by themselves, as xapi archives them.",
    file: "input.tar",
    bytes: () => hostArchive(HEALTHY_FILES),
  },
];

function ownPool(names: readonly string[]): ReturnType<typeof poolRow> {
  return poolRow({ own: base64(hostArchive(HEALTHY_FILES.filter(({ name }) => names.includes(name)))) });
}
