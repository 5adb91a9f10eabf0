/** What a terminal showed and somebody pasted, and what people send in place of an NVRAM. */
import { ascii, concatBytes } from "../../parsers/bytes.ts";
import { healthyBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { hexDumpOf } from "../builders/hex-dump.ts";
import { makeXva } from "../builders/tar.ts";
import { xeRecord } from "../builders/xe-listing.ts";

const UUIDS = [1, 2, 3].map((digit) => `00000000-0000-4000-8000-00000000070${digit}`);
const WEB = { uuid: UUIDS[0], "name-label": "web01" };
const base64 = (blob: Uint8Array): string => `EFI-variables: ${Buffer.from(blob).toString("base64")}`;
const SETUP_MODE: Uint8Array = makeBlob([makeVariable("BootOrder", Uint8Array.of(0, 0))]);

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

const lines76 = (blob: Uint8Array): string[] =>
  Buffer.from(blob)
    .toString("base64")
    .match(/.{1,76}/g) ?? [];

/** As mail programs write it. */
function mailWith(blob: Uint8Array): string {
  const quoted =
    base64(blob)
      .replaceAll("=", "=3D")
      .match(/.{1,70}/g) ?? [];
  return [
    "From: a@example.org",
    "Subject: does not start",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b1"',
    "",
    "--b1",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    `Hello,\n\n${quoted.join("=\n")}`,
    "--b1",
    'Content-Type: application/octet-stream; name="vm.vars"',
    "Content-Transfer-Encoding: base64",
    'Content-Disposition: attachment;\n filename="vm.vars"',
    "",
    ...lines76(blob),
    "--b1--",
    "",
  ].join("\n");
}

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
    name: "pasted-quoted",
    title: "Base64 of an NVRAM in the quoted lines of an answer.",
    file: "input.txt",
    bytes: () =>
      text(
        `On Monday somebody wrote:\n${lines76(healthyBlob())
          .map((line) => `> > ${line}`)
          .join("\n")}\n`,
      ),
  },
  {
    name: "pasted-numbered",
    title: "An NVRAM as xe prints it, wrapped, with numbers of lines.",
    file: "input.txt",
    bytes: () =>
      text(
        lines76(healthyBlob())
          .map((line, i) => `${String(i + 1).padStart(6)}\t${i === 0 ? "EFI-variables: " : ""}${line}`)
          .join("\n"),
      ),
  },
  {
    name: "pasted-with-times",
    title: "Base64 of an NVRAM in lines, each behind the time that ts puts there.",
    file: "input.txt",
    bytes: () =>
      text(
        `${lines76(healthyBlob())
          .map((line) => `Nov 20 10:11:12 ${line}`)
          .join("\n")}\n`,
      ),
  },
  {
    name: "pasted-records",
    title: "Records of two VMs as JSON in a log: each keeps its UUID, its name and its Secure Boot.",
    file: "input.txt",
    bytes: () => {
      const record = (i: number) => ({
        uuid: UUIDS[i],
        name_label: `web0${i + 1}`,
        platform: { secureboot: i === 0 ? "false" : "true" },
        NVRAM: { "EFI-variables": Buffer.from(healthyBlob()).toString("base64") },
      });
      return text(
        `vm.start failed\n${JSON.stringify(record(0), null, 2)}\nand then\n${JSON.stringify({ params: record(1) })}\n`,
      );
    },
  },
  {
    name: "healthy-pasted",
    title: "Base64 of an NVRAM below some words.",
    file: "input.txt",
    bytes: () => text(`Hello,\nhere it is:\n\n${lines76(healthyBlob()).join("\n")}\n\nThanks\n`),
  },
  {
    name: "mail-with-nvram",
    title: "A mail with an NVRAM as attachment, and one in its text as quoted-printable.",
    file: "input.eml",
    bytes: () => text(mailWith(healthyBlob())),
  },
  {
    name: "mail-near-miss",
    title: "A mail without an NVRAM.",
    file: "input.eml",
    bytes: () =>
      text(
        "From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain\n\nNothing attached.\n",
      ),
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
  {
    name: "healthy-xe-listing",
    title: "What xe vm-list params=uuid,name-label,platform,NVRAM prints of two VMs.",
    file: "input.txt",
    bytes: () =>
      text(
        [
          xeRecord({
            ...WEB,
            platform: "secureboot: false; device-model: qemu-upstream-uefi",
            NVRAM: base64(healthyBlob()),
          }),
          xeRecord({
            uuid: UUIDS[1],
            "name-label": "web02",
            platform: "secureboot: false",
            NVRAM: base64(healthyBlob()),
          }),
        ].join("\n\n"),
      ),
  },
  {
    name: "xe-listing-cr-alone",
    title:
      "A listing whose lines end with CR alone, as some terminals save them: one VM without Secure Boot, one in setup mode.",
    file: "input.txt",
    bytes: () =>
      text(
        [
          xeRecord({ ...WEB, platform: "secureboot: false", NVRAM: base64(healthyBlob()) }),
          xeRecord({
            uuid: UUIDS[1],
            "name-label": "web02",
            platform: "secureboot: true",
            NVRAM: base64(SETUP_MODE),
          }),
        ]
          .join("\n\n")
          .replaceAll("\n", "\r"),
      ),
  },
  {
    name: "xe-listing-setup-mode",
    title: "The same of a VM that asks for Secure Boot and has no PK.",
    file: "input.txt",
    bytes: () => text(xeRecord({ ...WEB, platform: "secureboot: true", NVRAM: base64(SETUP_MODE) })),
  },
  {
    name: "xe-listing-without-nvram",
    title: "What xe vm-param-list prints of a VM: it hides the NVRAM, of which nothing is known.",
    file: "input.txt",
    bytes: () =>
      text(
        xeRecord({
          ...WEB,
          "is-a-template": "false",
          "is-control-domain": "false",
          "power-state": "halted",
          "HVM-boot-params": "order: dc; firmware: uefi",
          platform: "secureboot: true; device-model: qemu-upstream-uefi",
        }),
      ),
  },
  {
    name: "xe-listing-empty-nvram",
    title: "A listing with a VM whose NVRAM is shown and empty, the control domain, and a VM with one.",
    file: "input.txt",
    bytes: () =>
      text(
        [
          xeRecord({ ...WEB, platform: "", NVRAM: "" }),
          xeRecord({
            uuid: UUIDS[2],
            "name-label": "Control domain on host",
            "is-control-domain": "true",
            platform: "",
          }),
          xeRecord({
            uuid: UUIDS[1],
            "name-label": "web02",
            platform: "secureboot: false",
            NVRAM: base64(healthyBlob()),
          }),
        ].join("\n\n"),
      ),
  },
  {
    name: "xe-listing-of-hosts",
    title: "What xe host-list prints: no VM, and no NVRAM.",
    file: "input.txt",
    bytes: () =>
      text(xeRecord({ uuid: UUIDS[0], "name-label": "host1", "name-description": "Default install" })),
  },
  {
    name: "nvram-below-its-command",
    title: "What xe vm-param-get printed, below the prompt with the command that names the VM.",
    file: "input.txt",
    bytes: () =>
      text(
        `[14:02 host1 ~]# xe vm-param-get uuid=${UUIDS[0]} param-name=NVRAM param-key=EFI-variables\n${Buffer.from(healthyBlob()).toString("base64")}\n[14:02 host1 ~]# \n`,
      ),
  },
  {
    name: "nvram-cut-by-a-paste",
    title: "A record whose NVRAM ends after its first letters: the rest was not copied.",
    file: "input.json",
    bytes: () => text('{"uuid": "", "name_label": "x", "NVRAM": {"EFI-variables": "VkFSUwIAAAAsAAAAA"}}'),
  },
  {
    name: "windows-secure-boot-event",
    title:
      "Events of Windows as the Event Viewer copies them: a write that was refused, no KEK for this PK, and what is still to come.",
    file: "input.txt",
    bytes: () =>
      text(
        [
          "Log Name:      System",
          "Source:        Microsoft-Windows-TPM-WMI",
          "Date:          11/24/2025 10:11:12 AM",
          "Event ID:      1795",
          "Level:         Error",
          "Description:",
          "The system firmware returned an error Access is denied. when attempting to update a Secure Boot variable KEK 2023. More is included here.",
          "",
          "Event ID:      1803",
          "Event ID:      1801",
          "Event ID:      1799",
          "",
        ].join("\r\n"),
      ),
  },
  {
    name: "windows-secure-boot-event-near-miss",
    title: "Other events of the same source, and a text with such a number that is about something else.",
    file: "input.txt",
    bytes: () =>
      text(
        "Source:        Microsoft-Windows-TPM-WMI\nEvent ID:      1025\n\nInvoice 1795 of the year 1803, page 1801\n",
      ),
  },
];
