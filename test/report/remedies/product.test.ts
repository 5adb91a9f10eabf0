import { describe, expect, it } from "vitest";
import type { HostReport } from "../../../report/host.ts";
import { narrowed, productsOf } from "../../../report/remedies/product.ts";
import { ProductsByPlace } from "../../../report/remedies/products-by-place.ts";

function hostWith(installed: string | null, packages: readonly string[] = []): HostReport {
  return {
    varstored: { installed },
    packages: packages.map((name) => ({ name, version: "1.1.4-1.xcpng8.2", arch: null })),
  } as unknown as HostReport;
}

describe("the product of a host by its packages", () => {
  it.each([
    ["1.2.0-3.3.xcpng8.3", "xcp-ng-8.3"],
    ["1.2.0-3.4.xcpng8.3", "xcp-ng-8.3-fixed"],
    ["1.2.0-10.1.xcpng8.3", "xcp-ng-8.3-fixed"],
    ["1.3.1-1.xcpng8.3", "xcp-ng-8.3-fixed"],
    ["1.1.9-9.9.xcpng8.3", "xcp-ng-8.3"],
    ["1.3.1-1.xs8", "xenserver-8"],
    ["1.2.0-3.4", null],
    [null, null],
  ] as const)("with varstored %s is %s", (installed, product) => {
    expect(productsOf({ host: hostWith(installed) })).toEqual(product === null ? null : [product]);
    expect(productsOf({})).toBeNull();
  });

  it("is XCP-ng 8.2 where uefistored is there", () => {
    expect(productsOf({ host: hostWith(null, ["uefistored"]) })).toEqual(["xcp-ng-8.2"]);
  });
});

describe("the products of hosts by what they say of themselves", () => {
  it.each([
    [[["XCP-ng", "8.3.0"]], ["xcp-ng-8.3", "xcp-ng-8.3-fixed"]],
    [[["XCP-ng", "8.2.1"]], ["xcp-ng-8.2"]],
    [[["XenServer", "8.4.0"]], ["xenserver-8"]],
    [
      [
        ["XCP-ng", "8.2.1"],
        ["XCP-ng", "8.3.0"],
      ],
      ["xcp-ng-8.2", "xcp-ng-8.3", "xcp-ng-8.3-fixed"],
    ],
    [[["XenServer", "7.6.0"]], null],
    [[["XCP-ng", "8.30.0"]], null],
    [[["XCP-ng", "9.0"]], null],
    [[["Citrix Hypervisor", "8.2.1"]], null],
    [
      [
        ["XCP-ng", "8.3.0"],
        ["XCP-ng", "9.0"],
      ],
      null,
    ],
    [[], null],
  ] as const)("%j are %j", (pairs, products) => {
    const software = pairs.map(([brand, version]) => ({ brand, version }));
    expect(productsOf({ software })).toEqual(products);
  });

  it("are what both sources leave open, and both where they contradict each other", () => {
    expect(narrowed(["xcp-ng-8.3", "xcp-ng-8.3-fixed"], ["xcp-ng-8.3-fixed"])).toEqual(["xcp-ng-8.3-fixed"]);
    expect(narrowed(null, ["xcp-ng-8.2"])).toEqual(["xcp-ng-8.2"]);
    expect(narrowed(["xcp-ng-8.2"], null)).toEqual(["xcp-ng-8.2"]);
    expect(narrowed(["xcp-ng-8.2"], ["xenserver-8"])).toEqual(["xcp-ng-8.2", "xenserver-8"]);
  });
});

describe("a database beside the list of packages", () => {
  const software = [{ brand: "XCP-ng", version: "8.3.0" }];
  const both = ["xcp-ng-8.3", "xcp-ng-8.3-fixed"];
  const host = hostWith("1.2.0-3.4.xcpng8.3");

  it("of the same archive takes its word, and of another it does not", () => {
    const places = new ProductsByPlace();
    expect(places.of({ path: "a.zip", place: 0, host })).toEqual(["xcp-ng-8.3-fixed"]);
    expect(places.of({ path: "a.zip!x/xapi-db.xml", place: 0, software })).toEqual(["xcp-ng-8.3-fixed"]);
    expect(places.of({ path: "b.zip!x/xapi-db.xml", place: 1, software })).toEqual(both);
  });

  it("of several hosts takes that of its own", () => {
    const places = new ProductsByPlace();
    places.of({ path: "a.zip", place: 0 });
    places.of({ path: "a.zip!one", place: 0, host });
    places.of({ path: "a.zip!two", place: 0, host: hostWith("1.2.0-2.3.xcpng8.3") });
    expect(places.of({ path: "a.zip!one/xapi-db.xml", place: 0, software })).toEqual(["xcp-ng-8.3-fixed"]);
    expect(places.of({ path: "a.zip!two/xapi-db.xml", place: 0, software })).toEqual(["xcp-ng-8.3"]);
    expect(places.of({ path: "a.zip!twofold/xapi-db.xml", place: 0, software })).toEqual(both);
  });

  it("in an unpacked bug report takes its word, and nothing else in a folder does", () => {
    const places = new ProductsByPlace();
    places.of({ path: "d/rpm-qa.out", place: 0, host });
    expect(places.of({ path: "d/xapi-db.xml", place: 1, software })).toEqual(["xcp-ng-8.3-fixed"]);
    expect(places.of({ path: "d/other.xml", place: 2, software })).toEqual(both);
    expect(places.of({ path: "e/xapi-db.xml", place: 3, software })).toEqual(both);
  });
});
