import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../../cli/io/world.ts";
import { openElements } from "../../../library/judge/elements.ts";
import { reportArchive, reportFiles } from "../../builders/bug-report.ts";
import { makeZip } from "../../builders/zip.ts";
import { temporaryFolder } from "../run.ts";

const folder = temporaryFolder();

async function elementsOf(bytes: Uint8Array) {
  const path = join(folder, "input");
  writeFileSync(path, bytes);
  const elements = [];
  for await (const element of openElements(path, nodeWorld)) elements.push(element);
  return elements;
}

/** `take` gets the copies of a streamed member before that comes. */
async function takenFrom(bytes: Uint8Array): Promise<string[]> {
  const path = join(folder, "taken");
  writeFileSync(path, bytes);
  const events: string[] = [];
  const take = (vms: readonly unknown[]): void => void events.push(`${vms.length} copies`);
  for await (const { path: of } of openElements(path, nodeWorld, take)) events.push(of.slice(path.length));
  return events;
}

describe("openElements of an archive", () => {
  it("hands on the copies of a database before the element that they belong to", async () => {
    const zip = makeZip(reportFiles().filter(({ name }) => name.endsWith(".xml")));
    const top = "!bug-report-20251102081500";
    expect(await takenFrom(zip)).toEqual([
      "1 copies",
      `${top}/xapi-db.xml`,
      "1 copies",
      `${top}/xapi-db-dumped.xml`,
      "",
    ]);
  });

  it("numbers the archive before its members, and those as they stand in it", async () => {
    const inner = makeZip(reportFiles().slice(1, 3));
    const elements = await elementsOf(
      makeZip([{ name: "inner.zip", bytes: inner }, ...reportFiles().slice(1, 2)]),
    );
    expect(elements.map(({ order }) => order)).toEqual([2, 3, 1, 4, 0]);
  });

  it("ends with elements whatever bytes of it are changed", async () => {
    const zip = (await reportArchive("zip")) ?? new Uint8Array(0);
    const tar = (await reportArchive("tar")) ?? new Uint8Array(0);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(zip, tar, new Uint8Array(gzipSync(tar))),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 }),
        async (archive, changes) => {
          const damaged = archive.slice();
          for (const [at, value] of changes) damaged[at % damaged.length] = value;
          expect((await elementsOf(damaged)).length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("ends with elements wherever it is cut", async () => {
    for (const form of ["zip", "tar", "tar.gz"] as const) {
      const archive = (await reportArchive(form)) ?? new Uint8Array(0);
      // A tar archive ends with two blocks of zeros, of which one is enough.
      const end = archive.length - (form === "tar" ? 1024 : 0);
      for (let length = 1; length < end; length += Math.ceil(archive.length / 40)) {
        const elements = await elementsOf(archive.subarray(0, length));
        expect(
          elements.some(({ error }) => error !== null),
          `${form} ${length}`,
        ).toBe(true);
      }
    }
  });
});
