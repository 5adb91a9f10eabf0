/** Names what an input is that no format claims: the user sees at once which file was given by mistake. */
import { ascii, hasBytesAt, isAllZero, toHex, viewOf } from "../bytes.ts";
import { decodeUtf8, unwrapText } from "../text/text-encoding.ts";
import { askForNvram, foreignKind, OTHER_HYPERVISOR } from "./foreign.ts";

interface Signature {
  readonly what: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** What to do about it; the NVRAM is asked for where it is missing. */
  readonly next?: string;
}

function at(offset: number, bytes: string, what: string, next?: string): Signature {
  return { what, offset, bytes: ascii(bytes), ...(next === undefined ? {} : { next }) };
}

function packed(bytes: string, what: string, command: string): Signature {
  return at(
    0,
    bytes,
    what,
    `varscope does not unpack it. Unpack it (${command}), and analyze what comes out.`,
  );
}

const DISK = `A disk holds no NVRAM: that stands in the record of its VM. ${askForNvram()}`;

/** More specific ones first. */
const SIGNATURES: readonly Signature[] = [
  at(0, "\x89PNG\r\n", "a PNG image"),
  at(0, "\xff\xd8\xff", "a JPEG image"),
  at(0, "GIF8", "a GIF image"),
  at(0, "%PDF-", "a PDF document"),
  at(0, "PK\x03\x04", "a ZIP archive (or an office document, which is one)"),
  at(0, "PK\x05\x06", "an empty ZIP archive"),
  packed("7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x FILE"),
  packed("Rar!\x1a\x07", "a RAR archive", "unrar x FILE, or 7z x FILE"),
  packed("MSCF\0\0\0\0", "a cabinet (.cab)", "cabextract FILE, or in Windows: expand FILE -F:* ."),
  packed("070701", "a cpio archive", "cpio -idm < FILE"),
  packed("070702", "a cpio archive", "cpio -idm < FILE"),
  packed("070707", "a cpio archive", "cpio -idm < FILE"),
  packed("\xed\xab\xee\xdb", "an RPM package", "rpm2cpio FILE | cpio -idm"),
  packed("!<arch>\n", "an ar archive, such as a .deb", "ar x FILE"),
  packed("\xfd7zXZ\0", "an xz file", "xz -dk FILE"),
  packed("LZIP", "an lzip file", "lzip -dk FILE"),
  packed("\x5d\0\0", "an LZMA file", "xz -dk --format=lzma FILE"),
  at(0, "BZh", "a bzip2 file"),
  packed("\x04\x22\x4d\x18", "an LZ4 file", "lz4 -d FILE"),
  packed("\x02\x21\x4c\x18", "an LZ4 file of the old form", "lz4 -d FILE"),
  packed("\x1f\x9d", "a file of compress (.Z)", "uncompress -k FILE, or gzip -dk FILE"),
  at(0, "\x7fELF", "an ELF program"),
  at(0, "MZ", "a Windows or EFI program"),
  at(0, "conectix", "a VHD disk image", DISK),
  at(0, "cxsparse", "a part of a VHD disk image", DISK),
  at(0, "vhdxfile", "a VHDX disk image", DISK),
  at(
    0,
    "QFI\xfb",
    "a qcow2 disk image",
    `As the disk of a VM it holds no NVRAM; as OVMF_VARS.qcow2 it is another hypervisor's. ${OTHER_HYPERVISOR}`,
  ),
  at(0, "KDMV", "a VMDK disk image", DISK),
  at(0, "COWD", "a VMDK disk image of ESX", DISK),
  at(0, "# Disk DescriptorFile", "the description of a VMDK disk image", DISK),
  at(0, "<<< Oracle VM VirtualBox Disk Image", "a VDI disk image", DISK),
  at(32_769, "CD001", "an ISO 9660 image", DISK),
  at(0, "SQLite format 3\0", "an SQLite database"),
  at(0, "XenSavedDomv2-\n", "a suspend image"),
  at(0, "XenSavedDomain\n", "a suspend image of a host before XenServer 6.5, which holds no NVRAM"),
  at(0, "xar!", "a xar archive"),
  at(510, "\x55\xaa", "a boot sector or a disk image", DISK),
];

const TEXT_LOOKED_AT = 4096;
const TEXT_SHOWN = 40;
/** An object or an array; a bracket alone may be a shell's prompt or the prefix of a log. */
const JSON_START = /^(?:\{\s*["}]|\[\s*[[{"\]])/;
const BYTES_SHOWN = 8;
const SEQUENCE_TAG = 0x30;

/** A noun phrase for the `found` of an error. `head` is the beginning of the input, not empty. */
export function looksLike(head: Uint8Array): string {
  const foreign = foreignKind(head);
  if (foreign !== null) return foreign.what;
  const signature = signatureOf(head);
  if (signature !== undefined) return signature.what;
  if (isSignedUpdate(head)) return "a signed update of an EFI variable";
  if (head[0] === SEQUENCE_TAG && (head[1] ?? 0) >= 0x80) return "DER data, such as a certificate or a key";
  if (isAllZero(head)) return "nothing but zero bytes";
  return textKind(head) ?? `binary data that begins with ${spaced(head.subarray(0, BYTES_SHOWN))}`;
}

/** What to do about an input that no format claims. */
export function whatNext(head: Uint8Array): string {
  return foreignKind(head)?.next ?? signatureOf(head)?.next ?? askForNvram();
}

function signatureOf(head: Uint8Array): Signature | undefined {
  return SIGNATURES.find(({ offset, bytes }) => hasBytesAt(head, offset, bytes));
}

/** EFI_VARIABLE_AUTHENTICATION_2 (UEFI 2.10 §8.2.2): a time, then a WIN_CERTIFICATE of revision 2 and type EFI_GUID. */
function isSignedUpdate(head: Uint8Array): boolean {
  if (head.length < 40) return false;
  const view = viewOf(head);
  return view.getUint16(20, true) === 0x0200 && view.getUint16(22, true) === 0x0ef1;
}

/** Whether the beginning of an input is text of any kind. */
export function looksLikeText(head: Uint8Array): boolean {
  return textOf(head) !== null;
}

function textOf(head: Uint8Array): string | null {
  const text = decodeUtf8(unwrapText(head.subarray(0, TEXT_LOOKED_AT)).bytes);
  // The head may end inside a character; anywhere else a replacement or a control character rules text out.
  return /[\x00-\x08\x0e-\x1f\x7f]|\ufffd./s.test(text) ? null : text;
}

function textKind(head: Uint8Array): string | null {
  const text = textOf(head);
  if (text === null) return null;
  const start = text.trimStart();
  if (start === "") return "nothing but white space";
  if (start.startsWith("<")) {
    const root = /<([A-Za-z_][\w:.-]*)/.exec(start.replaceAll(/<!--.*?-->/gs, ""))?.[1];
    if (root !== undefined)
      return /^(!doctype )?html/i.test(root) ? "an HTML page" : `XML with the root <${root}>`;
  }
  if (JSON_START.test(start)) return "text that begins like JSON";
  if (start.startsWith("-----BEGIN ")) return "a PEM file, such as a certificate or a key";
  return `text that begins with ${JSON.stringify(start.slice(0, TEXT_SHOWN))}`;
}

function spaced(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => toHex(Uint8Array.of(byte))).join(" ");
}
