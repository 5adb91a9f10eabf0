/** What a terminal showed and somebody pasted, and what people send in place of an NVRAM. */
import { ascii, concatBytes } from "../../parsers/bytes.ts";
import { healthyBlob } from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { hexDumpOf } from "../builders/hex-dump.ts";
import { makeXva } from "../builders/tar.ts";

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

export const cases: readonly CorpusCase[] = [
  {
    name: "healthy-hex-dump",
    title: "An NVRAM as hexdump -C shows it.",
    file: "input.txt",
    bytes: () => text(hexDumpOf(healthyBlob(), "hexdump -C")),
  },
  {
    name: "hex-dump-lines-missing",
    title: "An NVRAM as xxd shows it, without three of its lines.",
    file: "input.txt",
    bytes: () => text(hexDumpOf(healthyBlob(), "xxd").split("\n").toSpliced(6, 3).join("\n")),
  },
  {
    name: "hex-dump-other-bytes",
    title: "A hex dump of one variable, as varstore-get and hexdump print it: no NVRAM.",
    file: "input.txt",
    bytes: () => text(hexDumpOf(new Uint8Array(64).fill(0xa1), "hexdump -C")),
  },
  {
    name: "foreign-edk2-store",
    title: "The variable store of a VM of Proxmox: a firmware volume of EDK2.",
    file: "input.raw",
    bytes: () => concatBytes([new Uint8Array(40), ascii("_FVH"), new Uint8Array(980)]),
  },
  {
    name: "foreign-ova-efi",
    title: "An appliance of VMware that asks for UEFI, with VMware's own NVRAM.",
    file: "input.ova",
    bytes: () =>
      makeXva([
        {
          name: "a.ovf",
          bytes: text(
            '<?xml version="1.0"?>\n<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:vmw="http://www.vmware.com/schema/ovf"><VirtualSystem><vmw:Config vmw:key="firmware" vmw:value="efi"/></VirtualSystem></Envelope>\n',
          ),
        },
        { name: "a.nvram", bytes: concatBytes([ascii("MRVN"), new Uint8Array(508)]) },
      ]),
  },
  {
    name: "foreign-varstore-ls",
    title: "The names of a VM's variables as varstore-ls prints them, below a prompt.",
    file: "input.txt",
    bytes: () =>
      text(
        "[root@host1 ~]# varstore-ls 0a4f5a52-6f0b-4f3c-9d4e-2b1a6c7d8e9f\n8be4df61-93ca-11d2-aa0d-00e098032b8c PK\nd719b2cb-3d3a-4596-a3bc-dad00e67656f dbx\n",
      ),
  },
];
