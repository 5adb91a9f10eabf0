/** What differs between two copies of an NVRAM, as a part of the page. */
import { formatEfiTime } from "../../../parsers/efi/time.ts";
import { attributeNames } from "../../attribute-names.ts";
import type { ChangedReport, DiffReport, DiffSide, DiffSignature } from "../../difference.ts";
import type { VariableReport } from "../../vm.ts";
import { decodedText } from "../decoded-text.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";
import { guidText, signatureText } from "../signature-text.ts";
import { makeStyle } from "../style.ts";
import { vmName } from "../vm-block.ts";
import { grouped } from "./picture.ts";

const MAX_ENTRIES = 200;
const MAX_VARIABLES = 1024;

export function differenceView(report: DiffReport, asOf: string): Markup {
  const { a, b, isSame, fields, onlyInA, onlyInB, notHeldByA, notHeldByB, changed, unchanged } = report;
  const verdict = isSame
    ? "They are the same, but for the order of their variables at most."
    : `From A to B: ${onlyInB.length} variables added, ${onlyInA.length} removed, ${changed.length} changed, ${unchanged} the same.`;
  return markup`<h3>What differs</h3>
<ul class="plain any"><li><b>A</b> ${sideText(a)}</li><li><b>B</b> ${sideText(b)}</li></ul>
<p><b>${verdict}</b></p>
${fields.length === 0 ? NOTHING : markup`<ul>${fields.map(({ field, a: from, b: to }) => markup`<li>header, ${field}: ${from ?? "none"} \u2192 ${to ?? "none"}</li>`)}</ul>`}
${variableList("Only in A", onlyInA)}${variableList("Only in B", onlyInB)}${variableList("In A, where B cannot hold it or does not tell of it: no difference", notHeldByB)}${variableList("In B, where A cannot hold it or does not tell of it: no difference", notHeldByA)}
${changed.slice(0, MAX_VARIABLES).map((one) => changedView(one, asOf))}`;
}

function sideText({ path, vm, source, variableCount, sha256 }: DiffSide): string {
  const name = vmName(path, vm);
  const facts = [
    name,
    name === path ? "" : path,
    source,
    `${grouped(variableCount)} variables`,
    sha256 === null ? "" : `SHA-256 ${sha256}`,
  ];
  return facts.filter((fact) => fact !== "").join(", ");
}

function variableList(heading: string, variables: readonly VariableReport[]): Markup {
  if (variables.length === 0) return NOTHING;
  const items = variables
    .slice(0, MAX_VARIABLES)
    .map(
      ({ name, guid, bytes }) =>
        markup`<li>${name} <span class="dim">${guid ?? ""}, ${grouped(bytes)} bytes</span></li>`,
    );
  return markup`<h4>${heading}</h4><ul>${items}</ul>\n`;
}

function changedView({ variable, fields, data }: ChangedReport, asOf: string): Markup {
  const told = fields.map(
    ({ field, a, b }) => markup`<li>${field}: ${valueText(field, a)} \u2192 ${valueText(field, b)}</li>`,
  );
  return markup`<h4>Changed: ${variable.name}</h4><ul>${told}${data === null ? NOTHING : dataView(data, asOf)}</ul>\n`;
}

function dataView(
  { a, b, firstDifference, signatures }: NonNullable<ChangedReport["data"]>,
  asOf: string,
): Markup {
  const size =
    a.bytes === b.bytes
      ? `${grouped(a.bytes)} bytes in both`
      : `${grouped(a.bytes)} \u2192 ${grouped(b.bytes)} bytes`;
  const head = markup`<li>data: ${size}, the first difference at byte ${firstDifference}</li>`;
  if (signatures === null) {
    const side = (letter: string, { decoded, excerpt }: typeof a): Markup =>
      markup`<li>${letter}: ${decoded === null ? "" : `${decodedText(decoded)}, `}<span class="mono any">${excerpt}</span></li>`;
    return markup`${head}${side("A", a)}${side("B", b)}`;
  }
  const { kept, added, removed, moved } = signatures;
  return markup`${head}<li>signatures: ${grouped(kept)} in both</li>${entries("added", added, asOf)}${entries("removed", removed, asOf)}${entries("with another owner", moved, asOf)}`;
}

function entries(word: string, signatures: readonly DiffSignature[], asOf: string): Markup {
  if (signatures.length === 0) return NOTHING;
  const look = { style: makeStyle(false), columns: 100, all: true, asOf };
  const shown = signatures.slice(0, MAX_ENTRIES);
  const more = signatures.length - shown.length;
  return markup`<li><details><summary>${grouped(signatures.length)} ${word}</summary><div><pre tabindex="0">${shown.map((one) => markup`${signatureText(one, look)}  ${guidText(one.owner)}\n`)}${more > 0 ? markup`and ${grouped(more)} more\n` : NOTHING}</pre></div></details></li>`;
}

function valueText(field: string, value: string | null): string {
  if (value === null) return "none";
  if (field === "attributes") return attributeNames(Number(value), "name").join(", ") || "none";
  if (field !== "timestamp") return value;
  return formatEfiTime(bytesOf(value)) ?? "none";
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
