/** Sets of a pool's certificates by their generation, in every container that carries one. */
import { ascii } from "../../parsers/bytes.ts";
import { healthyBlob } from "../builders/blob.ts";
import { authFilesOf, base64, hostArchive } from "../builders/certificates.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { TEST_ROLES } from "../builders/test-microsoft.ts";
import { makeDatabase, poolRow, vmRow } from "../builders/xapi-db.ts";
import { xeListing } from "../builders/xe-listing.ts";

const { kek2011, kek2023, pca2011, windows2023, uefi2011, uefi2023 } = TEST_ROLES;
const OLD = () => hostArchive(authFilesOf({ KEK: [kek2011], db: [pca2011, uefi2011] }));
const BOTH = () =>
  hostArchive(authFilesOf({ KEK: [kek2011, kek2023], db: [pca2011, uefi2011, windows2023, uefi2023] }));
const VM = [
  vmRow({
    uuid: "00000000-0000-4000-8000-000000000291",
    name_label: "vm",
    NVRAM: { "EFI-variables": base64(healthyBlob()) },
  }),
];

/** As `xe pool-param-list uuid=…` prints it. */
function listing(fields: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(fields).map(([label, value]) => `${label.padStart(33)} ( RO): ${value}`);
  return ascii(
    `uuid ( RO)                             : 00000000-0000-4000-8000-000000000029\n${lines.join("\n")}\n\n`,
  );
}

export const cases: readonly CorpusCase[] = [
  {
    name: "pool-certificates-2011-only",
    title: "A pool with a set of its own that has Microsoft's certificates of 2011 alone.",
    file: "input.xml",
    bytes: () => makeDatabase({ VM, pool: [poolRow({ own: base64(OLD()), hosts: base64(BOTH()) })] }),
    knowledge: "test",
  },
  {
    name: "pool-certificates-2011-only-archive",
    title: "The certificates of a pool by themselves, those of 2011 alone.",
    file: "input.tar",
    bytes: OLD,
    knowledge: "test",
  },
  {
    name: "pool-certificates-2011-only-text",
    title: "What xe pool-param-list prints of a pool whose certificates are those of 2011 alone.",
    file: "input.txt",
    bytes: () => listing({ "name-label": "pool", "uefi-certificates": base64(OLD()), tags: "" }),
    knowledge: "test",
  },
  {
    name: "pool-certificates-2011-only-beside-vms",
    title:
      "A terminal with a pool's own certificates of 2011, and two of its VMs, one of them without a text.",
    file: "input.txt",
    bytes: () => {
      const vm = (digit: number, nvram: string) => ({
        uuid: `00000000-0000-4000-8000-00000000029${digit}`,
        "name-label": `vm${digit}`,
        platform: "secureboot: auto",
        NVRAM: `EFI-variables: ${nvram}`,
      });
      const ask =
        "xe pool-param-get uuid=00000000-0000-4000-8000-000000000029 param-name=custom-uefi-certificates";
      const vms = xeListing(vm(1, ""), vm(2, base64(healthyBlob())));
      return ascii(`[root@x ~]# ${ask}\n${base64(OLD())}\n[root@x ~]# xe vm-list params=all\n${vms}\n`);
    },
    knowledge: "test",
  },
  {
    name: "pool-certificates-2011-only-metadata",
    title: "The metadata of a pool's backup by Xen Orchestra, whose KEK.auth alone is of 2011.",
    file: "input.json",
    bytes: () => {
      const set = authFilesOf({ KEK: [kek2011], db: [pca2011, uefi2011, windows2023, uefi2023] });
      const pool = {
        uuid: "00000000-0000-4000-8000-000000000029",
        uefi_certificates: base64(hostArchive(set)),
      };
      return ascii(JSON.stringify({ jobId: "j", jobName: "pool", pool, poolMaster: { uuid: "" } }));
    },
    knowledge: "test",
  },
  {
    name: "pool-certificates-2011-only-not-in-use",
    title: "A pool whose own set has both generations: that of 2011, which its hosts brought, is not in use.",
    file: "input.xml",
    bytes: () => makeDatabase({ VM, pool: [poolRow({ own: base64(BOTH()), hosts: base64(OLD()) })] }),
    knowledge: "test",
  },
  {
    name: "pool-certificates-2011-only-near-miss",
    title: "A pool whose set has both generations, but for the certificate of option ROMs.",
    file: "input.xml",
    bytes: () => makeDatabase({ VM, pool: [poolRow({ own: base64(BOTH()) })] }),
    knowledge: "test",
  },
];
