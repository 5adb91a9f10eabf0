/**
 * The signature lists of one variable by themselves: what Get-SecureBootUEFI -OutputFilePath, efi-readvar -o, varstore-get and
 * `extract` write. Which variable it is stands in the name of the file at best.
 */
import { GUID_BYTES, readGuid } from "../efi/guid.ts";
import { SIGNATURE_LIST_HEADER_BYTES } from "../efi/signature-list.ts";
import { EFI_GLOBAL_VARIABLE, EFI_IMAGE_SECURITY_DATABASE, kindOfGuid, SHIM_LOCK } from "../guids.ts";

const VARIABLES: ReadonlyMap<string, readonly [name: string, vendorGuid: string]> = new Map([
  ["pk", ["PK", EFI_GLOBAL_VARIABLE]],
  ["kek", ["KEK", EFI_GLOBAL_VARIABLE]],
  ["db", ["db", EFI_IMAGE_SECURITY_DATABASE]],
  ["dbx", ["dbx", EFI_IMAGE_SECURITY_DATABASE]],
  ["dbt", ["dbt", EFI_IMAGE_SECURITY_DATABASE]],
  ["moklist", ["MokList", SHIM_LOCK]],
  ["moklistx", ["MokListX", SHIM_LOCK]],
  ["moklistrt", ["MokListRT", SHIM_LOCK]],
  ["moklistxrt", ["MokListXRT", SHIM_LOCK]],
]);

/** A whole header of a list: type, size of the list, of its header, of an entry. */
export function hasSignatureList(head: Uint8Array, at: number): boolean {
  if (head.length < at + SIGNATURE_LIST_HEADER_BYTES || kindOfGuid(readGuid(head, at)) !== "signature-type")
    return false;
  const view = new DataView(head.buffer, head.byteOffset + at, SIGNATURE_LIST_HEADER_BYTES);
  const [size = 0, header, entry = 0] = [16, 20, 24].map((offset) => view.getUint32(offset, true));
  return header === 0 && entry > GUID_BYTES && size >= SIGNATURE_LIST_HEADER_BYTES + entry;
}

/** `VM.dbx.esl`, whatever the VM is called; of namesakes the second is `VM.dbx.2.esl`. */
const OF_EXTRACT = /\.([a-z]+)(?:\.\d+)?\.esl$/;

/** The variable that a file's name names; null where it names none, or two. `file` has no folder. */
export function variableOfName(file: string): { readonly name: string; readonly vendorGuid: string } | null {
  const lower = file.toLowerCase();
  const last = OF_EXTRACT.exec(lower)?.[1];
  const words = last !== undefined && VARIABLES.has(last) ? [last] : lower.split(/[^a-z]+/);
  const found = new Set(words.filter((word) => VARIABLES.has(word)));
  const [word] = found;
  const variable = word === undefined || found.size > 1 ? undefined : VARIABLES.get(word);
  return variable === undefined ? null : { name: variable[0], vendorGuid: variable[1] };
}
