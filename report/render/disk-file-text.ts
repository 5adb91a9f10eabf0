/** One program on a disk, for humans. */
import type { FileInspection } from "../disk-file.ts";
import { bytesText } from "./byte-size.ts";
import type { Look } from "./look.ts";
import { clip, printable } from "./printable.ts";
import { wrap } from "./text.ts";

const MAX_TEXT = 200;
const MAX_LINES = 40;

export interface NamedFile {
  readonly vm: { readonly uuid: string | null; readonly nameLabel: string | null };
  readonly disk: string;
  readonly partition: number;
  readonly path: string;
}

const shown = (text: string): string => clip(printable(text), MAX_TEXT);

export function diskFileLines(
  { vm, disk, partition, path }: NamedFile,
  { bytes, image, sections, signatures, sbat, levels }: FileInspection,
  { style, columns }: Look,
): string[] {
  const head = [
    `${style.bold(shown(path))}  ${style.dim(`${shown(vm.nameLabel ?? vm.uuid ?? "")} ${shown(disk)}, partition ${partition}, ${bytesText(bytes)}`)}`,
  ];
  if (image === null) return [...head, "  This is no program for the firmware, or its headers are damaged."];
  const facts = [
    `SHA-256 of the file: ${image.sha256}`,
    ...Object.entries(image.authenticode).map(
      ([algorithm, hash]) => `Authenticode hash, ${algorithm}, as db and dbx have it: ${hash}`,
    ),
    ...(image.svn === null ? [] : [`Security version of a Windows boot manager: ${image.svn}`]),
    `Sections: ${sections
      .slice(0, MAX_LINES)
      .map(({ name, bytes: size }) => `${shown(name)} (${size})`)
      .join(", ")}`,
    ...(signatures.length === 0 ? ["It is not signed."] : []),
  ];
  const certificates = signatures.flatMap((ofOne, i) => [
    `  ${style.bold(`Signature ${i + 1}`)}`,
    ...(ofOne.length === 0 ? ["    cannot be read"] : []),
    ...ofOne.flatMap(({ subject, issuer, notBefore, notAfter, sha256, isSigner }) =>
      wrap(
        `- ${isSigner ? "signer " : ""}${shown(subject)}, issued by ${shown(issuer)}, ${notBefore.slice(0, 10)} to ${notAfter.slice(0, 10)}, SHA-256 ${sha256}`,
        columns,
        4,
      ),
    ),
  ]);
  const tables = [
    ...(sbat.length === 0
      ? []
      : [`  ${style.bold("SBAT")}`, ...sbat.slice(0, MAX_LINES).map((line) => `    ${shown(line)}`)]),
    ...(levels === null
      ? []
      : [
          `  ${style.bold("SBAT level that this shim sets by itself")}`,
          ...levelLines(levels.automatic),
          `  ${style.bold("and with mokutil --set-sbat-policy latest")}`,
          ...levelLines(levels.latest),
        ]),
  ];
  return [...head, ...facts.flatMap((fact) => wrap(fact, columns, 2)), ...certificates, ...tables];
}

function levelLines(level: string): string[] {
  return level
    .split("\n")
    .filter((line) => line !== "")
    .slice(0, MAX_LINES)
    .map((line) => `    ${shown(line)}`);
}
