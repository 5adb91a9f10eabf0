/** An NVRAM whose text was changed between host and file is read as what it was. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { FORMATS, formatAtOnce } from "../../../parsers/formats/index.ts";
import { nvramText } from "../../../parsers/formats/nvram-text.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import type { VmSource } from "../../../parsers/model.ts";
import { asSent } from "../../../parsers/text/changed-on-the-way.ts";
import { encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { Replacements } from "../../../parsers/write-back/replacements.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { withLimit } from "../../builders/limits.ts";

const BLOB = healthyBlob();
const TEXT = Buffer.from(BLOB).toString("base64");
const UUID_B = "3f2a9c10-7b4e-4d2c-8a61-5e0c9d1b7a02";
const UUID = "3f2a9c10-7b4e-4d2c-8a61-5e0c9d1b7a01";
const RECORD = `uuid ( RO)          : ${UUID}\n     name-label ( RW): web01\n          NVRAM (MRW): EFI-variables: ${TEXT}\n\n`;
const hex = Buffer.from(BLOB).toString("hex");
const bytes = hex.match(/../g) ?? [];
const every76 = (text: string, between: string): string => (text.match(/.{1,76}/g) ?? []).join(between);
const quotedPrintable = (text: string): string =>
  (text.replaceAll("=", "=3D").match(/[^\n]{1,72}|\n/g) ?? [])
    .map((part) => (part.length === 72 ? `${part}=\n` : part))
    .join("");

function read(text: string): readonly VmSource[] {
  const input = encodeUtf8(text);
  const head = input.subarray(0, 65_536);
  const format = formatAtOnce(head) ?? FORMATS.find(({ probe }) => probe(head));
  return format?.open(input, nodePlatform).vms ?? [];
}

describe("what was changed on its way", () => {
  it.each([
    [
      "escaped for HTML",
      RECORD.replaceAll("/", "&#x2F;").replaceAll("+", "&#43;").replaceAll("=", "&#61;"),
      UUID,
    ],
    [
      "escaped for HTML, elements too",
      `&lt;pre&gt;${RECORD.replaceAll("/", "&#x2F;").replaceAll("+", "&#43;")}&lt;/pre&gt;`,
      UUID,
    ],
    ["escaped for a URL", encodeURIComponent(TEXT), null],
    ["quoted-printable without its headers", quotedPrintable(RECORD), UUID],
    ["with soft hyphens", every76(TEXT, "\u00ad"), null],
    ["with spaces of no width", every76(TEXT, "\u200b"), null],
    ["with spaces that do not break", RECORD.replaceAll(" ", "\u00a0"), UUID],
    ["with typeset quotation marks", `“EFI-variables”: “${TEXT}”`, null],
    ["as one line of digits", hex.toUpperCase(), null],
    ["as \\x escapes", bytes.map((byte) => `\\x${byte}`).join(""), null],
    ["as an array of C", `{ ${bytes.map((byte) => `0x${byte.toUpperCase()}`).join(", ")} }`, null],
    ["with colons", bytes.join(":"), null],
    ["with 0x before it", `0x${hex}`, null],
    ["as decimal numbers", [...BLOB].join(", "), null],
    [
      "as decimal numbers below a prompt",
      `PS C:\\> [IO.File]::ReadAllBytes("a")\n${[...BLOB].join("\n")}`,
      null,
    ],
    ["as an array of JSON", JSON.stringify([...BLOB]), null],
    ["as a buffer of Node", JSON.stringify(Buffer.from(BLOB)), null],
    ["as decimal numbers of its base64", [...ascii(TEXT)].join(" "), null],
    ["as a data URI", `data:application/octet-stream;name="a.vars";base64,${TEXT}`, null],
    ["as a data URI, escaped", `see data:;base64,${encodeURIComponent(TEXT)} there`, null],
    ["as a link of a page", `<a href="data:text/plain;base64,${TEXT}">nvram</a>`, null],
    ["as YAML of several lines", `vm:\n  EFI-variables: |\n    ${every76(TEXT, "\n    ")}\n  a: b\n`, null],
    ["as folded YAML", `vm:\n  EFI-variables: >-\n    ${every76(TEXT, "\n    ")}\n`, null],
    ["as YAML under another key", `kind: Secret\ndata:\n  nvram: "${TEXT}"\n`, null],
    ["as binary YAML", `data: !!binary |\n  ${every76(TEXT, "\n  ")}\n`, null],
    ["as a page", `<pre>\n${RECORD.replaceAll("+", "&#43;")}</pre>`, UUID],
  ])("is read: %s", (_title, text, uuid) => {
    const vms = read(text);
    expect(vms).toHaveLength(1);
    expect(vms[0]?.uuid ?? null).toBe(uuid);
    expect(Buffer.from(vms[0]?.nvram?.bytes ?? []).equals(Buffer.from(BLOB))).toBe(true);
  });

  it.each(["a <pre> b <p> c <br> d", "<p>", "web<br>"])("keeps a name as it was: %s", (name) => {
    const escaped = RECORD.replace("web01", name)
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll("+", "&#43;");
    for (const text of [escaped, `&lt;pre&gt;\n${escaped}&lt;/pre&gt;`, `<div>${escaped}</div>`])
      expect(read(text).map(({ uuid, nameLabel }) => [uuid, nameLabel])).toEqual([[UUID, name]]);
  });

  it("may be a later NVRAM alone, also behind what tells the format", () => {
    const escaped = RECORD.replace(UUID, UUID_B).replaceAll("+", "&#43;");
    for (const between of ["", `${"-".repeat(100)}\n`.repeat(800)]) {
      const text = `${RECORD}${between}${escaped}`;
      expect(read(text).map(({ uuid, nvram }) => [uuid, nvram?.bytes?.length])).toEqual([
        [UUID, BLOB.length],
        [UUID_B, BLOB.length],
      ]);
      const replacements = new Replacements(read(text), new Map([[0, ascii(TEXT)]]));
      expect(() => nvramText.writeBack?.(encodeUtf8(text), replacements)).toThrow("--emit efivars");
    }
  });

  it.each([
    ["base64 as it is", TEXT],
    ["other numbers", "86, 65, 82, 83, 999"],
    ["numbers among words", "86 65 82 83 is VARS"],
    ["a data URI of something else", `data:image/png;base64,${TEXT.replace("VkFS", "iVBO")}`],
    ["YAML as nvram-text reads it", `vm:\n  EFI-variables: ${TEXT}\n`],
    ["YAML of other lines", "text: |\n  hello\n  VkFS\n"],
    ["wrapped base64", every76(TEXT, "\n")],
    ["a record", RECORD],
    ["a name with such signs", RECORD.replace("web01", "a\u200bb &#43; %2B “x”\u00a0=\n=\n")],
    ["a dump of xxd -p", `${(hex.match(/.{1,60}/g) ?? []).join("\n")}\n`],
    ["other bytes", "0x12, 0x34"],
    ["the magic and words", "56 41 52 53 is VARS"],
  ])("near miss: %s", (_title, text) => expect(asSent(text)).toBeNull());

  it("throws for nothing, and takes no time that grows with the square of its length", () => {
    const parts = [
      "VkFS",
      "VkFSAAAAAAAAA",
      "=\n",
      "&#43;",
      "&#43",
      "%2B",
      "\\x56\\x41\\x52\\x53",
      "0x",
      "\u200b",
      "<a ",
      ":",
      "86, 65, 82, 83, ",
      "data:;base64,VkFS",
      "a: |\n VkFS\n",
      "&lt;p&gt;",
      "VkFSAAAAAAAAAAAAAAAA&#43;&lt;br&gt;AAAA\n",
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...parts), { maxLength: 60 }),
        (some) => void asSent(some.join("")),
      ),
    );
    // What takes the square of its length never ends.
    for (const part of parts)
      expect(() => asSent(part.repeat(Math.floor(4_000_000 / part.length)))).not.toThrow();
    // Nor does it behind an NVRAM that was escaped, so that the whole text is one of a page.
    const escaped = `${TEXT.replaceAll("+", "&#43;")}\n`;
    for (const part of parts) {
      const many = part.repeat(
        Math.floor((PARSER_LIMITS.maxChangedTextBytes - escaped.length) / part.length) - 1,
      );
      for (const text of [`${escaped}${many}x`, `${escaped}x${many}`]) expect(asSent(text)).not.toBeNull();
    }
  });

  it("keeps of a page what was escaped to be text, and no element", () => {
    const page = `<pre>name: &lt;prod&gt; web</pre>\n${TEXT.replaceAll("+", "&#43;")}`;
    expect(TEXT).toContain("+");
    expect(asSent(page)).toBe(`name: <prod> web\n${TEXT}`);
  });

  it("is looked for in texts up to a limit", async () => {
    const text = TEXT.replaceAll("+", "&#43;");
    expect(await withLimit("maxChangedTextBytes", text.length, () => asSent(text))).toBe(TEXT);
    expect(await withLimit("maxChangedTextBytes", text.length - 1, () => asSent(text))).toBeNull();
  });
});
