/** What is no NVRAM is called by its name, with what to ask for instead. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { guidBytes } from "../../../parsers/efi/guid.ts";
import { foreignKind, isOvf, nvramCommand } from "../../../parsers/formats/foreign.ts";
import { looksLike, whatNext } from "../../../parsers/formats/looks-like.ts";

const UUID = "0a4f5a52-6f0b-4f3c-9d4e-2b1a6c7d8e9f";
const kind = (text: string | Uint8Array) =>
  foreignKind(typeof text === "string" ? new TextEncoder().encode(text) : text);

const OVF = (inside: string) =>
  `<?xml version="1.0"?>\n<ovf:Envelope xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"${inside}></ovf:Envelope>`;

const volume = (guid: string): Uint8Array =>
  concatBytes([new Uint8Array(16), guidBytes(guid), new Uint8Array(8), ascii("_FVH")]);

describe("stores of other hypervisors", () => {
  it.each<[string, Uint8Array | string, RegExp]>([
    ["EDK2", concatBytes([new Uint8Array(40), ascii("_FVH\xff\xfe\x04\0")]), /variable store of EDK2/],
    ["VMware", ascii("MRVN\0\0\0\0"), /\.nvram file of a VM of VMware/],
    ["EDK2 with its GUID", volume("fff12b8d-7696-4c8b-a985-2747075b4f50"), /OVMF_VARS\.fd/],
    ["settings of Hyper-V", Uint8Array.of(0x14, 0x20, 0x28, 0x01, 9), /\.vmcx/],
    ["Hyper-V", ascii("GUESTRTS\0\0"), /Hyper-V/],
    ["Hyper-V of old", ascii("VMGS\0\0\0"), /Hyper-V/],
    ["libvirt", '<domain type="kvm">\n  <name>x</name>', /libvirt/],
    ["VMX", '.encoding = "UTF-8"\nfirmware = "efi"\n', /\(\.vmx\) of a VM of VMware/],
    ["Proxmox", "bios: ovmf\nefidisk0: local:100/vm.raw,size=528K\nostype: win11\n", /Proxmox/],
    [
      "OVF",
      OVF('><vmw:Config vmw:key="firmware" vmw:value="efi"/'),
      /\(firmware=efi\).*no NVRAM of varstored/,
    ],
    [
      "OVF by BIOS",
      OVF('><vmw:Config vmw:key="firmware" vmw:value="bios"/'),
      /^(?!.*firmware=efi).*no NVRAM/,
    ],
  ])("%s", (_name, head, expected) => {
    expect(kind(head)?.what).toMatch(expected);
    expect(kind(head)?.next).toMatch(/nothing to import.*param-name=NVRAM/s);
  });

  it("says of XenCenter's OVF nothing that is not so: that one holds the NVRAM", () => {
    expect(kind(OVF(' xmlns:xenovf="http://schemas.citrix.com/ovf/envelope/1"'))).toBeNull();
  });

  it("knows an OVF by its root, whatever the prefix", () => {
    expect(isOvf(ascii("<Envelope xmlns='x'>"))).toBe(true);
    expect(isOvf(ascii("<value><name>Envelope</name></value>"))).toBe(false);
  });
});

describe("what a shell of Windows made UTF-16 of", () => {
  const utf16 = (text: string, mark = true, big = false) => {
    const units = [...(mark ? "\ufeff" : ""), ...text].map((character) => character.charCodeAt(0));
    return Uint8Array.from(
      units.flatMap((unit) => (big ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8])),
    );
  };
  const DATABASE = '<?xml version="1.0" encoding="UTF-8"?>\r\n<database><manifest>';

  it.each<[string, Uint8Array, RegExp, string]>([
    ["a database", utf16(DATABASE), /^a database of XAPI in UTF-16/, "-f utf-16 -t utf-8 "],
    ["of the other order", utf16(DATABASE, true, true), /^a database of XAPI in UTF-16/, "-f utf-16 -t"],
    ["without a mark", utf16(DATABASE, false), /^a database of XAPI in UTF-16/, "-f utf-16le -t utf-8 "],
    ["a record", utf16("<value><struct>"), /^the record of an export \(ova\.xml\) in UTF-16/, "-f utf-16 -t"],
    ["any text", utf16("dear reader"), /^a text in UTF-16/, "-f utf-16 -t utf-8 "],
  ])("%s is called that, with how to convert it", (_, head, what, next) => {
    expect(kind(head)?.what).toMatch(what);
    expect(kind(head)?.next).toContain(`iconv ${next}`);
  });

  it("is no text without a mark, and none in UTF-8", () => {
    expect(kind(utf16("dear reader", false))).toBeNull();
    expect(kind(DATABASE)).toBeNull();
  });
});

describe("other images", () => {
  it("a firmware, and the redo log of HA, with what to ask for", () => {
    const code = kind(volume("8c8ce578-8a3d-4f1c-9935-896185c32dd3"));
    expect([code?.what, code?.next]).toEqual([
      expect.stringContaining("OVMF_CODE.fd"),
      expect.stringContaining("param-name=NVRAM"),
    ]);
    const log = kind(ascii("redo-log--------\x000"));
    expect([log?.what, log?.next]).toEqual([
      expect.stringContaining("redo log"),
      expect.stringContaining("xe pool-dump-database"),
    ]);
  });

  it.each([
    ["7z\xbc\xaf\x27\x1c", "7z x FILE"],
    ["Rar!\x1a\x07\x01\0", "unrar x FILE"],
    ["070701", "cpio -idm < FILE"],
    ["\xfd7zXZ\0", "xz -dk FILE"],
    ["\x04\x22\x4d\x18", "lz4 -d FILE"],
    ["QFI\xfb", "nothing to import"],
    ["KDMV", "A disk holds no NVRAM"],
    ["conectix", "A disk holds no NVRAM"],
    ["SQLite format 3\0", "param-name=NVRAM"],
  ])("%j: what to do about it", (start, next) => {
    expect(whatNext(ascii(start))).toContain(next);
  });
});

describe("what one types in a guest", () => {
  it.each([
    ["mokutil --list-enrolled", "[key 1]\nSHA1 Fingerprint: 76:a0:92\nCertificate:\n", /mokutil lists/],
    [
      "mokutil --db",
      "[key 1]\nOwner: 77fa9abd-0359-4d32-bd60-28f4e78f784b\nSHA1 Fingerprint: 58:0a\n",
      /mokutil lists/,
    ],
    ["mokutil --sb-state", "SecureBoot enabled\n", /--sb-state/],
    ["efi-readvar", "Variable PK, length 984\nPK: List 0, type X509\n", /efi-readvar/],
    [
      "a check in PowerShell",
      "PS C:\\> [System.Text.Encoding]::ASCII.GetString((Get-SecureBootUEFI db).bytes) -match 'Windows UEFI CA 2023'\r\nTrue\r\n",
      /PowerShell: True where/,
    ],
    [
      "a check that lists certificates",
      "Manufacturer: Xen\r\nSecure Boot status: Enabled\r\n\r\nCurrent UEFI PK\r\n√ XCP-ng Guest PK\r\n",
      /a check of Secure Boot variables in Windows/,
    ],
    ["Confirm-SecureBootUEFI", "PS C:\\> Confirm-SecureBootUEFI\r\nTrue\r\n", /Confirm-SecureBootUEFI/],
  ])("%s", (_name, text, expected) => {
    expect(kind(text)?.what).toMatch(expected);
    expect(kind(text)?.next).toMatch(/efivars\.tar\.gz.*OutputFilePath.*param-name=NVRAM/s);
  });
});

describe("listings and prompts", () => {
  it.each([
    ["varstore-ls", "8be4df61-93ca-11d2-aa0d-00e098032b8c PK\n", /varstore-ls/],
    [
      "varstore-ls below a prompt",
      `[root@h ~]# varstore-ls ${UUID}\nd719b2cb-3d3a-4596-a3bc-dad00e67656f dbx\n`,
      /varstore-ls/,
    ],
    ["Format-List", "\r\nName       : dbx\r\nBytes      : {38, 22...}\r\n", /Get-SecureBootUEFI/],
    ["efibootmgr", "BootCurrent: 0003\nBoot0000* UiApp\n", /efibootmgr/],
    ["fix-efivars", `INFO: Scanning VM ${UUID} (web)\n`, /fix-efivars/],
    ["xe without the key", "Error: Key EFI-variables not found in map\n", /has no EFI variables/],
    ["a prompt of a host", "[14:02 host ~]# ls\nx\n", /prompt/],
    ["a prompt of Debian", "root@xo:~# ls\n", /prompt/],
    ["a bare prompt", "$ ls\nx\n", /prompt/],
    ["a prompt of PowerShell", "PS C:\\Users\\a> dir\n", /prompt/],
    ["a prompt in a code block", "```\n[root@h ~]# ls\n```\n", /prompt/],
  ])("%s", (_name, text, expected) => {
    expect(kind(text)?.what).toMatch(expected);
    expect(looksLike(ascii(text))).toMatch(expected);
  });

  it("puts the VM that a text names into the command", () => {
    expect(kind(`INFO: Scanning VM ${UUID} (web)\n`)?.next).toContain(nvramCommand(UUID));
    expect(kind("[14:02 host ~]# ls\n")?.next).toContain("uuid=UUID");
    const record = `uuid ( RO)          : ${UUID}\n    name-label ( RW): p\n`;
    const asked = (command: string) => kind(`[root@x ~]# xe ${command}\n${record}`)?.next;
    expect(asked("vm-list params=uuid,name-label")).toContain(nvramCommand(UUID));
    // That of a pool, of a host, or of nobody knows what, is none of a VM.
    for (const next of [
      asked("pool-list"),
      asked("host-list"),
      asked(`vm-list\n# xe sr-list`),
      kind(record)?.next,
    ])
      expect(next).toContain(nvramCommand(null));
  });

  it.each([
    ["a note", "The export is on the other share.\n"],
    ["a list of prices", "$ 12.50\n$ 8\n"],
    ["Markdown's heading", "# Notes\n\ntext\n"],
    ["JSON", '{"version": 2, "items": []}'],
    ["XML", "<value><struct/></value>"],
    ["zeros", "\0".repeat(64)],
    ["_FVH elsewhere", `${"\0".repeat(41)}_FVH`],
  ])("leaves alone: %s", (_name, text) => {
    expect(kind(text)).toBeNull();
  });

  it("calls a prompt no JSON, and JSON still JSON", () => {
    expect(looksLike(ascii("[14:02 host ~]# ls"))).not.toMatch(/JSON/);
    for (const text of ["[]", '[{"a":1}]', "[[1]]", '{"a":1}', "{}"])
      expect(looksLike(ascii(text))).toMatch(/JSON/);
  });

  it("throws for no bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (head) => kind(head) !== undefined),
    );
  });
});
