/** Texts with many records are gone through once: steps are counted, never timed. */
import { describe, expect, it } from "vitest";
import { hostLog } from "../../parsers/formats/host-log.ts";
import { nvramText } from "../../parsers/formats/nvram-text.ts";
import { failedStarts } from "../../parsers/host/failed-starts.ts";
import { emptyHostFile } from "../../parsers/host/host-file.ts";
import { certificatesInText } from "../../parsers/records/certificate-text.ts";
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import { xeRecords } from "../../parsers/text/xe-listing.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { growth } from "../builders/work.ts";

/** Between 4, linear, and 16, the square. */
const LINEAR = 6;

const uuid = (i: number) => `0a4f2c4e-8d1f-4c57-9b3e-${`${i}`.padStart(12, "0")}`;
const vm = (i: number) =>
  `uuid ( RO) : ${uuid(i)}\n    name-label ( RW): vm ${i}\n    platform (MRW): secureboot: true\n\n`;
const pool = (i: number) => `uuid ( RO) : ${uuid(i)}\n    uefi-certificates ( RO): \n\n`;
const asked = (i: number) =>
  `# xe pool-param-get uuid=${uuid(i)} param-name=uefi-certificates\n\n    name-label ( RW): x\n`;
const repeated = (one: (i: number) => string) => (count: number) =>
  Array.from({ length: count }, (_, i) => one(i)).join("");

const TEXTS: readonly (readonly [name: string, text: (count: number) => string])[] = [
  ["VMs with a pool in front", (count) => pool(0) + repeated(vm)(count)],
  ["VMs with a pool behind", (count) => repeated(vm)(count) + pool(0)],
  ["pools among VMs", (count) => repeated((i) => (i % 3 === 0 ? pool(i) : vm(i)))(count)],
  ["answers among VMs", (count) => repeated((i) => (i % 3 === 0 ? asked(i) : vm(i)))(count)],
  ["fields of one record", (count) => pool(0) + repeated((i) => `  field-${i} ( RO): x\n`)(count)],
];

function readLog(text: string) {
  const reader = hostLog.reader(nodePlatform, () => {});
  reader.feed(encodeUtf8(text));
  reader.end();
  return reader.rest().hostFiles?.[0] ?? emptyHostFile("log");
}

const line = (i: number, text: string) =>
  `Oct 23 10:${`${Math.floor(i / 60) % 60}`.padStart(2, "0")}:${`${i % 60}`.padStart(2, "0")} h varstored-${i}[1]: ${text}\n`;

describe("the work for many records grows with their number", () => {
  it.each(TEXTS)("of %s", (_, text) => {
    expect(growth((count) => certificatesInText(text(count), nodePlatform), 150)).toBeLessThan(LINEAR);
    expect(growth((count) => [...xeRecords(text(count))], 150)).toBeLessThan(LINEAR);
    expect(growth((count) => tryOpen(text(count)), 150)).toBeLessThan(LINEAR);
  });

  it.each([
    ["faults", "unserialize_variables: Failed to unserialize variable!"],
    ["unknown lines", "do_new_thing: failed for x"],
  ])("of %s in a log", (_, message) => {
    const text = repeated((i) => line(i, message));
    expect(growth((count) => failedStarts([readLog(text(count))], null), 150)).toBeLessThan(LINEAR);
  });

  it("and where each is looked for among all, the test sees it", () => {
    const slow = (count: number) => {
      const all: string[] = [];
      for (const one of text(count)) if (!all.includes(one)) all.push(one);
      return all;
    };
    const text = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);
    expect(growth(slow, 150)).toBeGreaterThan(12);
    expect(
      growth((count) => text(count).map((one) => text(count).join().indexOf(`,${one},`)), 50),
    ).toBeGreaterThan(10);
  });
});

/** What holds no NVRAM is refused in the end, after the same work. */
function tryOpen(text: string): void {
  try {
    nvramText.open(encodeUtf8(text), nodePlatform);
  } catch {
    // Not what is asked here.
  }
}
