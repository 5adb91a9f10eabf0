/**
 * Things that people send in place of an NVRAM: stores of other hypervisors, listings that name variables and do not hold them, and
 * what a terminal showed. Each is called by its name, with what to ask for instead.
 */
import { ascii, hasBytesAt, isAllZero } from "../bytes.ts";
import { guidBytes } from "../efi/guid.ts";
import { ParseError } from "../errors.ts";
import { guidNamed } from "../guids.ts";
import { descriptionOf } from "../ova/description.ts";
import { firstBytes } from "../text/hex-dump.ts";
import { decodeUtf8, unwrapText } from "../text/text-encoding.ts";
import { isPlainUuid, uuidInCommand } from "../uuid.ts";

/** What an input is, as a noun phrase, and what to do next. */
export interface Foreign {
  readonly what: string;
  readonly next: string;
}

const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/;

/** The command that prints one VM's NVRAM into a file that can be analyzed and restored (xapi ocaml/xapi-cli-server/records.ml). */
export function nvramCommand(uuid: string | null): string {
  const file = isPlainUuid(uuid) ? uuid : "vm";
  return `xe vm-param-get uuid=${uuidInCommand(uuid)} param-name=NVRAM param-key=EFI-variables --minimal > ${file}.efivars.b64`;
}

/** What to ask for where a text has no NVRAM; with the VM that the text names, where it does. */
export function askForNvram(uuid: string | null = null): string {
  return `Get the NVRAM itself, on the host: ${nvramCommand(uuid)}`;
}

/** Of every other hypervisor; next steps ask for these words. */
export const NOTHING_TO_IMPORT =
  "There is nothing to import: a VM that comes from there gets a new NVRAM at its first start on XCP-ng or XenServer.";

/** What is to be done with what another hypervisor keeps of a VM. */
export const OTHER_HYPERVISOR: string = `${NOTHING_TO_IMPORT} To judge it after that, on the host: ${nvramCommand(null)}`;

function otherHypervisor(what: string): Foreign {
  return { what, next: OTHER_HYPERVISOR };
}

/** Firmware volumes begin with 16 zero bytes and a GUID; then comes a length (UEFI PI 1.7, volume 3, §3.2.1.1). */
const FIRMWARE_VOLUME_OFFSET = 40;
const FIRMWARE_VOLUME: Uint8Array = ascii("_FVH");
/** Of variables, as in OVMF_VARS.fd (MdePkg/Include/Guid/SystemNvDataGuid.h); another volume holds the firmware itself. */
const NV_DATA_VOLUME: Uint8Array = guidBytes(guidNamed("EFI_SYSTEM_NV_DATA_FV"));
const VOLUME_GUID_OFFSET = 16;
/** Of a snapshot of guest state, as Hyper-V writes it now and did in its beginnings. */
const HYPER_V: readonly Uint8Array[] = [ascii("GUESTRTS"), ascii("VMGS"), ascii(".VMGS")];
/** Settings and run state, HyperVStorageHeader (dissect.hypervisor, c_hyperv.py). */
const HYPER_V_STORAGE: Uint8Array = Uint8Array.of(0x14, 0x20, 0x28, 0x01);
const VMWARE: Uint8Array = ascii("MRVN");
/** What xapi writes to the disk that keeps its database while HA is on (xapi ocaml/database/block_device_io.ml, magic). */
const REDO_LOG: Uint8Array = ascii("redo-log--------");

const TEXT_LOOKED_AT = 16_384;

/** Null for what has no name here. `head` is the beginning of an input, not empty. */
export function foreignKind(head: Uint8Array): Foreign | null {
  if (hasBytesAt(head, FIRMWARE_VOLUME_OFFSET, FIRMWARE_VOLUME)) return firmwareVolume(head);
  if (hasBytesAt(head, 0, VMWARE)) return otherHypervisor("the .nvram file of a VM of VMware");
  if (HYPER_V.some((start) => hasBytesAt(head, 0, start)))
    return otherHypervisor("the guest state (.vmgs) of a VM of Hyper-V");
  if (hasBytesAt(head, 0, HYPER_V_STORAGE))
    return otherHypervisor("the settings or run state (.vmcx, .vmrs) of a VM of Hyper-V");
  if (hasBytesAt(head, 0, REDO_LOG))
    return {
      what: "the redo log of a pool's database, as HA keeps it on a disk",
      next: "Get the database itself, on the pool's master: xe pool-dump-database file-name=pool.db",
    };
  const text = textOf(head);
  return text === null ? null : (foreignText(text) ?? utf16Kind(head, text));
}

