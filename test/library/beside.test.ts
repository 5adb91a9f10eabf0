/** What the library sees beside a backup's metadata is what the program sees in the folder. */
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { BackupFolder } from "../../cli/io/backup-folder.ts";
import { BesideSource, SourceTree } from "../../library/api/beside.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { makeVhd } from "../builders/vhd.ts";
import { put, temporaryFolder } from "../cli/run.ts";

const JOB = "6c2f0a3e-1d47-4a53-8a52-7d0f3a1b9c01";
const VM = "7a1c3f60-52de-4b0e-9a55-0d9a4f3c1b02";
const OTHER = "11111111-52de-4b0e-9a55-0d9a4f3c1b02";
const NIGHT = "20251001T020000Z";
const folder = temporaryFolder();

function add(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  put(folder, path, content);
}

const ONE = `xo-vm-backups/${VM}`;
const ENDED = new Uint8Array(2048);
add(`${ONE}/${NIGHT}.xva`, ENDED);
add(`${ONE}/packed.xva`, Uint8Array.of(0x1f, 0x8b, 8, 0, 0));
add(`${ONE}/empty.xva`, "");
add(`${ONE}/vdis/${JOB}/disk/${NIGHT}.alias.vhd`, "data/x.vhd");
add(`${ONE}/vdis/${JOB}/disk/again.alias.vhd`, "other.alias.vhd");
add(`${ONE}/vdis/${JOB}/disk/long.alias.vhd`, "x".repeat(2000));
add(`${ONE}/vdis/${JOB}/disk/empty.alias.vhd`, "");
add(`${ONE}/vdis/${JOB}/disk/data/x.vhd/header`, "h");
add(`${ONE}/vdis/${JOB}/disk/data/x.vhd/footer`, "");
add(`${ONE}/whole.vhd`, makeVhd(new Uint8Array(512), { id: 1, parent: { id: 2, name: "x.vhd" } }));
add(`${ONE}/cut.vhd`, makeVhd(new Uint8Array(512), { id: 1 }).slice(0, -512));
add(`mixed/${NIGHT}.xva`, "xx");
add(`mixed/${NIGHT}.json`, `{"vm":{"uuid":"${VM}"}}`);
add(`few/some.vhd`, "x");
add(`none/readme.txt`, "x");

const NAMED = [
  `${NIGHT}.xva`,
  `./${NIGHT}.xva`,
  "packed.xva",
  "empty.xva",
  "gone.xva",
  "whole.vhd",
  "cut.vhd",
  `vdis/${JOB}/disk`,
  ...[NIGHT, "again", "long", "empty", "gone"].map((name) => `vdis/${JOB}/disk/${name}.alias.vhd`),
  `vdis/${JOB}/disk/data/x.vhd`,
  "",
  "..",
  "../..",
  "/etc/passwd",
  "a\0b",
  "x".repeat(5000),
];

describe("beside a backup", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  const tree = new SourceTree(
    files.map((name) => {
      const bytes = new Uint8Array(readFileSync(join(folder, name)));
      const read = (start: number, end: number): Uint8Array => bytes.subarray(start, end);
      return [relative(".", name), { size: bytes.length, read }] as const;
    }),
  );

  it.each([ONE, "mixed", "few", "none", "not-there"])("is the same in %s", (place) => {
    const [own, seen] = [new BesideSource(tree, place), new BackupFolder(join(folder, place))];
    expect(NAMED.map((name) => own.see(name))).toEqual(NAMED.map((name) => seen.see(name)));
    for (const vm of [VM, OTHER, null])
      for (const paths of [
        [],
        ["x/gone.vhd"],
        ["gone.vhd"],
        [`vdis/${JOB}/disk/data/gone.vhd`],
        ["../few/gone.vhd"],
      ])
        expect(own.holdsDataOf(vm, paths)).toBe(seen.holdsDataOf(vm, paths));
  });

  it("tells nothing of content that comes later, and looks at no more than the limit", () => {
    const later = new SourceTree([["a/x.xva", { size: 5000, read: async () => new Uint8Array(16) }]]);
    const own = new BesideSource(later, "a");
    const there = { state: "there", bytes: 5000, isCompressed: null, endsInZeros: null, vhd: null };
    for (let i = 0; i < PARSER_LIMITS.maxBackupLooks; i++) expect(own.see("x.xva")).toEqual(there);
    expect(own.see("x.xva").state).toBe("unknown");
  });
});
