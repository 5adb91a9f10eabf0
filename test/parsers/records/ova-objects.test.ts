import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import type { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { walkObjects, type XmlObject } from "../../../parsers/records/ova-objects.ts";
import { decodeUtf8, encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { type XmlValue, xmlMember } from "../../../parsers/text/xml-rpc.ts";
import { textBytes } from "../../../parsers/text/xml-scanner.ts";
import { makeOvaXml, struct, vmObject, vtpmObject } from "../../builders/ova-xml.ts";

const CLASSES = new Set(["VM"]);

interface Walk {
  readonly objects: XmlObject[];
  readonly error: ParseError | null;
  readonly text: (value: XmlValue | null) => string | null;
}

function walk(document: string | Uint8Array, classes: ReadonlySet<string> = CLASSES): Walk {
  const bytes = typeof document === "string" ? encodeUtf8(document) : document;
  const objects: XmlObject[] = [];
  const error = walkObjects(bytes, classes, (object) => objects.push(object));
  const text = (value: XmlValue | null): string | null =>
    value?.kind === "text" ? decodeUtf8(textBytes(bytes, value.span)) : null;
  return { objects, error, text };
}

/** A document around hand-written objects. */
const around = (objects: string): string =>
  `<value><struct><member><name>objects</name><value><array><data>${objects}</data></array></value></member></struct></value>`;
const object = (snapshot: string, className = "VM"): string =>
  `<value><struct><member><name>class</name><value>${className}</value></member><member><name>id</name><value>Ref:1</value></member><member><name>snapshot</name>${snapshot}</member></struct></value>`;
const record = (members: string): string => `<value><struct>${members}</struct></value>`;
const member = (name: string, value: string): string => `<member><name>${name}</name>${value}</member>`;

const vm = (id: string, name: string) =>
  vmObject(id, { uuid: `uuid-${id}`, name_label: name, NVRAM: { "EFI-variables": "VkFSUw==" } });

describe("walkObjects", () => {
  it("visits the objects of the wanted class in their order and skips the others", () => {
    const document = makeOvaXml([
      { className: "host", id: "Ref:0", snapshot: struct({ uuid: "h" }) },
      vm("Ref:1", "one"),
      vtpmObject("Ref:2", "Ref:1", "secret"),
      vm("Ref:3", "two"),
    ]);
    const { objects, error, text } = walk(document);
    expect(error).toBeNull();
    expect(objects.map(({ className, id }) => [className, id])).toEqual([
      ["VM", "Ref:1"],
      ["VM", "Ref:3"],
    ]);
    expect(text(xmlMember(objects[1]?.snapshot ?? null, "name_label"))).toBe("two");
    expect(walk(document, new Set(["host", "VTPM"])).objects.map(({ id }) => id)).toEqual(["Ref:0", "Ref:2"]);
  });

  it("resolves references and keeps what is none", () => {
    const { objects, text } = walk(
      around(
        object(
          record(member("a", "<value>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;&nbsp;&#x110000;& &amp</value>")),
        ),
      ),
    );
    expect(text(xmlMember(objects[0]?.snapshot ?? null, "a"))).toBe(`<>&"'A😀&nbsp;&#x110000;& &amp`);
  });

  it("takes member names as they stand, since the exporter does not escape them", () => {
    const names = ["a<b", "x&y", "<i>", "</value>", 'tom & jerry < > "', "<value><struct>"];
    const config = struct(Object.fromEntries(names.map((name, i) => [name, `v${i}`])));
    const { objects, error, text } = walk(
      makeOvaXml([{ className: "VM", id: "Ref:0", snapshot: struct({ other_config: config, NVRAM: "n" }) }]),
    );
    expect(error).toBeNull();
    const read = xmlMember(objects[0]?.snapshot ?? null, "other_config");
    expect(names.map((name) => text(xmlMember(read, name)))).toEqual(names.map((_, i) => `v${i}`));
    expect(text(xmlMember(objects[0]?.snapshot ?? null, "NVRAM"))).toBe("n");
  });

  it("gives the place of a text, so that it can be replaced in the document", () => {
    const document = makeOvaXml([vm("Ref:1", "one"), vm("Ref:2", "two")]);
    const { objects } = walk(document);
    const value = xmlMember(xmlMember(objects[1]?.snapshot ?? null, "NVRAM"), "EFI-variables");
    if (value?.kind !== "text") throw new Error("no text");
    expect(decodeUtf8(document.subarray(value.span.start, value.span.end))).toBe("VkFSUw==");
    const spliced = concatBytes([
      document.subarray(0, value.span.start),
      ascii("NEW"),
      document.subarray(value.span.end),
    ]);
    const again = walk(spliced);
    const texts = again.objects.map(({ snapshot }) =>
      again.text(xmlMember(xmlMember(snapshot, "NVRAM"), "EFI-variables")),
    );
    expect(texts).toEqual(["VkFSUw==", "NEW"]);
  });

  it("takes what other producers write: declaration, white space, comments, typed and empty elements", () => {
    const document = `\ufeff<?xml version="1.0"?>\n<!-- made elsewhere -->\n${around(
      `\n ${object(
        `<value>\n<struct>\n${[
          member("s", "<value><string>a&amp;b</string></value>"),
          member("i", " <value> <int>7</int> </value> "),
          member("i8", "<value><i8>8</i8></value>"),
          member("i4", "<value><i4>4</i4></value>"),
          member("b", "<value><boolean>1</boolean></value>"),
          member("nil", "<value><nil/></value>"),
          member("empty", "<value/>"),
          member("emptyString", "<value><string/></value>"),
          member("blank", "<value>  </value>"),
          member("comment", "<value>ab<!-- x -->cd<?p?></value>"),
          member("cdata", "<value><![CDATA[<&>]]>!</value>"),
          member(
            "array",
            "<value><array><data><value>1</value>\n<value><struct/></value></data></array></value>",
          ),
          member("noData", "<value><array></array></value>"),
          member("emptyData", "<value><array><data/></array></value>"),
          "<member><name/><value>unnamed</value></member>",
        ].join("\n")}</struct>\n</value>`,
      )}\n`,
    )}\n`;
    const { objects, error, text } = walk(document);
    expect(error).toBeNull();
    const snapshot = objects[0]?.snapshot ?? null;
    const scalars = [
      "s",
      "i",
      "i8",
      "i4",
      "b",
      "nil",
      "empty",
      "emptyString",
      "blank",
      "comment",
      "cdata",
      "",
    ];
    expect(scalars.map((name) => text(xmlMember(snapshot, name)))).toEqual([
      "a&b",
      "7",
      "8",
      "4",
      "1",
      "",
      "",
      "",
      "  ",
      "abcd",
      "<&>!",
      "unnamed",
    ]);
    expect(xmlMember(snapshot, "array")).toMatchObject({ items: [{ kind: "text" }, { kind: "struct" }] });
    expect(xmlMember(snapshot, "noData")).toMatchObject({ items: [] });
    expect(xmlMember(snapshot, "emptyData")).toMatchObject({ items: [] });
  });

  it("finds the class also where it stands after the snapshot", () => {
    const late = `<value><struct>${member("snapshot", record(member("a", "<value>1</value>")))}${member("class", "<value>VM</value>")}</struct></value>`;
    expect(walk(around(late)).objects).toHaveLength(1);
    expect(walk(around(late), new Set(["VDI"])).objects).toHaveLength(0);
  });

  it("passes over objects without class or without a record", () => {
    const odd = [object("<value>text</value>"), "<value><struct></struct></value>", object(record(""))];
    expect(walk(around(odd.join("")))).toMatchObject({ error: null, objects: [{ id: "Ref:1" }] });
  });
});

describe("walkObjects on broken documents", () => {
  it("gives all objects before a cut, at every byte, and says where it was cut", () => {
    const objects = [1, 2, 3].map((i) => object(record(member("a<", `<value>&amp;${i}</value>`))));
    const whole = encodeUtf8(`<?xml version="1.0"?>${around(objects.join(""))}`);
    const ends = objects.map(
      (_, i) => decodeUtf8(whole).indexOf("</data>") - objects.slice(i + 1).join("").length,
    );
    for (let length = 0; length < whole.length; length++) {
      const { objects: found, error } = walk(whole.subarray(0, length));
      expect(error).toMatchObject({ code: "truncated", offset: length });
      expect(found).toHaveLength(ends.filter((end) => end <= length).length);
    }
    expect(walk(whole).error).toBeNull();
  });

  it("goes on with the next object after a broken one", () => {
    const good = (name: string): string => object(record(member("n", `<value>${name}</value>`)));
    const broken = [
      object(record("<member><name>never closed<value>1</value></member>")),
      object(record(member("n", "<value>text<value>more</value></value>"))),
      object("<value><strange/></value>"),
      object(record("text")),
      "<value>text</value>",
      "text",
      "<member>",
      "<!-- a comment without end",
      "<?alue><struct>",
      "<!alue><struct>",
    ];
    for (const bad of broken) {
      const { objects, error, text } = walk(around(good("one") + bad + good("two") + bad + good("three")));
      expect(error?.code).toBe("bad-structure");
      const names = objects.map(({ snapshot }) => text(xmlMember(snapshot, "n")));
      expect(names).toEqual(["one", "two", "three"]);
    }
  });

  it("finds the objects after a broken beginning", () => {
    const { objects, error } = walk(`<value><struct><x>${object(record(""))}${object(record(""))}`);
    expect(error?.code).toBe("bad-structure");
    expect(objects).toHaveLength(2);
  });

  it("is not misled by a map whose first key is `class`", () => {
    const nested = record(member("class", "<value>VM</value>"));
    const { objects, error } = walk(
      around(object(record(member("other_config", nested)), "VDI") + object(nested)),
    );
    expect(error).toBeNull();
    expect(objects).toHaveLength(1);
  });

  it.each([
    ["<!DOCTYPE value [<!ENTITY a 'b'>]>", 0],
    ["<?xml version='1.0'?> <!DOCTYPE value SYSTEM 'file:///etc/passwd'>", 22],
  ])("refuses the document type declaration of %s", (prolog, offset) => {
    expect(walk(prolog + around(object(record(""))))).toMatchObject({
      objects: [],
      error: { code: "dtd-refused", offset },
    });
  });

  it("refuses a declaration inside a text too", () => {
    const inside = object(record(member("a", "<value>x<!ENTITY y 'z'></value>")));
    expect(walk(around(inside))).toMatchObject({ objects: [], error: { code: "dtd-refused" } });
  });

  it("reports a root without objects", () => {
    expect(walk(record(member("version", "<value>1</value>")))).toMatchObject({
      error: { code: "bad-structure" },
    });
  });
});

describe("the limits of walkObjects", () => {
  const nested = (depth: number): string =>
    "<value><array><data>".repeat(depth - 1) +
    "<value>x</value>" +
    "</data></array></value>".repeat(depth - 1);
  /** The member's value is the fifth that is nested: root, objects, object, snapshot, member. */
  const deep = (total: number): string => around(object(record(member("a", nested(total - 4)))));

  it("takes values as deep as the limit, and no deeper ones", () => {
    expect(walk(deep(PARSER_LIMITS.maxXmlDepth))).toMatchObject({ error: null, objects: [{ id: "Ref:1" }] });
    expect(walk(deep(PARSER_LIMITS.maxXmlDepth + 1))).toMatchObject({
      error: { code: "over-limit" },
      objects: [],
    });
  });

  it("is not brought down by a million nested values, built or skipped", () => {
    const bomb = "<value><array><data>".repeat(1_000_000);
    expect(walk(around(object(bomb))).error?.code).toBe("over-limit");
    expect(walk(around(object(bomb, "VDI"))).error?.code).toBe("over-limit");
    expect(walk(bomb).error?.code).toBe("bad-structure");
  });

  it("takes as many elements in an object as the limit says, and none more", () => {
    const withItems = (count: number): string =>
      object(record(member("a", `<value><array><data>${"<value/>".repeat(count)}</data></array></value>`)));
    const others = withItems(0).match(/<[a-z]/g)?.length ?? 0;
    const elements = (count: number): string => around(withItems(count - others));
    expect(walk(elements(PARSER_LIMITS.maxXmlElementsPerObject)).error).toBeNull();
    const over = walk(elements(PARSER_LIMITS.maxXmlElementsPerObject + 1));
    expect(over.error?.code).toBe("over-limit");
    expect(over.objects).toHaveLength(0);
  });

  it("steps over a million elements of a class that nobody asked for, and goes on", () => {
    const many = record(
      member("a", `<value><array><data>${"<value/>".repeat(1_000_000)}</data></array></value>`),
    );
    const { objects, error } = walk(around(object(many, "VDI") + object(record(""))));
    expect(error).toBeNull();
    expect(objects).toHaveLength(1);
  });

  it("steps over as many broken objects as the limit says, and stops at the next one", () => {
    const good = object(record(""));
    const broken = (count: number): string => around(object("<x>").repeat(count) + good);
    expect(walk(broken(PARSER_LIMITS.maxBrokenObjects)).objects).toHaveLength(1);
    expect(walk(broken(PARSER_LIMITS.maxBrokenObjects + 1)).objects).toHaveLength(0);
  });

  it("stays linear on crafted documents", () => {
    const start = "<value><struct><member><name>class</name>";
    expect(walk(around(start.repeat(100_000))).error).not.toBeNull();
    expect(
      walk(around(`${start}<value>VM</value></member><member><name>`.repeat(50_000))).error,
    ).not.toBeNull();
    expect(walk(around(`${start}<!-- `.repeat(100_000))).error?.code).toBe("bad-structure");
    expect(walk(around(`${start}<?`.repeat(100_000))).error?.code).toBe("bad-structure");
    expect(walk(around(`${start}<value><![CDATA[`.repeat(100_000))).error?.code).toBe("bad-structure");
    expect(walk(around(`${start}<value${" a='b'".repeat(1_000_000)}>`)).error).not.toBeNull();
    expect(walk("<".repeat(1_000_000)).error).not.toBeNull();
    expect(
      walk(around(object(record(member("a", `<value>${"&amp;".repeat(500_000)}</value>`))))).error,
    ).toBeNull();
  });
});