const DATABASE = /^\s*(?:<\?xml[^>]{0,100}>\s*)?<database[\s>]/;
const EXPORT_RECORD = /^\s*(?:<\?xml[^>]{0,100}>\s*)?<value>/;

/**
 * Databases and records of exports are read in pieces, as the bytes that xapi wrote: what a shell of Windows has made of them is
 * refused, with the way back. An NVRAM in them is ASCII, of which nothing is lost on it.
 */
function utf16Kind(head: Uint8Array, text: string): Foreign | null {
  const { encoding, markBytes } = unwrapText(head.subarray(0, TEXT_LOOKED_AT));
  const what = DATABASE.test(text)
    ? "a database of XAPI"
    : EXPORT_RECORD.test(text)
      ? "the record of an export (ova.xml)"
      : "a text";
  if (encoding === "utf-8" || (what === "a text" && markBytes === 0)) return null;
  // With a mark iconv finds the order of the bytes by itself, and takes the mark away.
  const from = markBytes === 0 ? encoding : "utf-16";
  return {
    what: `${what} in UTF-16, as > and Out-File of Windows PowerShell write it`,
    next: `Convert it, and give varscope the new file: iconv -f ${from} -t utf-8 FILE > NEW-FILE. A copy by scp or a browser does not change the encoding.`,
  };
}

function firmwareVolume(head: Uint8Array): Foreign {
  const guid = head.subarray(VOLUME_GUID_OFFSET, VOLUME_GUID_OFFSET + NV_DATA_VOLUME.length);
  // Of a volume whose GUID was wiped the size tells nothing either: it is called what it mostly is.
  return isAllZero(guid) || hasBytesAt(guid, 0, NV_DATA_VOLUME)
    ? otherHypervisor(
        "a variable store of EDK2 (OVMF_VARS.fd), as QEMU, Proxmox, LXD and VirtualBox keep it for their VMs",
      )
    : {
        what: "a firmware image (such as OVMF_CODE.fd), which holds no variables of any VM",
        next: askForNvram(),
      };
}

function textOf(head: Uint8Array): string | null {
  const text = decodeUtf8(unwrapText(head.subarray(0, TEXT_LOOKED_AT)).bytes);
  return /[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text) ? null : text;
}

/** Any prefix. That of XenCenter holds the NVRAM, and is a format of its own (`ovf.ts`). */
const OVF = /<(?:\w{1,16}:)?Envelope[\s>]/;
const XENCENTER = /schemas\.citrix\.com\/ovf/;
const LIBVIRT = /^\s*(?:<\?xml[^>]{0,100}>\s*)?<domain[\s>]/;
const PROXMOX = /^(?:efidisk0|scsihw|ostype): /m;
const VMX = /^(?:\.encoding|config\.version|virtualHW\.version) = "/m;

function foreignText(text: string): Foreign | null {
  if (isForeignOvf(text)) return ovfKind(text);
  if (LIBVIRT.test(text)) return otherHypervisor("the settings of a VM of libvirt");
  if (VMX.test(text)) return otherHypervisor("the settings (.vmx) of a VM of VMware");
  if (/^efidisk0: /m.test(text) && PROXMOX.test(text))
    return otherHypervisor("the settings of a VM of Proxmox");
  return listingKind(text) ?? hexDumpKind(text) ?? promptKind(text);
}

const HEX_SHOWN = 8;

