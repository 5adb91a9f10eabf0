/** What a restore takes and needs, judged without a file: limits at n and n + 1, and what nobody could look at. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BackupFolder } from "../../cli/io/backup-folder.ts";
import { SeenBackups } from "../../library/judge/seen-backups.ts";
import type { VhdEnds } from "../../parsers/disk/vhd-ends.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { BackupRef } from "../../parsers/model.ts";
import { backupRefOf } from "../../parsers/records/xen-orchestra.ts";
import {
  type BackupSurroundings,
  backupRestorable,
  exportRestorable,
  type SeenFile,
} from "../../rules/backup/restorable.ts";
import { temporaryFolder } from "../cli/run.ts";

const folder = temporaryFolder();

function deltaOf(disks: number): BackupRef {
  const vhds = Object.fromEntries(
    Array.from({ length: disks }, (_, i) => [`OpaqueRef:${i}`, `vdis/${i}.vhd`]),
  );
  const ref = backupRefOf({ jobId: "j", mode: "delta", vhds, vdis: {}, vm: { uuid: "u" } }, null);
  if (ref === null) throw new Error("no backup");
  return ref;
}

function around(see: (path: string) => SeenFile, holds: boolean | null = true): BackupSurroundings {
  return { see, holdsDataOf: () => holds };
}

const WHOLE: VhdEnds = { fault: null, parentName: null };
const THERE: SeenFile = { state: "there", bytes: 1, isCompressed: false, endsInZeros: false, vhd: WHOLE };
const MISSING: SeenFile = { state: "missing" };

describe("the disks of a delta backup", () => {
  it("are looked for up to the limit; of more it is not known whether they are there", () => {
    const { maxBackupDisks } = PARSER_LIMITS;
    expect(
      backupRestorable(
        deltaOf(maxBackupDisks),
        around(() => THERE),
      ),
    ).toEqual({ ok: true, problems: [] });
    const more = backupRestorable(
      deltaOf(maxBackupDisks + 1),
      around(() => THERE),
    );
    expect(more).toEqual({ ok: null, problems: ["1 more disks are named, and were not looked for"] });
  });

  it("that are all missing tell something only where other data of the VM is there", () => {
    const ok = (holds: boolean | null) =>
      backupRestorable(
        deltaOf(2),
        around(() => MISSING, holds),
      ).ok;
    expect([ok(true), ok(false), ok(null)]).toEqual([false, null, null]);
  });

  it("that nobody could look at are not missing, and one that is outweighs them", () => {
    const unknown: SeenFile = { state: "unknown", why: "it cannot be read (EACCES)" };
    expect(
      backupRestorable(
        deltaOf(2),
        around(() => unknown),
      ).ok,
    ).toBeNull();
    const one = backupRestorable(
      deltaOf(2),
      around((path) => (path === "vdis/1.vhd" ? MISSING : unknown)),
    );
    expect(one).toMatchObject({ ok: false, problems: ["vdis/1.vhd is missing", expect.any(String)] });
  });
});

describe("a chain of disks", () => {
  const chain = (parents: number, last: SeenFile = THERE) =>
    backupRestorable(
      deltaOf(1),
      around((path) => {
        const at = Number(/(\d+)\.vhd$/.exec(path)?.[1]);
        return at === parents ? last : { ...THERE, vhd: { fault: null, parentName: `${at + 1}.vhd` } };
      }),
    );

  it("is looked at up to its end, and what is wrong with a parent is wrong with the backup", () => {
    expect(chain(3)).toEqual({ ok: true, problems: [] });
    const gone = "vdis/3.vhd, a parent of vdis/0.vhd, is missing";
    expect(chain(3, MISSING)).toEqual({ ok: false, problems: [gone] });
    const cut: SeenFile = { ...THERE, vhd: { fault: "is cut", parentName: null } };
    expect(chain(2, cut)).toEqual({
      ok: false,
      problems: ["vdis/2.vhd is cut (it is a parent of vdis/0.vhd)"],
    });
    expect(chain(1, { state: "unknown", why: "x" }).ok).toBeNull();
    expect(chain(1, { ...THERE, vhd: null }).ok).toBeNull();
    const nameless: SeenFile = { ...THERE, vhd: { fault: null, parentName: "" } };
    expect(chain(1, nameless)).toMatchObject({
      ok: false,
      problems: ["vdis/1.vhd does not name its parent"],
    });
  });

  it("is looked at up to the limit", () => {
    const { maxVhdChain } = PARSER_LIMITS;
    expect(chain(maxVhdChain - 1).ok).toBe(true);
    expect(chain(maxVhdChain)).toMatchObject({ ok: null, problems: [expect.stringContaining("more than")] });
  });
});

describe("an export by itself", () => {
  it.each([
    [1536, true, true],
    [1535, true, false],
    [1024, true, false],
    [1537, true, false],
    [1536, false, false],
    [0, false, false],
  ])("of %i bytes, with zeros at its end: %s", (bytes, endsInZeros, ok) => {
    expect(exportRestorable({ bytes, endsInZeros }, "a.xva").ok).toBe(ok);
  });
});

describe("a folder of backups", () => {
  it("is looked at so many times and no more", () => {
    const { maxBackupLooks } = PARSER_LIMITS;
    const looked = new BackupFolder(join(folder, "none"));
    let last: SeenFile = MISSING;
    for (let i = 0; i < maxBackupLooks; i++) last = looked.see("a.vhd");
    expect(last).toEqual(MISSING);
    expect(looked.see("a.vhd")).toMatchObject({ state: "unknown" });
  });

  it("is listed up to the limit of entries", () => {
    const { maxBackupFolderEntries } = PARSER_LIMITS;
    const disks = (name: string, others: number) => {
      mkdirSync(join(folder, name));
      for (let i = 0; i < others; i++) writeFileSync(join(folder, name, `${i}`), "");
      return new BackupFolder(folder).holdsDataOf(null, [`${name}/gone.vhd`]);
    };
    expect(disks("few", 3)).toBe(false);
    writeFileSync(join(folder, "few", "1.vhd"), "");
    expect(new BackupFolder(folder).holdsDataOf(null, ["few/gone.vhd"])).toBe(true);
    expect(disks("many", maxBackupFolderEntries + 1)).toBe(false);
  });
});

describe("backups of one input that cannot be restored", () => {
  it("are told one by one up to the limit, and counted beyond it", () => {
    const { maxToldBackups } = PARSER_LIMITS;
    const lostOf = (count: number) => {
      const seen = new SeenBackups(() => around(() => MISSING));
      for (let i = 0; i < count; i++) seen.restorableOf({ backup: deltaOf(1), nameLabel: "web" });
      return seen.lost;
    };
    expect(lostOf(maxToldBackups).map(({ more }) => more)).toEqual(Array(maxToldBackups).fill(0));
    expect(lostOf(maxToldBackups + 1)).toHaveLength(maxToldBackups);
    expect(lostOf(maxToldBackups + 1).at(-1)?.more).toBe(1);
  });
});
