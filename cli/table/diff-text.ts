/** What differs between two copies of an NVRAM, for humans. */
import { formatEfiTime } from "../../parsers/efi/time.ts";
import { attributeNames } from "../../report/attribute-names.ts";
import type { FieldDifference } from "../../report/compare/compare-nvrams.ts";
import type {
  ChangedReport,
  DataReport,
  DiffReport,
  DiffSide,
  DiffSignature,
  SignaturesDifference,
} from "../../report/difference.ts";
import { decodedText } from "../../report/render/decoded-text.ts";
import { hexDumpLines } from "../../report/render/hex-dump.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { guidText, type SignatureLook, signatureText } from "../../report/render/signature-text.ts";
import { counted, displayWidth, moreLine, wrap } from "../../report/render/text.ts";
import { vmName } from "../../report/render/vm-block.ts";
import type { VariableReport } from "../../report/vm.ts";
import { renderTable } from "./table.ts";

const MAX_NAME = 48;
const MAX_VALUE = 80;
/** A table of more would take minutes; a daemon holds 1024. */
const MAX_ROWS = 1024;
/** Entries of a kind that are shown without `--all`. */
const MAX_ENTRIES = 8;

export function diffLines(report: DiffReport, look: SignatureLook): string[] {
  const { a, b, isSame, fields, onlyInA, onlyInB, changed, unchanged } = report;
  const isView = a.sha256 === null || b.sha256 === null;
  const same = isView
    ? "as far as both can hold the same: names, data and attributes"
    : a.sha256 === b.sha256
      ? "byte for byte"
      : "but for the order of their variables";
  const sections = [
    [...sideLines("A", a, look), ...sideLines("B", b, look)],
    isSame ? [look.style.green(`The two are the same, ${same}.`)] : [],
    fields.flatMap((field) => wrap(`header: ${fieldText(field)}`, look.columns)),
    onlyLines("Only in A", onlyInA, look),
    onlyLines("Only in B", onlyInB, look),
    onlyLines("In A, where B cannot hold it or does not tell of it: no difference", report.notHeldByB, look),
    onlyLines("In B, where A cannot hold it or does not tell of it: no difference", report.notHeldByA, look),
    ...changed.map((change) => changeLines(change, look)),
    isSame
      ? []
      : [
          ...wrap(countsLine(report), look.columns),
          `${counted(unchanged, "variable is", "variables are")} the same.`,
        ],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}

/** In one line where that has room for it. */
function sideLines(letter: string, side: DiffSide, { style, columns }: SignatureLook): string[] {
  const { path, vm, source, bytes, sha256, variableCount } = side;
  const facts = [
    vm.uuid === null ? "" : printable(vm.uuid),
    printable(source),
    bytes === null ? "" : `${bytes} bytes`,
    counted(variableCount, "variable"),
    sha256 === null ? "" : `SHA-256 ${clip(sha256, 17)}`,
  ];
  const name = style.bold(vmName(path, vm));
  const file = vm.nameLabel === null ? "" : ` ${clip(printable(path), MAX_VALUE)}`;
  const text = facts.filter((fact) => fact !== "").join(" · ");
  const head = `${style.bold(letter)}  ${name}${file}`;
  const line = `${head}  ${style.dim(text)}`;
  return displayWidth(line) <= columns ? [line] : [head, ...wrap(text, columns, 3).map(style.dim)];
}

function countsLine({ onlyInA, onlyInB, changed }: DiffReport): string {
  const added = changed.reduce((sum, { data }) => sum + (data?.signatures?.added.length ?? 0), 0);
  const removed = changed.reduce((sum, { data }) => sum + (data?.signatures?.removed.length ?? 0), 0);
  const moved = changed.reduce((sum, { data }) => sum + (data?.signatures?.moved.length ?? 0), 0);
  const variables = `From A to B: ${onlyInB.length} added, ${onlyInA.length} removed, ${changed.length} changed`;
  return added + removed + moved === 0
    ? `${variables}.`
    : `${variables}; signatures: ${added} added, ${removed} removed, ${moved} with another owner.`;
}

function onlyLines(heading: string, variables: readonly VariableReport[], look: SignatureLook): string[] {
  if (variables.length === 0) return [];
  const shown = variables.slice(0, MAX_ROWS);
  const rows = shown.map(({ index, name, guid, attributes, bytes, timestamp }) => [
    String(index),
    clip(printable(name), MAX_NAME),
    look.style.dim(guid ?? ""),
    attributes === null ? "" : attributeNames(attributes, "short").join(" "),
    String(bytes),
    timestamp ?? "",
  ]);
  const head = ["#", "Variable", "Vendor", "Attributes", "Bytes", "Time"];
  return [
    look.style.bold(heading),
    ...renderTable({ head, rows, flexible: 1, columns: look.columns }),
    ...moreLine(variables.length - shown.length, "variables; --format json has all"),
  ];
}

function changeLines(change: ChangedReport, look: SignatureLook): string[] {
  const { variable, fields, data, indexInA, indexInB } = change;
  const place = look.style.dim(`#${indexInA} in A, #${indexInB} in B`);
  return [
    `${look.style.bold(`Changed: ${clip(printable(variable.name), MAX_NAME)}`)}  ${place}`,
    ...fields.flatMap((field) => wrap(fieldText(field), look.columns, 2)),
    ...(data === null ? [] : dataLines(data, look)),
  ];
}

function dataLines(data: NonNullable<ChangedReport["data"]>, look: SignatureLook): string[] {
  const { a, b, firstDifference, excerptStart, signatures } = data;
  const sizes = a.bytes === b.bytes ? `${a.bytes} bytes in both` : `${a.bytes} bytes → ${b.bytes} bytes`;
  const head = `  data: ${sizes}, the first difference at byte ${firstDifference} (0x${firstDifference.toString(16)})`;
  if (signatures !== null) return [head, ...signatureLines(signatures, look)];
  const side = (letter: string, { decoded, excerpt }: DataReport): string[] => [
    ...(decoded === null ? [] : wrap(`${letter}: ${decodedText(decoded)}`, look.columns, 4)),
    ...hexDumpLines(bytesOf(excerpt), excerptStart, Number.POSITIVE_INFINITY).map(
      (line) => `    ${letter} ${line}`,
    ),
  ];
  return [head, ...side("A", a), ...side("B", b)];
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}

function signatureLines(difference: SignaturesDifference, look: SignatureLook): string[] {
  const { kept, added, removed, moved, faultInA, faultInB } = difference;
  const { style } = look;
  const copies = (count: number): string => (count === 0 ? "" : `, ${count} of them there already`);
  const remaining = (count: number): string =>
    count === 0 ? "" : `, ${count} of them still there once more`;
  const repeated = (entries: readonly { isInOther: boolean }[]): number =>
    entries.filter(({ isInOther }) => isInOther).length;
  const layout = added.length + removed.length + moved.length === 0 ? ", grouped or ordered differently" : "";
  return [
    `  signatures: ${kept} in both${layout}`,
    ...entryLines(`${added.length} added${copies(repeated(added))}`, added, style.green, "+", look),
    ...entryLines(`${removed.length} removed${remaining(repeated(removed))}`, removed, style.red, "-", look),
    ...movedLines(moved, look),
    ...faultLines("A", faultInA),
    ...faultLines("B", faultInB),
  ];
}

function faultLines(letter: string, fault: SignaturesDifference["faultInA"]): string[] {
  if (fault === null) return [];
  return [`  not all of ${letter} could be read: byte ${fault.offset} (${fault.code})`];
}

/** Entries under a line for each owner. */
function entryLines(
  heading: string,
  entries: readonly DiffSignature[],
  paint: (text: string) => string,
  sign: string,
  look: SignatureLook,
): string[] {
  if (entries.length === 0) return [];
  const owners = new Map<string, DiffSignature[]>();
  for (const entry of entries) {
    const owner = guidText(entry.owner);
    const ofOwner = owners.get(owner);
    if (ofOwner === undefined) owners.set(owner, [entry]);
    else ofOwner.push(entry);
  }
  const lines = [...owners].flatMap(([owner, ofOwner]) => {
    const shown = look.all ? ofOwner : ofOwner.slice(0, MAX_ENTRIES);
    return [
      `    owner ${owner}: ${counted(ofOwner.length, "entry", "entries")}`,
      ...shown.map((entry) => `      ${paint(`${sign} ${entryText(entry, look, 8)}`)}`),
      ...more(ofOwner.length - shown.length),
    ];
  });
  return [`  ${heading}`, ...lines];
}

function movedLines(moved: SignaturesDifference["moved"], look: SignatureLook): string[] {
  if (moved.length === 0) return [];
  const shown = look.all ? moved : moved.slice(0, MAX_ENTRIES);
  return [
    `  ${moved.length} with another owner`,
    ...shown.map((entry) => {
      const owners = `  ${guidText(entry.owner)} → ${guidText(entry.ownerInB)}`;
      return `      ${look.style.yellow(`~ ${entryText(entry, look, 8 + displayWidth(owners))}`)}${owners}`;
    }),
    ...more(moved.length - shown.length),
  ];
}

/** Less than this says nothing any more. */
const MIN_ENTRY = 40;

/** `taken` columns of the line hold something else. */
function entryText(entry: DiffSignature, look: SignatureLook, taken: number): string {
  const room = look.all ? Number.POSITIVE_INFINITY : Math.max(MIN_ENTRY, look.columns - taken);
  return clip(signatureText(entry, look), room);
}

function more(count: number): string[] {
  return count > 0 ? [`      … ${count} more; --all shows them`] : [];
}

function fieldText({ field, a, b }: FieldDifference<string>): string {
  const text = (value: string | null): string => clip(valueText(field, value), MAX_VALUE);
  return `${field}: ${text(a)} → ${text(b)}`;
}

function valueText(field: string, value: string | null): string {
  if (value === null) return "none";
  if (field === "attributes")
    return `${value} (${attributeNames(Number(value), "name").join(", ") || "none"})`;
  if (field === "timestamp") return formatEfiTime(bytesOf(value)) ?? "none";
  return value === "" ? "nothing" : value;
}
