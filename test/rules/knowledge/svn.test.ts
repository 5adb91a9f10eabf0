import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { guidNamed, MICROSOFT_OWNER } from "../../../parsers/guids.ts";
import {
  compareSvn,
  decodeSvn,
  formatSvn,
  highestSvns,
  isAboveKnownSvns,
  SVN_HISTORY,
  SVN_OWNER,
  type Svn,
  svnOfEntry,
} from "../../../rules/knowledge/svn.ts";
import { BUILT_IN, hasMicrosoftData, hexBytes, microsoftFile } from "./knowledge-data.ts";

const BOOTMGR_9 = "01612b139dd5598843ab1c185c3cb2eb92000009000000000000000000000000";
const UNKNOWN_APPLICATION = `01${"ab".repeat(16)}02000300${"00".repeat(11)}`;

function svn(text: string): Svn {
  const decoded = decodeSvn(hexBytes(text));
  if (decoded === null) throw new Error(`no SVN: ${text}`);
  return decoded;
}

const bootmgr = (major: number): Svn => ({ ...svn(BOOTMGR_9), major });

test("an entry names its application and its number, minor first", () => {
  expect(svn(BOOTMGR_9)).toEqual({
    applicationGuid: guidNamed("bootmgr"),
    application: { guid: guidNamed("bootmgr"), fileName: "bootmgfw.efi" },
    major: 9,
    minor: 0,
  });
  expect(svn(UNKNOWN_APPLICATION)).toMatchObject({ application: null, major: 3, minor: 2 });
  expect(formatSvn(svn(UNKNOWN_APPLICATION))).toBe("3.2");
});

test("other bytes are no SVN: another version, a rest that is not zero, another length", () => {
  expect(decodeSvn(hexBytes(`02${BOOTMGR_9.slice(2)}`))).toBeNull();
  expect(decodeSvn(hexBytes(`${BOOTMGR_9.slice(0, -2)}01`))).toBeNull();
  expect(decodeSvn(hexBytes(BOOTMGR_9.slice(2)))).toBeNull();
  expect(decodeSvn(hexBytes(`${BOOTMGR_9}00`))).toBeNull();
});

test("either the owner or a known application makes an entry an SVN", () => {
  expect(svnOfEntry(SVN_OWNER, hexBytes(UNKNOWN_APPLICATION))).not.toBeNull();
  expect(svnOfEntry(MICROSOFT_OWNER, hexBytes(BOOTMGR_9))).not.toBeNull();
  expect(svnOfEntry(MICROSOFT_OWNER, hexBytes(UNKNOWN_APPLICATION))).toBeNull();
  expect(svnOfEntry(SVN_OWNER, hexBytes("ff".repeat(32)))).toBeNull();
});

test("the highest number of each application counts, in any order", () => {
  const numbers = fc.array(fc.nat(20), { minLength: 1 });
  fc.assert(
    fc.property(numbers, (majors) => {
      const highest = highestSvns([...majors.map(bootmgr), svn(UNKNOWN_APPLICATION)]);
      expect(highest.get(guidNamed("bootmgr"))?.major).toBe(Math.max(...majors));
      expect(highest.size).toBe(2);
    }),
  );
});

test("the major number weighs more than the minor", () => {
  expect(compareSvn({ ...bootmgr(2), minor: 0 }, { ...bootmgr(1), minor: 9 })).toBeGreaterThan(0);
  expect(compareSvn({ ...bootmgr(2), minor: 1 }, { ...bootmgr(2), minor: 2 })).toBeLessThan(0);
});

test("a number is too new only above all that is published", () => {
  const released = BUILT_IN.releases.flatMap(({ svns }) => svns);
  expect(isAboveKnownSvns(bootmgr(11), released)).toBe(false);
  expect(isAboveKnownSvns(bootmgr(12), released)).toBe(true);
  expect(isAboveKnownSvns(bootmgr(12), [bootmgr(12)])).toBe(false);
  expect(isAboveKnownSvns(svn(UNKNOWN_APPLICATION), released)).toBe(false);
});

test("every number of a release stands in the history", () => {
  for (const { svns } of BUILT_IN.releases) {
    for (const { application, major } of svns) {
      expect(SVN_HISTORY).toContainEqual(expect.objectContaining({ fileName: application?.fileName, major }));
    }
  }
});

describe.skipIf(!hasMicrosoftData)("Microsoft's tables", () => {
  test.each(["2025-06", "2025-10", "2026-06"])("of %s have numbers of the history", (month) => {
    const table = JSON.parse(new TextDecoder().decode(microsoftFile(`dbx_info_msft_${month}.json`)));
    for (const { value, version, filename } of table.svns as {
      value: string;
      version: string;
      filename: string;
    }[]) {
      const decoded = svn(value.toLowerCase());
      expect([decoded.application?.fileName, formatSvn(decoded)]).toEqual([filename, version]);
      expect(SVN_HISTORY.some((step) => step.fileName === filename && step.major === decoded.major)).toBe(
        true,
      );
    }
  });
});
