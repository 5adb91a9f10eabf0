import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it, vi } from "vitest";
import { nodeWorld } from "../../../cli/io/world.ts";
import { openElements } from "../../../library/judge/elements.ts";
import { yumLine } from "../../builders/bug-report.ts";
import { makeXva } from "../../builders/tar.ts";
import { temporaryFolder } from "../run.ts";

const LIMIT = 200_000;

/** The real limit would take minutes to reach. */
vi.mock("../../../parsers/limits.ts", async (importOriginal) => {
  const limits = await importOriginal<typeof import("../../../parsers/limits.ts")>();
  return { ...limits, PARSER_LIMITS: { ...limits.PARSER_LIMITS, maxHostFileBytes: 200_000 } };
});

const folder = temporaryFolder();
const LINE = Buffer.from(yumLine("Oct 23 14:05:11", "Updated", "varstored-1.2.0-3.1.xcpng8.3.x86_64"));
const logOf = (bytes: number): Buffer => Buffer.alloc(bytes, LINE);

async function elementsOf(bytes: Uint8Array) {
  const path = join(folder, "yum.log");
  writeFileSync(path, bytes);
  const elements = [];
  for await (const element of openElements(path, nodeWorld)) elements.push(element);
  return elements;
}

it.each([
  ["a file", (log: Buffer) => log],
  ["a compressed file", (log: Buffer) => gzipSync(log)],
])("a log is read up to the limit and refused beyond: %s", async (_, packed) => {
  expect((await elementsOf(packed(logOf(LIMIT))))[0]).toMatchObject({ error: null });
  const [over] = await elementsOf(packed(logOf(LIMIT + 1)));
  expect(over?.error?.code).toBe("over-limit");
});

it("a log of an archive that is larger is a member that cannot be read on", async () => {
  const archiveOf = (bytes: number) => makeXva([{ name: "var/log/yum.log", bytes: logOf(bytes) }]);
  const [whole] = await elementsOf(archiveOf(LIMIT));
  expect(whole?.dump?.archive).toMatchObject({ unreadable: 0 });
  const [over] = await elementsOf(archiveOf(LIMIT + 1));
  expect(over?.dump?.archive).toMatchObject({ unreadable: 1 });
});
