/** What is decoded of an NVRAM, for humans to read from top to bottom. */
import { attributeNames } from "../attribute-names.ts";
import type {
  BlobInspection,
  SignatureInspection,
  SignatureListInspection,
  VariableInspection,
  VmInspection,
} from "../inspection.ts";
import { clip, printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
import { counted, wrap } from "./text.ts";
import { vmName } from "./vm-block.ts";

interface InspectionLook {
  readonly style: Style;
  readonly columns: number;
  readonly all: boolean;
  /** `YYYY-MM-DD` */
  readonly asOf: string;
}

const MAX_NAME = 48;
const MAX_TEXT = 300;
const MAX_KEY = 60;
const COLUMNS_FOR_VENDOR = 100;
/** Entries of a list that are shown without `--all`. */
const MAX_HASHES = 4;
const SHORT_HASH = 25;

export function inspectionLines(path: string, vm: VmInspection, look: InspectionLook): string[] {
  const { style, columns } = look;
  const { uuid, kind, source, secureBoot, nvram } = vm;
  const facts = [
    uuid === null ? "" : `${kind === "unknown" ? "" : `${kind} `}${printable(uuid)}`,
    printable(source),
    secureBoot === null ? "" : `Secure Boot ${secureBoot ? "on" : "off"}`,
  ];
  return [
    style.bold(vmName(path, vm)),
    `  ${style.dim(facts.filter((fact) => fact !== "").join(" · "))}`,
    ...(nvram === null ? ["  This record has no NVRAM."] : []),
    ...(nvram === null ? [] : keyLines(nvram.otherKeys, nvram.base64Oddities)),
    ...(nvram === null || nvram.blob !== null
      ? []
      : [`  The NVRAM is ${nvram.state}: nothing of it can be decoded.`]),
    ...(nvram?.blob ? blobLines(nvram.blob, columns, look) : []),
  ];
}

function keyLines(otherKeys: Readonly<Record<string, string>>, oddities: readonly string[] | null): string[] {
  const keys = Object.entries(otherKeys).map(
    ([key, value]) => `  NVRAM:${clip(printable(key), MAX_KEY)} = ${clip(printable(value), MAX_KEY)}`,
  );
  return [
    ...keys,
    ...(oddities === null || oddities.length === 0 ? [] : [`  base64: ${oddities.join(", ")}`]),
  ];
}

function blobLines(blob: BlobInspection, columns: number, look: InspectionLook): string[] {
  const {
    version,
    bytes,
    declaredCount,
    declaredDataLength,
    variables,
    usedBytes,
    runtimeBytes,
    limitBytes,
    stop,
  } = blob;
  const space = `${usedBytes} + ${runtimeBytes} at start of ${limitBytes} bytes`;
  const lines = [
    `version ${version}, ${bytes} bytes, SHA-256 ${blob.sha256}`,
    `header: ${declaredCount} variables, ${declaredDataLength} bytes of records; read: ${counted(variables.length, "variable")}`,
    `space as the daemon counts it: ${space}`,
    ...(blob.ancillary === null ? [] : [`mor_key ${blob.ancillary.morKey}`]),
    ...(stop === null
      ? []
      : [
          `reading stopped at byte ${stop.offset} (${stop.code}): expected ${stop.expected}, found ${stop.found}`,
        ]),
    ...(blob.rest.end > blob.rest.start ? [`not decoded: bytes ${blob.rest.start} to ${blob.rest.end}`] : []),
  ];
  return [
    ...lines.flatMap((line) => wrap(clip(printable(line), MAX_TEXT), columns, 2)),
    "",
    ...variableTable(variables, look),
    ...variables.flatMap((variable) => signatureLines(variable, look)),
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
      attributeNames(variable.attributes, "short").join(" "),
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
  const total = signatureLists.reduce((sum, { signatureCount }) => sum + signatureCount, 0);
  const head = `${clip(printable(name), MAX_NAME)} (#${index}): ${counted(signatureLists.length, "list")}, ${counted(total, "entry", "entries")}`;
  const fault =
    signatureFault === null
      ? []
      : [
          `  malformed (${signatureFault.code}): expected ${signatureFault.expected}, found ${signatureFault.found}`,
        ];
  return ["", look.style.bold(head), ...fault, ...signatureLists.flatMap((list) => listLines(list, look))];
}

function listLines(list: SignatureListInspection, look: InspectionLook): string[] {
  const { span, type, signatureCount, signatures } = list;
  const owners = ownersOf(signatures);
  const head = `bytes ${span.start} to ${span.end}: ${type.name ?? type.guid}, ${counted(signatureCount, "entry", "entries")}, owner ${owners.join(", ")}`;
  const rows = signatures.flatMap((signature) =>
    signature.certificate === null ? [] : certificateLines(signature, look),
  );
  const hashes = signatures.filter(({ certificate }) => certificate === null);
  const shown = look.all ? hashes : hashes.slice(0, MAX_HASHES);
  const more = signatureCount - (signatures.length - hashes.length) - shown.length;
  return [
    ...wrap(head, look.columns, 2).map(look.style.cyan),
    ...rows,
    ...shown.map((signature) => hashLine(signature, owners.length > 1, look)),
    ...(more > 0 ? [`    … ${more} more; --all shows them`] : []),
  ];
}

function ownersOf(signatures: readonly SignatureInspection[]): string[] {
  const names = signatures.map(({ owner }) => owner.name ?? owner.guid);
  return [...new Set(names)];
}

function hashLine({ data, owner }: SignatureInspection, withOwner: boolean, { all }: InspectionLook): string {
  const hash = data ?? "";
  return `    ${all ? hash : clip(hash, SHORT_HASH)}${withOwner ? `  ${owner.name ?? owner.guid}` : ""}`;
}

function certificateLines(
  { certificate, owner }: SignatureInspection,
  { style, all, asOf, columns }: InspectionLook,
): string[] {
  if (certificate === null) return [];
  const {
    subject,
    commonName,
    issuer,
    serialNumber,
    notBefore,
    notAfter,
    keyAlgorithm,
    keyBits,
    sha1,
    sha256,
  } = certificate;
  const hash = (text: string): string => (all ? text : clip(text, SHORT_HASH));
  const validity = `${notBefore.slice(0, 10)} to ${notAfter.slice(0, 10)}${notAfter.slice(0, 10) < asOf ? " (expired)" : ""}`;
  const details = [
    `subject ${clip(printable(subject), MAX_TEXT)}`,
    `issuer ${clip(printable(issuer), MAX_TEXT)}`,
    `serial ${serialNumber}, ${keyAlgorithm}${keyBits === null ? "" : ` ${keyBits}`}, ${validity}`,
    `SHA-1 ${hash(sha1)}, SHA-256 ${hash(sha256)}, owner ${owner.name ?? owner.guid}`,
  ];
  return [
    `    ${style.bold(clip(printable(commonName ?? subject), MAX_NAME))}`,
    ...details.flatMap((detail) => wrap(detail, columns, 6)),
  ];
}
