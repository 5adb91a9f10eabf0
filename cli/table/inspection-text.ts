/** What is decoded of an NVRAM, for humans to read from top to bottom. */
import { viewOfCopy } from "../../parsers/guest/view.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import { attributeNames } from "../../report/attribute-names.ts";
import type {
  BlobInspection,
  NvramInspection,
  SignatureListInspection,
  VariableInspection,
  VmInspection,
} from "../../report/inspection.ts";
import { byteAccountLines } from "../../report/render/byte-account-text.ts";
import { hexDumpLines } from "../../report/render/hex-dump.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { secureBootFact } from "../../report/render/secure-boot-text.ts";
import {
  certificateLines,
  guidText,
  type SignatureLook,
  signatureText,
} from "../../report/render/signature-text.ts";
import { counted, moreLine, wrap } from "../../report/render/text.ts";
import { vmName } from "../../report/render/vm-block.ts";
import type { SignatureInspection } from "../../report/signature-inspection.ts";
import { bootEntryLines, valueLines } from "./boot-entries-text.ts";
import { renderTable } from "./table.ts";

interface InspectionLook extends SignatureLook {
  /** The variables were chosen, so that more is said of each. */
  readonly detailed: boolean;
  readonly hex: boolean;
  readonly bytes: boolean;
}

const MAX_NAME = 48;
const MAX_TEXT = 300;
const MAX_KEY = 60;
const COLUMNS_FOR_VENDOR = 100;
/** Entries of a list that are shown without `--all`. */
const MAX_HASHES = 4;
/** Bytes of a variable's data that are dumped without `--all`. */
const MAX_DUMPED = 1024;

/** `dataOf` gives the data of a variable by its index. */
export function inspectionLines(
  path: string,
  vm: VmInspection,
  dataOf: (index: number) => Uint8Array,
  look: InspectionLook,
): string[] {
  const { style, columns } = look;
  const { uuid, kind, source, nvram } = vm;
  const facts = [
    uuid === null ? "" : `${kind === "unknown" ? "" : `${kind} `}${printable(uuid)}`,
    printable(source),
    viewOfCopy(vm)?.title ?? "",
    secureBootFact(vm),
  ];
  return [
    style.bold(vmName(path, vm)),
    `  ${style.dim(facts.filter((fact) => fact !== "").join(" · "))}`,
    ...(nvram === null ? ["  This record has no NVRAM."] : []),
    ...(nvram === null ? [] : keyLines(nvram)),
    ...(nvram === null || nvram.blob !== null
      ? []
      : [
          nvram.state === "not-in-record"
            ? "  This record does not carry the NVRAM: nothing is known of it here."
            : `  The NVRAM is ${nvram.state}: nothing of it can be decoded.`,
        ]),
    ...(nvram?.blob ? blobLines(nvram.blob, columns, look) : []),
    ...(nvram?.blob && look.hex ? hexLines(nvram.blob, dataOf, look) : []),
  ];
}

function keyLines({ otherKeys, otherKeysLeftOut, base64Oddities: oddities }: NvramInspection): string[] {
  const keys = Object.entries(otherKeys).map(
    ([key, value]) => `  NVRAM:${clip(printable(key), MAX_KEY)} = ${clip(printable(value), MAX_KEY)}`,
  );
  return [
    ...keys,
    ...moreLine(otherKeysLeftOut, "keys of the NVRAM are not shown").map((line) => `  ${line}`),
    ...(oddities === null || oddities.length === 0 ? [] : [`  base64: ${oddities.join(", ")}`]),
  ];
}

/** No more than a daemon holds: a table of more would take minutes. */
const MAX_VARIABLES = VARSTORED_LIMITS.MAX_VARIABLE_COUNT;

function blobLines(blob: BlobInspection, columns: number, look: InspectionLook): string[] {
  const {
    version,
    bytes,
    declaredCount,
    declaredDataLength,
    variableCount,
    usedBytes,
    runtimeBytes,
    limitBytes,
    stop,
  } = blob;
  const space = `${usedBytes} + ${runtimeBytes} at start of ${limitBytes} bytes`;
  const ofView = [
    `${counted(variableCount, "variable")}; what the daemon keeps of them, and whether it loads that, is not told here`,
  ];
  const ofBlob = [
    `version ${version}, ${bytes} bytes, SHA-256 ${blob.sha256}`,
    `header: ${declaredCount} variables, ${declaredDataLength} bytes of records; read: ${counted(variableCount, "variable")}`,
    `space as the daemon counts it: ${space}`,
    ...(blob.ancillary === null ? [] : [`mor_key ${blob.ancillary.morKey}`]),
    ...(stop === null
      ? []
      : [
          `reading stopped at byte ${stop.offset} (${stop.code}): expected ${stop.expected}, found ${stop.found}`,
        ]),
    ...(blob.rest.end > blob.rest.start ? [`not decoded: bytes ${blob.rest.start} to ${blob.rest.end}`] : []),
  ];
  const lines = version === null ? ofView : ofBlob;
  const variables = blob.variables.slice(0, MAX_VARIABLES);
  return [
    ...lines.flatMap((line) => wrap(clip(printable(line), MAX_TEXT), columns, 2)),
    "",
    ...variableTable(variables, look),
    ...moreLine(blob.variables.length - variables.length, "variables; --format json has more"),
    ...(look.detailed ? variables.flatMap((variable) => detailLines(variable, look)) : []),
    ...bootEntryLines(variables, look),
    ...valueLines(variables, look),
    ...variables.flatMap((variable) => signatureLines(variable, look)),
    ...byteAccountLines(blob.byteAccount, look),
  ];
}