function hexDumpKind(text: string): Foreign | null {
  const bytes = firstBytes(text);
  if (bytes === null) return null;
  const start = bytes.slice(0, HEX_SHOWN).map((byte) => byte.toString(16).padStart(2, "0"));
  return {
    what: `a hex dump of something else than a VARS blob (56 41 52 53): it begins with ${start.join(" ")}`,
    next: `varstore-get prints one variable, not the NVRAM. ${askForNvram()}`,
  };
}

/** `<vmw:Config vmw:key="firmware" vmw:value="efi"/>`. */
const FIRMWARE_EFI = /\bfirmware"?[^<>]{0,60}"efi"/i;

/** What the description of an appliance is; `text` is its beginning. */
export function ovfKind(text: string): Foreign {
  return {
    what: `the description (OVF) of an appliance${FIRMWARE_EFI.test(text) ? " that asks for UEFI (firmware=efi)" : ""}, as VMware and Xen Orchestra write it, which carries no NVRAM of varstored`,
    next: `${NOTHING_TO_IMPORT} To judge it after that, on the host: ${nvramCommand(null)}`,
  };
}

/** What is said of an appliance in one file (OVA) of another maker; null for any other archive. `head` is its beginning. */
export function foreignAppliance(head: Uint8Array): ParseError | null {
  const description = descriptionOf(head);
  if (description === null) return null;
  const { dataOffset, size } = description;
  const start = head.subarray(dataOffset, dataOffset + size);
  return isOvf(start) ? applianceError(ovfKind(textOf(start) ?? "")) : null;
}

export function applianceError({ what, next }: Foreign): ParseError {
  return new ParseError({
    code: "unrecognised",
    expected: "an archive with dumps, or a bug report",
    found: `an appliance (OVA) with ${what}`,
    next,
  });
}

function isForeignOvf(text: string): boolean {
  return OVF.test(text.slice(0, 4096)) && !XENCENTER.test(text);
}

/** True for the description of an appliance of another maker; `head` is the beginning of a file. */
export function isOvf(head: Uint8Array): boolean {
  const text = textOf(head);
  return text !== null && isForeignOvf(text);
}

const VARSTORE_LS = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} [A-Za-z]\w{0,60}[ \t]*\r?$/m;
const FORMAT_LIST = /^Name[ \t]*: \w+[ \t]*\r?\n(?:Bytes|Attributes)[ \t]*: /m;
const EFIBOOTMGR = /^Boot(?:Current|Order|Next): [0-9A-F]{4}\b/m;
const EFIVARS_SCRIPT = /^(?:INFO|WARNING|ERROR): (?:Scanning VM|VM [0-9a-f-]{36}|Affected variables)/m;
const SCANNED = /\bVM ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/;
/** xe names objects of every class alike: only its command tells that they are VMs. */
const VM_COMMAND = /\bxe (?:vm|snapshot|template)-[a-z-]+/;
const ANY_COMMAND = /\bxe [a-z]+-[a-z-]+/g;
const NO_KEY = /Key EFI-variables not found in map/;
/** xapi ocaml/xapi-cli-server/cli_util.ml and xapi-consts/api_errors.ml, UUID_INVALID. */
const NO_SUCH_UUID = /^\s*(?:Error code: UUID_INVALID|The uuid you supplied was invalid)/;
/** What `listingKind` says of them: next steps ask for these words. */
export const XE_NO_KEY = "the answer of xe that a VM has no EFI variables";
export const XE_NO_UUID = "the answer of xe that it knows no VM of that UUID";
const XE_RECORD = /^uuid \( ?RO\)[ \t]*: /m;

