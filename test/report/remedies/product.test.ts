import { describe, expect, it } from "vitest";
import type { HostReport } from "../../../report/host.ts";
import { productOf } from "../../../report/remedies/product.ts";

describe("the product of a host", () => {
  it.each([
    ["1.2.0-3.3.xcpng8.3", "xcp-ng-8.3"],
    ["1.2.0-3.4.xcpng8.3", "xcp-ng-8.3-fixed"],
    ["1.2.0-10.1.xcpng8.3", "xcp-ng-8.3-fixed"],
    ["1.3.1-1.xcpng8.3", "xcp-ng-8.3-fixed"],
    ["1.1.9-9.9.xcpng8.3", "xcp-ng-8.3"],
    ["1.2.0-3.4", null],
    [null, null],
  ])("with varstored %s is %s", (installed, product) => {
    const host = { varstored: { installed } } as HostReport;
    expect(productOf({ host })).toBe(product);
    expect(productOf({})).toBeNull();
  });
});
