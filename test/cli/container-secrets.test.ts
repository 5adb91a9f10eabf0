/** What containers hold besides NVRAM: the state of vTPMs, rows of secrets, passwords. No command prints or writes it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { incidentBlob } from "../builders/blob.ts";
import { OWNER, ownedDatabase, ownedOvaXml } from "../builders/redactable.ts";
import { makeXva } from "../builders/tar.ts";
import { SECRET } from "../builders/xapi-db.ts";
import { deltaMetadata, metadataText } from "../builders/xen-orchestra.ts";
import { base64, put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const ovaXml = ownedOvaXml(OWNER);
/** As it stands in the export: base64. */
const VTPM_STATE = base64(new TextEncoder().encode(`secret of ${OWNER.name}`));
const delta = {
  ...deltaMetadata({
    uuid: OWNER.uuid,
    name_label: "vm",
    time: new Date("2025-11-01T00:00:00Z"),
    blob: incidentBlob(),
  }),
  vtpms: [SECRET],
};

const INPUTS = {
  "pool.db": ownedDatabase(OWNER),
  "backup.xva": makeXva([{ name: "ova.xml", bytes: ovaXml }]),
  "ova.xml": ovaXml,
  "delta.json": metadataText(delta),
};
const paths = Object.entries(INPUTS).map(([name, bytes]) => put(folder, name, bytes));
const update = put(folder, "some.esl", new Uint8Array(0));

const FORMATS = ["table", "json", "ndjson", "markdown", "html", "sarif", "junit"];

function commands(path: string, out: string): string[][] {
  return [
    ...FORMATS.map((format) => ["analyze", path, "--format", format]),
    ["analyze", path, "--group"],
    ["inspect", path, "--all", "--hex", "--bytes"],
    ["inspect", path, "--format", "json"],
    ["extract", path, "--out", join(out, "extracted")],
    ["repair", path, "--emit", "efivars", "--out", join(out, "emitted"), "--runbook", join(out, "steps.md")],
    ["repair", path, "--strategy", "remove", "--dry-run", "--format", "json"],
    ["diff", path, path, "--all"],
    ["forecast", path, "--update", update],
    ["verify", path],
    ["explain", "incident-2025-10", path],
    ["corpus", "add", path, "--to", join(out, "corpus"), "--redact"],
  ];
}

/** Everything below a folder, as one text. */
function written(out: string): string {
  return readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

describe("what a container holds besides NVRAM", () => {
  it.each(Object.keys(INPUTS))("is there in %s to be found", (name) => {
    const text = readFileSync(join(folder, name), "latin1");
    expect(text.includes(SECRET) || text.includes(VTPM_STATE)).toBe(true);
  });

  it.each(paths.map((path, i) => [Object.keys(INPUTS)[i], path] as const))(
    "is printed and written by no command: %s",
    (name, path) => {
      const out = join(folder, `out-${name}`);
      const all = commands(path, out).map((args) => {
        const { stdout, stderr, status } = run(args);
        expect(status, `${args.join(" ")}\n${stderr}`).not.toBe(70);
        return `${args.join(" ")}\n${stdout}${stderr}`;
      });
      for (const text of [...all, written(out)]) {
        expect(text).not.toContain(SECRET);
        expect(text).not.toContain(VTPM_STATE);
      }
      expect(written(out).length).toBeGreaterThan(0);
    },
  );
});