/** What one types in a guest to see its Secure Boot, and what that leaves out. */
const GUEST_CHECKS: readonly { readonly form: RegExp; readonly what: string }[] = [
  {
    form: /^\[key \d+\][ \t]*\r?\n(?:Owner: [^\n]*\n)?SHA1 Fingerprint: /m,
    what: "what mokutil lists: fingerprints and names of certificates, without owners, hashes and layout of the lists",
  },
  {
    form: /^SecureBoot (?:enabled|disabled)\b/m,
    what: "what mokutil --sb-state prints: whether the guest was started with Secure Boot, and nothing of its keys",
  },
  {
    form: /^Variable \w{1,16}(?:, length \d+| has no entries)/m,
    what: "what efi-readvar prints: names of certificates and hashes, without the lists themselves",
  },
  {
    // Check-UEFISecureBootVariables by cjee21, and scripts made after it.
    form: /^Current UEFI (?:PK|KEK|DB)\b/m,
    what: "what a check of Secure Boot variables in Windows prints: names of certificates, without the lists themselves",
  },
  {
    form: /Get-SecureBootUEFI[^\n]{0,120}-match[^\n]{0,120}\r?\n\s*(?:True|False)\b/i,
    what: "the answer of a check in PowerShell: True where the variable names that certificate, False where not, and no more of it",
  },
  {
    form: /Confirm-SecureBootUEFI[^\n]{0,80}\r?\n\s*(?:True|False)\b/i,
    what: "what Confirm-SecureBootUEFI prints: whether the guest was started with Secure Boot, and nothing of its keys",
  },
];

const ASK_GUEST = `Get the variables themselves, in the guest: tar czf efivars.tar.gz /sys/firmware/efi/efivars (Linux, as root), or Get-SecureBootUEFI -Name dbx -OutputFilePath dbx.esl (Windows, also for PK, KEK and db); or better the NVRAM, on the host: ${nvramCommand(null)}`;

/** The one that the text names, where all of its commands are about VMs. A pool's or host's UUID is none to ask for an NVRAM. */
function listedVm(text: string): string | null {
  const commands = text.match(ANY_COMMAND) ?? [];
  if (commands.length === 0 || !commands.every((command) => VM_COMMAND.test(command))) return null;
  return UUID.exec(text)?.[0] ?? null;
}

/** Listings that name variables, and do not hold them. */
function listingKind(text: string): Foreign | null {
  if (NO_KEY.test(text))
    return {
      what: XE_NO_KEY,
      next: "There is nothing to analyze: the VM boots by BIOS, or was never started, or its NVRAM was lost (varscope extract FOLDER --last-good finds one in backups).",
    };
  if (NO_SUCH_UUID.test(text))
    return {
      what: XE_NO_UUID,
      next: `Find the UUID on the pool's master: xe vm-list name-label=NAME params=uuid. Then ${nvramCommand(null)}`,
    };
  if (VARSTORE_LS.test(text))
    return {
      what: "what varstore-ls prints: names of variables, without what they hold",
      next: askForNvram(),
    };
  if (FORMAT_LIST.test(text))
    return {
      what: "what Get-SecureBootUEFI shows on a screen, which leaves out most of the bytes",
      next: `Get the whole variable in the guest (Get-SecureBootUEFI -Name dbx -OutputFilePath dbx.esl), or better its NVRAM, on the host: ${nvramCommand(null)}`,
    };
  for (const { form, what } of GUEST_CHECKS) if (form.test(text)) return { what, next: ASK_GUEST };
  if (EFIBOOTMGR.test(text))
    return { what: "what efibootmgr prints: boot entries without their bytes", next: askForNvram() };
  if (EFIVARS_SCRIPT.test(text))
    return {
      what: "what the host's script fix-efivars prints",
      next: askForNvram(SCANNED.exec(text)?.[1] ?? null),
    };
  if (XE_RECORD.test(text))
    return {
      what: "what xe prints of a VM or another object, without an NVRAM",
      next: askForNvram(listedVm(text)),
    };
  return null;
}

/** `[14:02 host ~]# `, `root@host:~# `, `$ `, `PS C:\> `; at the start of the text. */
const PROMPT =
  /^\s*(?:```\w{0,16}\s*)?(?:\[[^\]\n]{1,80}\]\s?[#$%>]|[\w.-]{1,64}@[\w.-]{1,64}[:~ ][^\n#$]{0,80}[#$]|[#$] (?=[a-z./])|PS [A-Z]:\\[^\n>]{0,120}>) ?/;

function promptKind(text: string): Foreign | null {
  if (!PROMPT.test(text)) return null;
  return {
    what: "a shell's prompt and what a command printed, without an NVRAM in it",
    next: askForNvram(),
  };
}
