import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { nvramJson } from "../../../parsers/formats/nvram-json.ts";
import { ovaXml } from "../../../parsers/formats/ova-xml.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import type { Dump } from "../../../parsers/model.ts";
import { jsonPlaces, jsonText } from "../../../parsers/text/json-places.ts";
import { literalText, placedWriter, spanOf, valueInMap, xmlText } from "../../../parsers/text/placed-text.ts";
import { applySplices } from "../../../parsers/text/splice.ts";
import { decodeUtf8, encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { isWrittenBack, replaceTexts } from "../../../parsers/write-back/index.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { makeOvaXml, sexprMap, snapshotMetadata, vmObject } from "../../builders/ova-xml.ts";

const OLD = Buffer.from(healthyBlob()).toString("base64");
const text = fc.string({ unit: "grapheme", maxLength: 12 });

/** A VM with both copies, and texts all around them that need every kind of escape. */
const vm = fc.record({ name: text, key: text, value: text, control: fc.boolean() });

const NEW = ascii("VkFSbmV3");

function differsOnlyWithin(before: Uint8Array, dump: Dump, copies: readonly number[]): string {
  const edits = replaceTexts(before, dump, new Map(copies.map((copy) => [copy, NEW])));
  expect(edits).toHaveLength(copies.length);
  for (const { start, end } of edits) expect(decodeUtf8(before.subarray(start, end))).toBe(OLD);
  const after = applySplices(before, edits);
  expect(after.length).toBe(before.length - copies.length * (OLD.length - NEW.length));
  return decodeUtf8(after);
}

describe("a document with new texts", () => {
  it("is another ova.xml only within the base64 of the copies that were named", () => {
    fc.assert(
      fc.property(fc.array(vm, { minLength: 1, maxLength: 3 }), fc.nat(), (vms, choice) => {
        const before = makeOvaXml(
          vms.map(({ name, key, value, control }, i) => {
            const NVRAM = { [`k${value}`]: key, "EFI-variables": OLD };
            const snapshot_metadata = snapshotMetadata({ uuid: "u", name_label: name, NVRAM });
            const fields = { uuid: `u${i}`, name_label: name, is_control_domain: control, snapshot_metadata };
            return vmObject(`Ref:${i}`, { ...fields, NVRAM: { "EFI-variables": OLD } });
          }),
        );
        const dump = ovaXml.open(before, nodePlatform);
        fc.pre(dump.error === null && dump.vms.length > 0);
        const copy = choice % dump.vms.length;
        const after = ovaXml.open(encodeUtf8(differsOnlyWithin(before, dump, [copy])), nodePlatform);
        const texts = after.vms.map(({ nvram }) => decodeUtf8(nvram?.base64?.text ?? new Uint8Array(0)));
        expect(texts).toEqual(dump.vms.map((_, i) => (i === copy ? decodeUtf8(NEW) : OLD)));
      }),
      { numRuns: 60 },
    );
  });

  it("is other JSON only within the base64 of the copies that were named", () => {
    fc.assert(
      fc.property(
        fc.array(vm, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(0, 1, 3),
        fc.nat(),
        (vms, indent, choice) => {
          const records = vms.map(({ name, key, value, control }) => ({
            [key]: value,
            7: [1, null, { x: -1.5e3 }],
            is_control_domain: control,
            name_label: name,
            NVRAM: { [`k${value}`]: key, "EFI-variables": OLD },
            snapshot_metadata: snapshotMetadata({
              uuid: "u",
              name_label: name,
              NVRAM: { "EFI-variables": OLD },
            }),
          }));
          const before = encodeUtf8(JSON.stringify({ zz: records, "3": records[0] }, null, indent));
          const dump = nvramJson.open(before, nodePlatform);
          fc.pre(dump.vms.length > 0);
          const copy = choice % dump.vms.length;
          const after = nvramJson.open(encodeUtf8(differsOnlyWithin(before, dump, [copy])), nodePlatform);
          const texts = after.vms.map(({ nvram }) => decodeUtf8(nvram?.base64?.text ?? new Uint8Array(0)));
          expect(texts).toEqual(dump.vms.map((_, i) => (i === copy ? decodeUtf8(NEW) : OLD)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is refused where the place of a copy cannot be told", () => {
    const before = makeOvaXml([
      vmObject("Ref:1", { uuid: "u", name_label: "", NVRAM: { "EFI-variables": OLD } }),
    ]);
    const dump = ovaXml.open(before, nodePlatform);
    const other = makeOvaXml([
      vmObject("Ref:1", { uuid: "u", name_label: "", NVRAM: { "EFI-variables": "x" } }),
    ]);
    expect(() => replaceTexts(other, dump, new Map([[0, NEW]]))).toThrow(ParseError);
    expect(isWrittenBack("vars")).toBe(false);
    expect(() => replaceTexts(other, { ...dump, format: "vars" }, new Map())).toThrow(TypeError);
  });
});

describe("the place of a text", () => {
  it("is found through references, comments and sections of XML", () => {
    const document = encodeUtf8("<v>a&amp;&#x41;<!-- - --><![CDATA[<b>]]>&unknown;ß</v>");
    const placed = xmlText(document, { start: 3, end: document.length - 4 });
    expect(decodeUtf8(placed!.bytes)).toBe("a&A<b>&unknown;ß");
    const at = placed!.bytes.indexOf("A".charCodeAt(0));
    expect(decodeUtf8(document.subarray(placed!.places[at], placed!.places[at]! + 6))).toBe("&#x41;");
    expect(spanOf(placed!)).toEqual({ start: 3, end: document.length - 4 });
  });

  it("is found through two layers of s-expressions", () => {
    fc.assert(
      fc.property(text, text, (key, value) => {
        const name = `n${key}`;
        const document = encodeUtf8(sexprMap({ other: key, NVRAM: sexprMap({ x: value, [name]: value }) }));
        const whole = literalText(document, { start: 0, end: document.length });
        const nvram = valueInMap(whole, "NVRAM");
        // One character a byte: names are compared as bytes of UTF-8.
        const found = valueInMap(nvram, String.fromCharCode(...encodeUtf8(name)));
        expect(decodeUtf8(found!.bytes)).toBe(decodeUtf8(encodeUtf8(value)));
      }),
    );
    expect(valueInMap(null, "x")).toBeNull();
    expect(valueInMap(literalText(ascii("(('a' 'b'))"), { start: 0, end: 11 }), "x")).toBeNull();
  });

  it("is found in any JSON that JSON.parse takes", () => {
    fc.assert(
      fc.property(fc.json(), fc.array(text, { maxLength: 3 }), (json, strings) => {
        const document = encodeUtf8(`{"a": ${json}, "b": ${JSON.stringify(strings)}}`);
        const places = jsonPlaces(document, () => true);
        const b = places?.kind === "object" ? places.members.get("b") : null;
        const items = b?.kind === "array" ? [...b.items.values()] : [];
        const read = items.map((item) => (item?.kind === "string" ? jsonText(document, item.span) : null));
        expect(read.map((placed) => decodeUtf8(placed!.bytes))).toEqual(
          strings.map((string) => decodeUtf8(encodeUtf8(string))),
        );
      }),
    );
    const escapes = ascii(`["\\ud83d\\ude00\\u00e9\\n\\ud83dx"]`);
    expect(decodeUtf8(jsonText(escapes, { start: 2, end: escapes.length - 2 })!.bytes)).toBe("😀é\n\ufffdx");
  });

  it("is looked for up to a limit", () => {
    const { maxPlacedTextBytes } = PARSER_LIMITS;
    expect(placedWriter({ start: 0, end: maxPlacedTextBytes })).not.toBeNull();
    expect(placedWriter({ start: 0, end: maxPlacedTextBytes + 1 })).toBeNull();
    const document = new Uint8Array(maxPlacedTextBytes + 1);
    expect(literalText(document, { start: 0, end: document.length })).toBeNull();
  });
});
