/** Steps are those of the product that the input tells: its header, its hosts' rows, or the packages beside them. */
import { describe, expect, it } from "vitest";
import type { Report } from "../../library/api/types.ts";
import { analyze } from "../../platform/node/index.ts";
import { bootVariables, makeBlob } from "../builders/blob.ts";
import { packageList, REPORT_NAME, text } from "../builders/bug-report.ts";
import { base64 } from "../builders/certificates.ts";
import { makeOvaXml, vmObject } from "../builders/ova-xml.ts";
import { hostRow, makeDatabase, vmRow } from "../builders/xapi-db.ts";
import { makeZip } from "../builders/zip.ts";

/** Secure Boot is asked for, and there is no PK: every product has steps of its own for it. */
const SETUP_MODE = {
  uuid: "00000000-0000-4000-8000-000000000601",
  name_label: "vm 1",
  platform: { secureboot: "true" },
  NVRAM: { "EFI-variables": base64(makeBlob(bootVariables())) },
};

function exportOf(brand: string, version: string): Uint8Array {
  const header = { product_brand: brand, product_version: version };
  return makeOvaXml([vmObject("Ref:1", SETUP_MODE)], header);
}

function databaseOf(...hosts: readonly (readonly [string, string])[]): Uint8Array {
  return makeDatabase({ VM: [vmRow(SETUP_MODE)], host: hosts.map((software) => hostRow("", software)) });
}

async function productsTold(name: string, data: Uint8Array): Promise<string[]> {
  const report: Report = await analyze({ name, data }, { asOf: "2026-09-01" });
  const { nextSteps = [] } = report;
  expect(nextSteps.length).toBeGreaterThan(0);
  return nextSteps.map(({ product }) => product).sort();
}

const OPEN_8_3 = ["xcp-ng-8.3", "xcp-ng-8.3-fixed"];
const ALL = ["xcp-ng-8.2", ...OPEN_8_3, "xenserver-8"];

describe("an export", () => {
  it.each([
    ["XCP-ng", "8.2.1", ["xcp-ng-8.2"]],
    ["XCP-ng", "8.3.0", OPEN_8_3],
    ["XenServer", "8.4.0", ["xenserver-8"]],
    ["Citrix Hypervisor", "8.2.1", ALL],
  ])("of %s %s gets steps for %j", async (brand, version, products) => {
    expect(await productsTold("ova.xml", exportOf(brand, version))).toEqual(products);
  });
});

describe("a database", () => {
  it("gets the steps of its hosts, and of both where they differ", async () => {
    expect(await productsTold("state.db", databaseOf(["XenServer", "8.4.0"]))).toEqual(["xenserver-8"]);
    expect(await productsTold("state.db", databaseOf(["XCP-ng", "8.2.1"], ["XCP-ng", "8.3.0"]))).toEqual([
      "xcp-ng-8.2",
      ...OPEN_8_3,
    ]);
  });

  it.each([
    ["1.2.0-3.4", "xcp-ng-8.3-fixed"],
    ["1.2.0-2.3", "xcp-ng-8.3"],
  ])("in a bug report with varstored %s gets those for that release alone", async (release, product) => {
    const files: readonly (readonly [string, Uint8Array])[] = [
      ["inventory.xml", text("<inventory/>")],
      ["rpm-qa.out", packageList(`varstored-${release}.xcpng8.3.x86_64`)],
      ["xapi-db.xml", databaseOf(["XCP-ng", "8.3.0"])],
    ];
    const members = files.map(([name, data]) => ({ name: `${REPORT_NAME}/${name}`, bytes: data }));
    const report: Report = await analyze(
      { name: "report.zip", data: makeZip(members) },
      { asOf: "2026-09-01" },
    );
    const { inputs, nextSteps = [] } = report;
    const ofVm = nextSteps.filter((one) => one.for.some(({ vm }) => vm !== null));
    expect(inputs.some(({ vms }) => vms.length === 1)).toBe(true);
    expect(ofVm.map((one) => one.product)).toEqual([product]);
  });
});
