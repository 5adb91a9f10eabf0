/** What people see first, at 80 and 120 columns, through a pipe and on a terminal: files in `screens/`, read by those who review a change. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { healthyBlob, incidentBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import { KINDS, poolOf500 } from "../builders/pool-of-500.ts";
import { backupPath, fullMetadata, metadataText } from "../builders/xen-orchestra.ts";
import { base64, run, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";
import { hasTerminal, runOnTerminal } from "./terminal.ts";

const cwd = temporaryFolder();
const DAY = ["--as-of", "2026-11-22", "--no-progress"];
const SCREEN = 40;
const UUID_C = "2c6f4e60-af31-4e79-9d50-7c4d813e9f23";

function put(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(join(cwd, path)), { recursive: true });
  writeFileSync(join(cwd, path), content);
}

const SMALL = incidentBlob(4, 3);
const OVERSIZED = makeBlob([makeVariable("GuestLog", new Uint8Array(60_000))]);

put("state.db", poolOf500());
put(
  "few.xva",
  xvaOf({ uuid: UUID_A, name: "erp", blob: SMALL }, { uuid: UUID_B, name: "mail", blob: healthyBlob() }),
);
put("dumps/one.vars", SMALL);
put("dumps/two.efivars.b64", base64(incidentBlob()));
put("dumps/log.vars", OVERSIZED);
put("dumps/healthy-a.vars", healthyBlob());
put("dumps/healthy-b.vars", healthyBlob());
put("dumps/sub/erp.xva", xvaOf({ uuid: UUID_A, name: "erp", blob: SMALL }));
put("dumps/notes.txt", "no dump");

const times = ["2026-07-01", "2026-07-02", "2026-07-03"].map((day) => new Date(`${day}T02:00:00Z`));
const SERIES = [
  { uuid: UUID_A, name_label: "erp", blobs: [healthyBlob(), SMALL, incidentBlob()] },
  { uuid: UUID_B, name_label: "mail", blobs: [healthyBlob(), healthyBlob(), OVERSIZED] },
  { uuid: UUID_C, name_label: "web", blobs: [healthyBlob(), healthyBlob()] },
];
for (const { uuid, name_label, blobs } of SERIES)
  for (const [i, blob] of blobs.entries()) {
    const backup = { uuid, name_label, time: times[i] ?? new Date(0), blob };
    put(join("remote", backupPath(backup)), metadataText(fullMetadata(backup)));
    put(join("remote", backupPath(backup).replace(/json$/, "xva")), xvaOf({ uuid, name: name_label, blob }));
  }

const SCREENS = [
  ["database", ["state.db"]],
  ["database-quiet", ["state.db", "-q"]],
  ["dumps", ["dumps"]],
  ["dumps-details", ["dumps", "--details"]],
  ["remote", ["remote"]],
  ["few", ["few.xva"]],
  ["few-no-details", ["few.xva", "--no-details"]],
  ["repair-database", ["repair", "state.db", "--emit", "efivars", "--out", "repaired", "--dry-run"]],
] as const;
const WIDTHS = [80, 120] as const;

const whole = new Map<string, string>();

/** All that is shown through a pipe; nothing here is changed by it, so that one run is enough. */
function shownAt(columns: number, args: readonly string[]): string {
  const key = JSON.stringify([columns, args]);
  const shown = whole.get(key) ?? run([...args, ...DAY], { cwd, env: { COLUMNS: String(columns) } }).stdout;
  whole.set(key, shown);
  return shown;
}

function firstScreen(args: readonly string[], columns: number): string {
  const stdout = shownAt(columns, args);
  const lines = stdout.split("\n").slice(0, SCREEN);
  // What is typed next has tests of its own.
  const steps = lines.indexOf("Next steps");
  return `${lines
    .slice(0, steps < 0 ? SCREEN : steps + 1)
    .join("\n")
    .trimEnd()}\n`;
}

describe("the first screen", () => {
  it.each(SCREENS.flatMap(([name, args]) => WIDTHS.map((columns) => [name, columns, args] as const)))(
    "of %s at %i columns is as it was reviewed",
    async (name, columns, args) => {
      await expect(firstScreen(args, columns)).toMatchFileSnapshot(`screens/${name}-${columns}.txt`);
    },
  );

  it.each(SCREENS.flatMap(([name, args]) => WIDTHS.map((columns) => [name, columns, args] as const)))(
    "of %s at %i columns is the same on a terminal",
    (_, columns, args, { skip }: { skip?: (note: string) => void } = {}) => {
      if (!hasTerminal) return skip?.("there is no script(1) of util-linux here");
      const { shown } = runOnTerminal([...args, ...DAY], cwd, { columns });
      expect(shown.replaceAll("\r", "")).toContain(firstScreen(args, columns).trimEnd());
    },
  );

  it("of a database of 500 VMs names all five causes, with how many VMs, and what mends them", () => {
    const screen = firstScreen(["state.db"], 80);
    const lines = screen.trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(SCREEN);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[0]).toBe("500 VMs: 110 will not start, 220 at risk, 170 healthy.");
    const { healthy: _, ...sick } = KINDS;
    for (const { count, prefix } of Object.values(sick)) {
      const at = lines.findIndex((line) => line.includes(`${prefix}-001`));
      expect(lines[at - 1]).toContain(` ${count} VMs: `);
    }
    expect(screen.match(/→ /g)).toHaveLength(Object.keys(sick).length);
    expect(screen).toContain("Why");
  });

  it("of backups begins with how their newest are, and what was good last", () => {
    const stdout = shownAt(80, ["remote"]);
    expect(stdout.slice(0, stdout.indexOf("\n\n")).replaceAll("\n", " ")).toBe(
      "3 VMs, 8 backups: the newest of 2 does not start (last good: erp 2026-07-01 02:00, mail 2026-07-02 02:00); the newest of 1 is healthy. 3 VMs: 2 will not start, 1 healthy; of other copies (snapshots, templates, older backups) 4 at risk.",
    );
  });

  it("has the causes in Markdown and HTML as well", () => {
    const { stdout } = run(["state.db", ...DAY], { cwd, env: { COLUMNS: "100" } });
    const causes = stdout.split("\n").filter((line) => /^(WILL NOT START|AT RISK) \d+ VMs: /.test(line));
    expect(causes).toHaveLength(5);
    for (const format of ["markdown", "html"]) {
      const report = run(["state.db", ...DAY, "--format", format], { cwd }).stdout.replaceAll(/<[^>]+>/g, "");
      for (const cause of causes) expect(report).toContain(cause);
    }
  });
});

describe("details", () => {
  const blocks = (args: readonly string[]): number =>
    run([...args, ...DAY], { cwd }).stdout.match(/Space \(bytes\)/g)?.length ?? 0;

  it("follow for up to five copies, and only where they are asked for of more", () => {
    expect(blocks(["few.xva"])).toBe(1);
    expect(blocks(["few.xva", "--no-details"])).toBe(0);
    expect(blocks(["dumps"])).toBe(0);
    expect(blocks(["dumps", "--details"])).toBe(4);
  });

  it("are asked for or not", () => {
    expect(run(["dumps", "--details", "--no-details"], { cwd }).stderr).toContain("exclude each other");
  });
});
