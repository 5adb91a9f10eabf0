import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../../cli/io/world.ts";
import { tarMembers } from "../../../library/archive/tar-members.ts";
import type { SeekableBytes } from "../../../library/input/source.ts";
import { openElements } from "../../../library/judge/elements.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { base256Size, makeXva, tarHeader } from "../../builders/tar.ts";
import { run, temporaryFolder, UUID_A, xvaOf } from "../run.ts";

const folder = temporaryFolder();

async function* inPieces(bytes: Uint8Array, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** With the ranges that were read. */
function fileOf(bytes: Uint8Array): SeekableBytes & { readonly bytesRead: () => number } {
  let read = 0;
  const readAt = (position: number, length: number) => {
    const part = bytes.subarray(position, position + length);
    read += part.length;
    return part;
  };
  return { readAt, size: bytes.length, bytesRead: () => read };
}

/** What a reader gets that looks at all of a member, at some of it, or at nothing, as `looks` say. */
async function told(archive: Parameters<typeof tarMembers>[0], looks: readonly number[]) {
  const events: unknown[] = [];
  try {
    for await (const { name, kind, content } of tarMembers(archive)) {
      events.push([name, kind]);
      const parts: Uint8Array[] = [];
      const look = looks[events.length % looks.length] ?? 0;
      if (look > 0) {
        for await (const piece of content) {
          parts.push(piece);
          if (parts.length === look) break;
        }
      }
      events.push(Buffer.concat(parts).toString("base64"));
    }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    events.push([error.code, error.offset, error.expected, error.found]);
  }
  return events;
}

describe("members of a tar archive", () => {
  const archive = makeXva([
    { name: "a", bytes: new Uint8Array(700).fill(1) },
    { name: `${"long/".repeat(40)}b`, bytes: new Uint8Array(0) },
    { name: "c", bytes: new Uint8Array(200_000).fill(2) },
  ]);

  it("are the same of a file as of a stream, damaged or cut, whatever is looked at", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2600), fc.nat(255)), { maxLength: 6 }),
        fc.nat(archive.length),
        fc.array(fc.nat(2), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 70_000 }),
        async (changes, length, looks, piece) => {
          const bytes = archive.slice(0, length % 3 === 0 ? length : archive.length);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          expect(await told(fileOf(bytes), looks)).toEqual(await told(inPieces(bytes, piece), looks));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("are jumped over in a file", async () => {
    const file = fileOf(archive);
    expect(await told(file, [0])).toHaveLength(6);
    expect(file.bytesRead()).toBeLessThan(5000);
  });
});

describe("an archive of exports with disks", () => {
  it("is judged without a look at the disks", async () => {
    const export_ = xvaOf({ uuid: UUID_A, name: "a", blob: healthyBlob() });
    // Without the zeros that end it: a disk of 1 TiB follows, which is a hole in the file.
    const head = export_.subarray(0, export_.length - 1024);
    const disk = 1n << 40n;
    const size = BigInt(head.length) + 512n + disk + 1024n;
    const path = join(folder, "backups.tar");
    const file = openSync(path, "w");
    const [outer, inner] = [
      tarHeader("a.xva", base256Size(size)),
      tarHeader("Ref:1/00000000", base256Size(disk)),
    ];
    writeSync(file, Buffer.concat([outer, head, inner]));
    const next = 512 + Number((size + 511n) / 512n) * 512;
    writeSync(file, makeXva([{ name: "b.vars", bytes: healthyBlob() }]), 0, null, next);
    closeSync(file);

    const elements = [];
    for await (const { path: of, error } of openElements(path, nodeWorld)) elements.push([of, error]);
    expect(elements).toEqual([
      [`${path}!a.xva`, null],
      [`${path}!b.vars`, null],
      [path, null],
    ]);
    const { status } = run(["analyze", path, "--fail-on", "never"]);
    expect(status).toBe(0);
  });
});
