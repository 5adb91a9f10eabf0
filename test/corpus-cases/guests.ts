/** What a guest shows of its variables, and what tools write of them. */
import { guidNamed } from "../../parsers/guids.ts";
import {
  bootVariables,
  concat,
  keyVariables,
  MICROSOFT_OWNER,
  makeVariable,
  sha256List,
  XCP_NG_OWNER,
} from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { efivarfsFiles, secureBootFlag, variablesJson } from "../builders/guest.ts";
import { makeXva } from "../builders/tar.ts";

const FOLDER = "sys/firmware/efi/efivars/";
const HEALTHY = [...bootVariables(), ...keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 20))];
const PLANTED: Uint8Array = concat(sha256List(XCP_NG_OWNER, 827), sha256List(MICROSOFT_OWNER, 431, 1));
const AFFECTED = [...bootVariables(), ...keyVariables(XCP_NG_OWNER, PLANTED)];
const text = (content: string): Uint8Array => new TextEncoder().encode(content);

export const cases: readonly CorpusCase[] = [
  {
    name: "healthy-efivarfs",
    title:
      "The efivarfs of a Linux guest as a tar archive: one view, of which nobody knows whether varstored loads what the host keeps.",
    file: "input.tar",
    bytes: () => makeXva(efivarfsFiles([...HEALTHY, secureBootFlag(1)], FOLDER)),
  },
  {
    name: "efivarfs-affected",
    title:
      "The same of a guest with the incident: a dbx over the limit, entries twice and under the wrong owner. The start is not known from here.",
    file: "input.tar",
    bytes: () => makeXva(efivarfsFiles([...AFFECTED, secureBootFlag(1)], FOLDER)),
  },
  {
    name: "efivarfs-near-miss",
    title: "A tar archive of files that are named like variables and are none.",
    file: "input.tar",
    bytes: () =>
      makeXva([
        { name: "notes-00000000-0000-4000-8000-000000000701", bytes: text("kept for later\n") },
        { name: "dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f", bytes: text("not a variable\n") },
      ]),
  },
  {
    name: "healthy-signature-lists",
    title:
      "A dbx as Get-SecureBootUEFI -OutputFilePath writes it: lists without attributes; the file's name tells whose they are.",
    file: "input.dbx.esl",
    bytes: () => sha256List(MICROSOFT_OWNER, 20),
  },
  {
    name: "signature-lists-affected",
    title: "The same of the incident.",
    file: "input.dbx.esl",
    bytes: () => PLANTED,
  },
  {
    name: "signature-lists-nameless",
    title: "Signature lists in a file whose name tells no variable.",
    file: "input.esl",
    bytes: () => sha256List(MICROSOFT_OWNER, 20),
  },
  {
    name: "signature-lists-shown",
    title:
      "A dbx as PowerShell shows its bytes, a number a line below the command that tells whose they are.",
    file: "input.txt",
    bytes: () =>
      text(
        `PS C:\\> (Get-SecureBootUEFI dbx).bytes\r\n${[...sha256List(MICROSOFT_OWNER, 3)].join("\r\n")}\r\n`,
      ),
  },
  {
    name: "foreign-mokutil",
    title: "What mokutil --list-enrolled prints: names of certificates, no variable.",
    file: "input.txt",
    bytes: () =>
      text("[key 1]\nSHA1 Fingerprint: 00:11:22\nCertificate:\n    Data:\n        Version: 3 (0x2)\n"),
  },
  {
    name: "foreign-redo-log",
    title: "The redo log of HA: the database of a pool in another form.",
    file: "input.bin",
    bytes: () => text(`redo-log--------\0${"0".repeat(64)}`),
  },
  {
    name: "foreign-xz",
    title: "A file that xz packed: named, with the command that unpacks it.",
    file: "input.xz",
    bytes: () => Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4, 0xe6, 0xd6, 0xb4, 0x46),
  },
  {
    name: "healthy-uefi-json",
    title: "Variables as JSON, as QEMU and virt-fw-vars write them.",
    file: "input.json",
    bytes: () => text(variablesJson(HEALTHY)),
  },
  {
    name: "foreign-uefi-json",
    title: "The variables of a VM of LXD as JSON: those of EDK2's own Secure Boot are among them.",
    file: "input.json",
    bytes: () =>
      text(
        variablesJson([
          ...HEALTHY,
          makeVariable("SecureBootEnable", Uint8Array.of(1), {
            guid: guidNamed("SECURE_BOOT_ENABLE_DISABLE"),
            attributes: 3,
          }),
        ]),
      ),
  },
];
