/** The data of well-known variables in words, on one line. */
import type { DecodedData, DecodedLoadOption } from "../../parsers/efi/decoded-data.ts";
import { KNOWN_SBAT_LEVELS } from "../../rules/knowledge/sbat-levels.ts";
import { clip, printable } from "./printable.ts";
import { counted } from "./text.ts";

const MAX_TEXT = 400;
const MAX_LISTED = 40;

export function decodedText(decoded: DecodedData): string {
  return clip(printable(plainText(decoded)), MAX_TEXT);
}

function plainText(decoded: DecodedData): string {
  switch (decoded.form) {
    case "load-option":
      return loadOptionText(decoded);
    case "load-option-list":
      return listText(decoded.names);
    case "device-path":
      return `${decoded.text}${decoded.isWhole ? "" : " (cut or followed by other bytes)"}`;
    case "text":
      return `"${decoded.text}"`;
    case "number":
      return numberText(decoded);
    case "flags":
      return listText(decoded.names);
    case "guids":
      return listText(decoded.guids.map(({ guid, name }) => name ?? guid));
    case "memory-types":
      return listText(decoded.types.map(({ type, pages }) => `type ${type}: ${counted(pages, "page")}`));
    case "sbat-level":
      return sbatText(decoded);
    default:
      return decoded satisfies never;
  }
}

/** Path and size of what is started; the description stands elsewhere or before it. */
function loadOptionText(option: DecodedLoadOption): string {
  const { description, flags } = option;
  return `"${description}" (${flags.join(", ") || "not active"}): ${loadOptionTarget(option)}`;
}

export function loadOptionTarget({ filePaths, optionalData, fault }: DecodedLoadOption): string {
  const bytes = optionalData.length / 2;
  const parts = [
    filePaths.join("; ") || "no device path",
    bytes === 0 ? "" : `${counted(bytes, "byte")} of optional data`,
    fault === null ? "" : `broken at ${fault}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function numberText({ value, unit, meaning }: Extract<DecodedData, { form: "number" }>): string {
  if (unit !== null) return `${value} ${unit}`;
  return meaning === null ? value : `${value} (${meaning})`;
}

function listText(items: readonly string[]): string {
  if (items.length === 0) return "none";
  const more = items.length - MAX_LISTED;
  return items.slice(0, MAX_LISTED).join(", ") + (more > 0 ? `, … ${more} more` : "");
}

function sbatText({ datestamp, entries, fault }: Extract<DecodedData, { form: "sbat-level" }>): string {
  if (datestamp === null) return "no SBAT level";
  const revokes = KNOWN_SBAT_LEVELS.find((level) => level.datestamp === datestamp)?.revokes;
  const needs = entries.map(({ component, generation }) => `${component} ${generation}`);
  const parts = [
    `level ${datestamp}`,
    needs.length === 0 ? "" : `needs at least ${listText(needs)}`,
    revokes === undefined ? "not a published level" : `newly revokes ${revokes}`,
    fault === null ? "" : `broken in line ${fault.line}`,
  ];
  return parts.filter((part) => part !== "").join("; ");
}
