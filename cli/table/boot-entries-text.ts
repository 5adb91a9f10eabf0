/** Boot entries in the order in which they are tried, and the other values that have a meaning. */
import type { DecodedLoadOption } from "../../parsers/efi/decoded-data.ts";
import { EFI_GLOBAL_VARIABLE } from "../../parsers/guids.ts";
import type { VariableInspection } from "../../report/inspection.ts";
import { decodedText, loadOptionTarget } from "../../report/render/decoded-text.ts";
import { clip, printable } from "../../report/render/printable.ts";
import type { Style } from "../../report/render/style.ts";
import { wrap } from "../../report/render/text.ts";
import { renderTable } from "./table.ts";

interface ValuesLook {
  readonly style: Style;
  readonly columns: number;
}

const MAX_NAME = 48;
const MAX_TARGET = 400;
/** Bytes of data without a known form that are shown. */
const MAX_PREVIEW = 24;

export function bootEntryLines(variables: readonly VariableInspection[], look: ValuesLook): string[] {
  const { style, columns } = look;
  const entries = variables.flatMap((variable) =>
    variable.decoded?.form === "load-option" ? [{ variable, option: variable.decoded }] : [],
  );
  if (entries.length === 0) return [];
  const order = bootOrder(variables);
  const place = (name: string): number => {
    const at = order?.indexOf(name) ?? -1;
    return at === -1 ? Number.POSITIVE_INFINITY : at;
  };
  // Sorting is stable: what BootOrder does not name keeps the order of the blob.
  const sorted = entries.toSorted((a, b) => {
    const [placeA, placeB] = [place(a.variable.name), place(b.variable.name)];
    return placeA === placeB ? 0 : placeA - placeB;
  });
  return [
    "",
    style.bold("Boot entries"),
    ...(order === null ? [] : wrap(`BootOrder: ${order.join(", ") || "empty"}`, columns, 2)),
    ...sorted.flatMap(({ variable, option }) => {
      const at = place(variable.name);
      return entryLines(
        variable,
        option,
        at === Number.POSITIVE_INFINITY ? "  -" : `${at + 1}.`.padStart(3),
        look,
      );
    }),
    ...danglingLines(order, variables, look),
  ];
}

function bootOrder(variables: readonly VariableInspection[]): readonly string[] | null {
  const order = variables.find(({ name, guid }) => name === "BootOrder" && guid === EFI_GLOBAL_VARIABLE);
  return order?.decoded?.form === "load-option-list" ? order.decoded.names : null;
}

function entryLines(
  { name }: VariableInspection,
  option: DecodedLoadOption,
  number: string,
  { style, columns }: ValuesLook,
): string[] {
  const flags = option.flags.length === 0 ? "not active" : option.flags.join(", ");
  const description = style.bold(clip(printable(option.description), MAX_NAME));
  return [
    `${number} ${clip(printable(name), MAX_NAME)}  ${description}  ${style.dim(flags)}`,
    ...wrap(clip(printable(loadOptionTarget(option)), MAX_TARGET), columns, 6),
  ];
}

function danglingLines(
  order: readonly string[] | null,
  variables: readonly VariableInspection[],
  { columns }: ValuesLook,
): string[] {
  const present = new Set(variables.map(({ name }) => name));
  const missing = order?.filter((name) => !present.has(name)) ?? [];
  return missing.length === 0 ? [] : wrap(`in BootOrder, but not there: ${missing.join(", ")}`, columns, 2);
}

/** Everything that is neither a boot entry nor a signature database. */
export function valueLines(
  variables: readonly VariableInspection[],
  { style, columns }: ValuesLook,
): string[] {
  const rows = variables
    .filter(({ decoded, signatureLists }) => signatureLists === null && decoded?.form !== "load-option")
    .map((variable) => [clip(printable(variable.name), MAX_NAME), valueText(variable)]);
  if (rows.length === 0) return [];
  return ["", style.bold("Values"), ...renderTable({ rows, flexible: 1, columns, indent: 2 })];
}

function valueText({ decoded, data, bytes }: VariableInspection): string {
  if (decoded !== null) return decodedText(decoded);
  const hex = data ?? "";
  return bytes > MAX_PREVIEW ? `${hex.slice(0, 2 * MAX_PREVIEW)}… (${bytes} bytes)` : hex || "no data";
}
