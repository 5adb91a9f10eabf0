import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { ovaXml } from "../../../parsers/formats/ova-xml.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import type { HostSoftware } from "../../../parsers/model.ts";
import { HostSoftwareList } from "../../../parsers/records/host-software.ts";
import { databaseReader } from "../../../parsers/xapi-db/database-reader.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { makeOvaXml } from "../../builders/ova-xml.ts";
import { hostRow, makeDatabase } from "../../builders/xapi-db.ts";

const XCP = { brand: "XCP-ng", version: "8.3.0" };

function ofExport(bytes: Uint8Array): readonly HostSoftware[] | undefined {
  return ovaXml.open(bytes, nodePlatform).software;
}

describe("the header of an export", () => {
  it("tells brand and version", () => {
    expect(ofExport(makeOvaXml([]))).toEqual([XCP]);
    const marked = Uint8Array.of(0xef, 0xbb, 0xbf, ...makeOvaXml([]));
    expect(ofExport(marked)).toEqual([XCP]);
  });

  it.each([
    ["no brand", { product_brand: "" }],
    ["no version", { product_version: "" }],
    ["words that no inventory has", { product_brand: "x".repeat(65) }],
    ["the day that Xen Orchestra writes", { date: "2022-01-01" }],
  ])("with %s tells nothing", (_, header) => {
    expect(ofExport(makeOvaXml([], header))).toBeUndefined();
  });

  it("that is no struct tells nothing", () => {
    for (const text of [
      "",
      "<value>",
      "<value><struct><member><name>version</name><value>8.3</value></member>",
    ])
      expect(ofExport(ascii(text))).toBeUndefined();
  });
});

describe("the rows of a database", () => {
  const read = (
    rows: readonly (readonly [string, string] | null)[],
    cut = 0,
  ): readonly HostSoftware[] | undefined => {
    const bytes = makeDatabase({ host: rows.map((software) => hostRow("AAAA", software)) });
    const reader = databaseReader(nodePlatform, () => {});
    reader.feed(bytes.subarray(0, bytes.length - cut));
    if (cut > 0) reader.stop?.();
    else reader.end();
    return reader.rest().software;
  };

  it("tell those of all hosts, each once", () => {
    expect(read([["XCP-ng", "8.3.0"]])).toEqual([XCP]);
    expect(
      read([
        ["XCP-ng", "8.3.0"],
        ["XCP-ng", "8.3.0"],
        ["XCP-ng", "8.2.1"],
      ]),
    ).toEqual([XCP, { brand: "XCP-ng", version: "8.2.1" }]);
  });

  it("tell nothing where one of them does not, or where the database is cut", () => {
    expect(read([["XCP-ng", "8.3.0"], null])).toBeUndefined();
    expect(read([["XCP-ng", "8.3.0"]], 5)).toBeUndefined();
  });
});

describe("a list of hosts", () => {
  it("holds so many versions, and with one more it is open", () => {
    const list = new HostSoftwareList();
    for (let i = 0; i < PARSER_LIMITS.maxHostSoftware; i++) list.add({ brand: "XCP-ng", version: `8.${i}` });
    expect(list.all).toHaveLength(PARSER_LIMITS.maxHostSoftware);
    list.add(XCP);
    list.add({ brand: "XCP-ng", version: "one more" });
    expect(list.all).toEqual([]);
  });
});
