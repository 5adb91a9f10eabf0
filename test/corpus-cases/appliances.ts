/** What XenCenter and XCP-ng Center export: descriptions of VMs, and appliances in one file. */
import { gzipSync } from "node:zlib";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { makeForeignOvf, makeOva, makeOvf } from "../builders/ovf.ts";

const DISK = new Uint8Array(3000).fill(0xa5);

export const cases: readonly CorpusCase[] = [
  {
    name: "healthy-ovf",
    title:
      "The description of an appliance with one healthy VM, as XenCenter writes it: it declares UTF-16 and is UTF-8.",
    file: "input.ovf",
    bytes: () => makeOvf([{ name: "Büro <1> & Söhne", nvram: healthyBlob() }]),
  },
  {
    name: "healthy-ova",
    title:
      "An appliance of XenCenter in one file, with its manifest and a small disk; the VM in it is healthy.",
    file: "input.ova",
    bytes: () =>
      makeOva(makeOvf([{ name: "web", nvram: healthyBlob() }]), { disks: [["8f1c2a1e-disk.vhd", DISK]] }),
  },
  {
    name: "ova-signed-affected",
    title:
      "An appliance in one file, compressed, with a signature of its manifest: the dbx of its VM is too large.",
    file: "input.ova.gz",
    bytes: () =>
      gzipSync(
        makeOva(makeOvf([{ name: "fileserver", nvram: incidentBlob(827, 431) }]), {
          disks: [["8f1c2a1e-disk.vhd", DISK]],
          isSigned: true,
        }),
      ),
  },
  {
    name: "ovf-collection",
    title:
      "The description of several VMs: two clones with one and the same planted NVRAM, one that forgets its changes at every start, one with BIOS, and one without an NVRAM.",
    file: "input.ovf",
    bytes: () => {
      const planted = incidentBlob(10, 3);
      return makeOvf([
        { name: "clone 1", nvram: planted },
        { name: "clone 2", nvram: planted },
        {
          name: "kiosk",
          nvram: healthyBlob(),
          otherKeys: ";EFI-variables-on-boot=reset",
          secureBoot: "false",
        },
        { name: "bios", nvram: null, firmware: "bios" },
        { name: "never started", nvram: null },
      ]);
    },
  },
  {
    name: "ova-of-vmware",
    title: "An appliance of another maker that asks for UEFI: it carries no NVRAM of varstored.",
    file: "input.ova",
    bytes: () => makeOva(makeForeignOvf(), { disks: [["vm-disk1.vmdk", DISK]] }),
  },
];