/** The vendor stands in a column of its own where there is room for it, else below the name. */
function variableTable(
  variables: readonly VariableInspection[],
  { columns, style }: InspectionLook,
): string[] {
  const wide = columns >= COLUMNS_FOR_VENDOR;
  const rows = variables.map((variable) => {
    const name = `${clip(printable(variable.name), MAX_NAME)}${variable.nameHex === undefined ? "" : " (no UTF-16)"}`;
    const vendor = variable.guidName ?? variable.guid ?? "";
    const rest = [
      variable.attributes === null ? "" : attributeNames(variable.attributes, "short").join(" "),
      String(variable.bytes),
      variable.timestamp ?? "",
    ];
    const first = wide ? [name, vendor] : [`${name}\n${style.dim(vendor)}`];
    return [String(variable.index), ...first, ...rest];
  });
  const head = ["#", "Variable", ...(wide ? ["Vendor"] : []), "Attributes", "Bytes", "Time"];
  return renderTable({ head, rows, flexible: 1, columns });
}

function signatureLines(variable: VariableInspection, look: InspectionLook): string[] {
  const { signatureLists, signatureFault, name, index } = variable;
  if (signatureLists === null) return [];
  const title = `${clip(printable(name), MAX_NAME)} (#${index})`;
  return signatureListLines(title, { signatureLists, signatureFault }, look);
}

export function signatureListLines(
  title: string,
  {
    signatureLists,
    signatureFault,
  }: {
    readonly signatureLists: readonly SignatureListInspection[];
    readonly signatureFault: VariableInspection["signatureFault"];
  },
  look: SignatureLook,
): string[] {
  const total = signatureLists.reduce((sum, { signatureCount }) => sum + signatureCount, 0);
  const head = `${title}: ${counted(signatureLists.length, "list")}, ${counted(total, "entry", "entries")}`;
  const fault =
    signatureFault === null
      ? []
      : [
          `  malformed (${signatureFault.code}): expected ${signatureFault.expected}, found ${signatureFault.found}`,
        ];
  return ["", look.style.bold(head), ...fault, ...signatureLists.flatMap((list) => listLines(list, look))];
}

function listLines(list: SignatureListInspection, look: SignatureLook): string[] {
  const { span, type, signatureCount, signatures } = list;
  const owners = ownersOf(signatures);
  const head = `bytes ${span.start} to ${span.end}: ${type.name ?? type.guid}, ${counted(signatureCount, "entry", "entries")}, owner ${owners.join(", ")}`;
  const rows = signatures.flatMap(({ certificate, owner }) =>
    certificate === null ? [] : certificateLines(certificate, owner, look),
  );
  const hashes = signatures.filter(({ certificate }) => certificate === null);
  const shown = look.all ? hashes : hashes.slice(0, MAX_HASHES);
  const more = signatureCount - (signatures.length - hashes.length) - shown.length;
  return [
    ...wrap(head, look.columns, 2).map(look.style.cyan),
    ...rows,
    ...shown.map((signature) => entryLine(signature, owners.length > 1, look)),
    ...(more > 0 ? [`    … ${more} more; --all shows them`] : []),
  ];
}

function ownersOf(signatures: readonly SignatureInspection[]): string[] {
  return [...new Set(signatures.map(({ owner }) => guidText(owner)))];
}

function entryLine(signature: SignatureInspection, withOwner: boolean, look: SignatureLook): string {
  const owner = withOwner ? `  ${guidText(signature.owner)}` : "";
  return `    ${clip(signatureText(signature, look), look.all ? Number.POSITIVE_INFINITY : look.columns)}${owner}`;
}

const NOT_SHOWN = "not shown: a password, or what tells it";

/** A dump of each variable's data, with the offsets of the data. */
function hexLines(
  { variables }: BlobInspection,
  dataOf: (index: number) => Uint8Array,
  { style, all }: InspectionLook,
): string[] {
  return variables.flatMap(({ name, index, span, dataSpan, bytes, secret }) => {
    const shown = all ? bytes : Math.min(bytes, MAX_DUMPED);
    const place =
      span === null
        ? "data"
        : `data at byte ${dataSpan.start} (0x${dataSpan.start.toString(16)}) of the blob`;
    return [
      "",
      `${style.bold(`${clip(printable(name), MAX_NAME)} (#${index})`)}  ${style.dim(place)}`,
      ...(secret ? [NOT_SHOWN] : hexDumpLines(dataOf(index), 0, shown)),
      ...(bytes > shown ? [`… ${bytes - shown} more bytes; --all shows them`] : []),
    ];
  });
}

/** What the table has no room for. */
function detailLines(variable: VariableInspection, { style, columns }: InspectionLook): string[] {
  const { name, nameHex, index, guid, guidName, attributes, span, dataSpan, certDigest, sha256 } = variable;
  const names = variable.attributeNames.join(", ") || "none";
  const details = [
    ...(nameHex === undefined ? [] : [`name in hexadecimal: ${nameHex}`]),
    `GUID ${guid}${guidName === null ? "" : ` (${guidName})`}`,
    attributes === null
      ? "attributes are not told here"
      : `attributes 0x${attributes.toString(16)}: ${names}`,
    ...(span === null
      ? []
      : [
          `record: bytes ${span.start} to ${span.end} of the blob; data: bytes ${dataSpan.start} to ${dataSpan.end}`,
        ]),
    `data SHA-256 ${sha256}`,
    ...(/^0*$/.test(certDigest) ? [] : [`digest ${certDigest}`]),
  ];
  return [
    "",
    style.bold(`${clip(printable(name), MAX_NAME)} (#${index})`),
    ...details.flatMap((detail) => wrap(clip(printable(detail), MAX_TEXT), columns, 2)),
  ];
}
