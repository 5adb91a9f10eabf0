/** Every variable of an input decoded, as a part of the page. */
import type {
  BlobInspection,
  SignatureListInspection,
  VariableInspection,
  VmInspection,
} from "../../inspection.ts";
import type { SignatureInspection } from "../../signature-inspection.ts";
import { decodedText } from "../decoded-text.ts";
import { hexDumpLines } from "../hex-dump.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";
import { certificateLines, guidText, signatureText } from "../signature-text.ts";
import { makeStyle } from "../style.ts";
import { vmName } from "../vm-block.ts";
import { grouped } from "./picture.ts";

/** A browser shows no more of them well; the JSON of the command line has all. */
const MAX_VARIABLES = 1024;
const MAX_SIGNATURES = 2000;
const MAX_DUMPED = 4096;
const COLUMNS = 100;

export interface InspectedCopies {
  readonly asOf: string;
  readonly inputs: readonly { readonly path: string; readonly vms: readonly VmInspection[] }[];
}

export function inspectionView({ asOf, inputs }: InspectedCopies): Markup {
  const copies = inputs.flatMap(({ path, vms }) => vms.map((vm) => copyView(path, vm, asOf)));
  return markup`<h3>All variables, decoded</h3>\n${copies.length === 0 ? markup`<p>There is no NVRAM in it.</p>` : copies}`;
}

function copyView(path: string, vm: VmInspection, asOf: string): Markup {
  const blob = vm.nvram?.blob ?? null;
  const copy = vm.source === "NVRAM" ? "" : ` (${vm.source})`;
  const state = vm.nvram === null ? "there is no NVRAM" : `the NVRAM is ${vm.nvram.state}`;
  return markup`<h4>${vmName(path, vm)}${copy}</h4>\n${blob === null ? markup`<p>Nothing can be decoded: ${state}.</p>` : blobView(blob, asOf)}`;
}

function blobView({ bytes, sha256, variableCount, variables, stop }: BlobInspection, asOf: string): Markup {
  const shown = variables.slice(0, MAX_VARIABLES);
  const more = variableCount - shown.length;
  const size = bytes === null ? "" : `${grouped(bytes)} bytes, SHA-256 ${sha256 ?? ""}; `;
  const stopped =
    stop === null
      ? NOTHING
      : markup`<p class="bad">Reading stopped at byte ${stop.offset} (${stop.code}): expected ${stop.expected}, found ${stop.found}.</p>`;
  return markup`<p class="dim any">${size}${variableCount === 1 ? "1 variable" : `${grouped(variableCount)} variables`}</p>${stopped}
${shown.map((variable) => variableView(variable, asOf))}${more > 0 ? markup`<p class="dim">And ${grouped(more)} more; the JSON of <code>varscope inspect</code> has them.</p>` : NOTHING}`;
}

function variableView(variable: VariableInspection, asOf: string): Markup {
  const { name, guid, guidName, bytes, timestamp, attributeNames, sha256, dataSpan } = variable;
  const { decoded, signatureLists } = variable;
  const facts = [
    `GUID ${guid ?? "not known"}${guidName === null ? "" : ` (${guidName})`}`,
    ...(attributeNames.length === 0 ? [] : [`attributes ${attributeNames.join(", ")}`]),
    ...(timestamp === null ? [] : [`written ${timestamp}`]),
    `data at bytes ${dataSpan.start} to ${dataSpan.end}, SHA-256 ${sha256}`,
  ];
  return markup`<details><summary><b>${name}</b> <span class="dim">${grouped(bytes)} bytes${decoded === null ? "" : `, ${decodedText(decoded)}`}${listsText(signatureLists)}</span></summary><div>
${facts.map((fact) => markup`<p class="dim any">${fact}</p>`)}${dataView(variable, asOf)}</div></details>
`;
}

/** How much stands in a variable of signatures. */
function listsText(lists: VariableInspection["signatureLists"]): string {
  if (lists === null) return "";
  const count = lists.reduce((sum, { signatureCount }) => sum + signatureCount, 0);
  return `, ${count === 1 ? "1 entry" : `${grouped(count)} entries`} in ${lists.length === 1 ? "1 list" : `${grouped(lists.length)} lists`}`;
}

function dataView(
  { secret, signatureLists, signatureFault, data }: VariableInspection,
  asOf: string,
): Markup {
  if (secret) return markup`<p>Not shown: a password, or what tells it.</p>`;
  if (signatureLists === null) return dumpView(data ?? "");
  const fault =
    signatureFault === null
      ? NOTHING
      : markup`<p class="bad">Malformed (${signatureFault.code}): expected ${signatureFault.expected}, found ${signatureFault.found}.</p>`;
  return markup`${fault}${signatureLists.map((list) => listView(list, asOf))}`;
}

function listView({ span, type, signatureCount, signatures }: SignatureListInspection, asOf: string): Markup {
  const shown = signatures.slice(0, MAX_SIGNATURES);
  const more = signatureCount - shown.length;
  return markup`<p>${type.name ?? type.guid}, ${grouped(signatureCount)} at bytes ${span.start} to ${span.end}</p>
<pre tabindex="0">${shown.flatMap((signature) => signatureLines(signature, asOf).map((line) => markup`${line}\n`))}${more > 0 ? markup`and ${grouped(more)} more\n` : NOTHING}</pre>
`;
}

function signatureLines(signature: SignatureInspection, asOf: string): string[] {
  const look = { style: makeStyle(false), columns: COLUMNS, all: true, asOf };
  const { certificate, owner } = signature;
  if (certificate === null) return [`${signatureText(signature, look)}  ${guidText(owner)}`];
  return certificateLines(certificate, owner, look).map((line) => line.slice(4));
}

function dumpView(hex: string): Markup {
  const bytes = Uint8Array.from({ length: Math.min(hex.length / 2, MAX_DUMPED) }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
  const more = hex.length / 2 - bytes.length;
  if (bytes.length === 0) return NOTHING;
  return markup`<pre class="hex" tabindex="0">${hexDumpLines(bytes, 0, MAX_DUMPED).map((line) => markup`${line}\n`)}${more > 0 ? markup`and ${grouped(more)} more bytes\n` : NOTHING}</pre>\n`;
}
