import { describe, expect, test } from "vitest";
import { describeHash, imageNames } from "../../../rules/knowledge/dbx-names.ts";
import { DBX_NAMES_DATA } from "../../../rules/knowledge/dbx-names-data.ts";
import { indexOfHash } from "../../../rules/knowledge/dbx-table.ts";
import { BUILT_IN, hasMicrosoftData, hexBytes, microsoftFile } from "./knowledge-data.ts";

const NAMES = imageNames(DBX_NAMES_DATA);
const IGEL = hexBytes("e14c88dc48339c0555686849a4e3f8986d558e65c4fc863a1a4f1d40478bd47c");
const IGEL_FILE = hexBytes("0c1e0821cef69a0bc2798996c6ce0b60564b2a1a9d67ef89f3059023edab720c");
const DT_RESEARCH = hexBytes("6b4328ebcbe46ed9118ff2d4472de329d70ba83016df7a6f50f8af923883bc54");
const SHARED_BY_ARCHITECTURES = hexBytes("7fddfe06c44dc4302da54577353c18fdbe11b41cb3e6064ec1c116ee102fe080");

test("every hash of the table has the name of an image", () => {
  for (let index = 0; index < BUILT_IN.hashCount; index++) {
    const names = NAMES(index);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name.dateOfAddition).toMatch(/^20\d\d-\d\d-\d\d$/);
  }
  expect(NAMES(BUILT_IN.hashCount)).toEqual([]);
});

test("a hash is described by its image, its releases and its architecture", () => {
  expect(describeHash(BUILT_IN, NAMES, indexOfHash(BUILT_IN, IGEL))).toEqual({
    kind: "authenticode",
    architectures: ["x64"],
    isOptional: false,
    releases: ["2025-10", "2026-06a", "2026-06b"],
    images: [
      {
        fileName: "bootx64.efi",
        company: "IGEL",
        dateOfAddition: "2025-09-02",
        description: "",
        signingAuthority: "Microsoft Corporation UEFI CA 2011",
      },
    ],
  });
});

test("the hash of a file leads to the same image", () => {
  const description = describeHash(BUILT_IN, NAMES, indexOfHash(BUILT_IN, IGEL_FILE));
  expect(description).toMatchObject({ kind: "flat", architectures: [], releases: [] });
  expect(description.images).toEqual(NAMES(indexOfHash(BUILT_IN, IGEL)));
});

test("a reason that a later table lost is kept", () => {
  expect(NAMES(indexOfHash(BUILT_IN, DT_RESEARCH))[0]).toMatchObject({ description: "CVE-2025-3052" });
});

test("one hash may belong to two architectures", () => {
  const index = indexOfHash(BUILT_IN, SHARED_BY_ARCHITECTURES);
  expect(describeHash(BUILT_IN, NAMES, index).architectures).toEqual(["x64", "ia32"]);
});

test("a hash that only an update names is unlisted", () => {
  const table = {
    ...BUILT_IN,
    flat: new Int32Array(0),
    authenticode: { ...BUILT_IN.authenticode, x64: new Int32Array(0) },
  };
  const index = indexOfHash(BUILT_IN, IGEL);
  expect(describeHash(table, () => [], index)).toMatchObject({ kind: "unlisted", images: [] });
});

interface TableImage {
  readonly authenticodeHash: string;
  readonly filename: string;
  readonly companyName: string;
  readonly dateOfAddition: string;
  readonly isOptional?: string;
}

describe.skipIf(!hasMicrosoftData)("Microsoft's newest table", () => {
  test("says what the names say", () => {
    const table = JSON.parse(new TextDecoder().decode(microsoftFile("dbx_info_msft_2026-06.json")));
    for (const [architecture, images] of Object.entries(table.images as Record<string, TableImage[]>)) {
      for (const image of images) {
        const index = indexOfHash(BUILT_IN, hexBytes(image.authenticodeHash));
        const { architectures, isOptional, images: names } = describeHash(BUILT_IN, NAMES, index);
        expect(architectures).toContain(architecture);
        if (architectures.length === 1) expect(isOptional).toBe(image.isOptional === "true");
        const facts = [image.filename.trim(), image.companyName.trim(), image.dateOfAddition];
        expect(names.map((name) => [name.fileName, name.company, name.dateOfAddition])).toContainEqual(facts);
      }
    }
  });
});
