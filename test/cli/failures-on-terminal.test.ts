/** What fails is told on standard error, whatever standard output is: through pipes and on a real terminal. */
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../cli/command-line/index.ts";
import type { CommandName } from "../../cli/command-line/line.ts";
import { CORPUS_ACTIONS } from "../../cli/options.ts";
import { healthyBlob, incidentBlob, keyVariables, MICROSOFT_OWNER } from "../builders/blob.ts";
import { HEALTHY_FILES, hostArchive } from "../builders/certificates.ts";
import { makeOvaXml, vmObject } from "../builders/ova-xml.ts";
import { suspendImage } from "../builders/suspend-image.ts";
import { makeXva } from "../builders/tar.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { base64, put, run, temporaryFolder, UUID_A } from "./run.ts";
import { hasTerminal, runOnTerminal } from "./terminal.ts";

const folder = temporaryFolder();
const AFFECTED = incidentBlob(10, 3);
const VM = {
  uuid: UUID_A,
  name_label: "win",
  power_state: "Suspended",
  suspend_VDI: "Ref:9",
  NVRAM: { "EFI-variables": base64(AFFECTED) },
};
const STATE = diskOf("Ref:9", suspendImage({ nvram: AFFECTED }), false);
const whole = makeXva(exportMembers(VM, [STATE]));

put(folder, "junk.txt", "nothing that anybody knows");
put(folder, "zero.vars", "");
put(folder, "vm.vars", AFFECTED);
put(folder, "healthy.vars", healthyBlob());
put(folder, "over.vars", incidentBlob());
put(folder, "cut.vars", AFFECTED.subarray(0, 300));
put(folder, "exists.txt", "of somebody");
put(folder, "suspended.xva", whole);
put(folder, "cut.xva", whole.subarray(0, whole.length - 20_000));
put(folder, "uefi.tar", hostArchive(HEALTHY_FILES));
put(
  folder,
  "host.log",
  "Nov  1 10:00:00 host1 xapi: [ info||1 |x|xapi] varstored-1.2.0-3.1.xcpng8.3.x86_64\n",
);
put(folder, "update.esl", keyVariables(MICROSOFT_OWNER, new Uint8Array(0))[0]?.data ?? new Uint8Array(0));
put(
  folder,
  "unreadable.xml",
  makeOvaXml([vmObject("Ref:0", { uuid: UUID_A, name_label: "r", NVRAM: { "EFI-variables": "!" } })]),
);
put(folder, "none.xml", makeOvaXml([vmObject("Ref:0", { uuid: UUID_A, name_label: "n", NVRAM: {} })]));
put(folder, "no-vm.xml", makeOvaXml([]));
symlinkSync("loop.vars", join(folder, "loop.vars"));
mkdirSync(join(folder, "empty"));
mkdirSync(join(folder, "parts"));
put(join(folder, "parts"), "vm.NVRAM.vars", "of somebody");
mkdirSync(join(folder, "backups"));
put(join(folder, "backups"), "a.txt", "no dump");
mkdirSync(join(folder, "cases"));

const UPDATE = ["--update", "update.esl", "--variable", "db", "--replace"];

/** What a command is given besides the input that fails, for each that reads one. */
const READERS: Readonly<Record<string, (path: string) => string[]>> = {
  analyze: (path) => ["analyze", path],
  repair: (path) => ["repair", path],
  inspect: (path) => ["inspect", path],
  "diff A": (path) => ["diff", path, "healthy.vars"],
  "diff B": (path) => ["diff", "healthy.vars", path],
  extract: (path) => ["extract", path, "--out", "out"],
  "extract --last-good": (path) => ["extract", path, "--out", "out", "--last-good"],
  forecast: (path) => ["forecast", path, ...UPDATE],
  verify: (path) => ["verify", path],
  explain: (path) => ["explain", "wrong-signature-owner", path],
};

/** A command line, what standard error must say, and the exit code. */
type Failure = readonly [args: readonly string[], told: string, status: number];

const INPUTS: readonly (readonly [path: string, told: string])[] = [
  ["missing.xva", "missing.xva"],
  ["junk.txt", "junk.txt: "],
  ["zero.vars", "zero.vars: "],
  ["loop.vars", "loop.vars"],
];

const OF_INPUTS: readonly Failure[] = Object.values(READERS).flatMap((argsFor) =>
  INPUTS.map(([path, told]) => [argsFor(path), told, 3] as const),
);

const OTHERS: readonly Failure[] = [
  [["analyze", "empty"], "empty: ", 3],
  [["analyze", "vm.vars", "missing.xva"], "missing.xva: ", 3],
  [["analyze", "vm.vars", "--output", "exists.txt"], "exists.txt exists", 2],
  [["analyze", "vm.vars", "--output", "nowhere/report.txt"], "nowhere/report.txt", 2],
  [["analyze", "vm.vars", "--baseline", "missing.json"], "missing.json", 3],
  [["analyze", "vm.vars", "--baseline", "junk.txt"], "junk.txt", 3],
  [["analyze", "vm.vars", "--reference", "missing.json"], "missing.json", 3],
  [["analyze", "vm.vars", "--reference", "junk.txt"], "--reference: ", 2],
  [
    ["analyze", "vm.vars", "--format", "ndjson", "--as-of", "2026-01-01", "--resume", "junk.txt"],
    "junk.txt",
    2,
  ],
  [["repair", "suspended.xva", "--dry-run"], "the VM win is suspended. Its saved state", 0],
  [["repair", "cut.xva", "--dry-run"], "may be cut. Run varscope verify on it.", 0],
  [["repair", "cut.vars"], "cut.vars: not repaired: ", 4],
  [["repair", "unreadable.xml"], "unreadable.xml: r: not repaired: ", 4],
  [["repair", "vm.vars", "--out", "exists.txt"], "exists.txt exists", 2],
  [["repair", "vm.vars", "--out", "new.vars", "--runbook", "exists.txt"], "exists.txt exists", 2],
  [["repair", "vm.vars", "--add-certificates", "missing"], "missing", 2],
  [["repair", "vm.vars", "--vm", UUID_A], "No VM of the input has the UUID", 2],
  [["repair", "uefi.tar"], "There is no NVRAM in it to repair", 2],
  [["repair", "host.log"], "There is no NVRAM in it to repair", 2],
  [["repair", "no-vm.xml"], "no-vm.xml: ", 3],
  [["inspect", "host.log"], "host.log: there is no NVRAM", 0],
  [["repair", "backups"], "backups: expected a folder with dumps", 3],
  [["convert", "missing.json"], "missing.json", 3],
  [["convert", "junk.txt"], "junk.txt", 3],
  [["ask", "--output", "exists.txt"], "exists.txt exists", 2],
  [["boot", "missing.xva"], "missing.xva", 3],
  [["boot", "junk.txt"], "junk.txt", 3],
  [["inspect", "backups"], "backups", 2],
  [["inspect", "vm.vars", "--variable", "Nothing"], 'There is no variable "Nothing"', 2],
  [["inspect", "vm.vars", "--output", "exists.txt"], "exists.txt exists", 2],
  [["diff", "healthy.vars", "uefi.tar"], "uefi.tar: there is no NVRAM", 3],
  [["diff", "healthy.vars", "unreadable.xml"], "unreadable.xml: its NVRAM is unreadable", 3],
  [["diff", "healthy.vars", "suspended.xva"], "diff needs one NVRAM of suspended.xva", 2],
  [["diff", "healthy.vars", "vm.vars", "--output", "exists.txt"], "exists.txt exists", 2],
  [["extract", "uefi.tar", "--out", "out"], "uefi.tar: there is no NVRAM to extract", 3],
  [["extract", "unreadable.xml", "--out", "out"], "is unreadable: nothing is extracted", 3],
  [["extract", "vm.vars", "--out", "exists.txt"], "exists.txt", 2],
  [["extract", "backups", "--out", "out", "--last-good"], "backups: ", 3],
  [["extract", "vm.vars", "--out", "out", "--last-good"], "There is no backup of a VM", 2],
  [["forecast", "healthy.vars", "--update", "missing.bin"], "missing.bin", 3],
  [["forecast", "healthy.vars", "--update", "junk.txt"], "Nothing in junk.txt tells which variable", 2],
  [["forecast", "uefi.tar", ...UPDATE], "uefi.tar: there is no NVRAM", 3],
  [["forecast", "none.xml", ...UPDATE], "The input holds no NVRAM", 2],
  [["forecast", "suspended.xva", ...UPDATE], "the VM win is suspended. Its saved state", 0],
  [
    ["forecast", "healthy.vars", ...UPDATE, "--daemon", "fixed", "--out", "exists.txt"],
    "exists.txt exists",
    2,
  ],
  [["verify", "uefi.tar"], "uefi.tar: ", 3],
  [["verify", "backups"], "backups is a folder", 2],
  [["verify", "suspended.xva", "--output", "exists.txt"], "exists.txt exists", 2],
  [["explain", "nosuch"], 'There is no rule "nosuch"', 2],
  [["explain", "--output", "exists.txt"], "exists.txt exists", 2],
  [["corpus", "run", "missing"], "missing", 3],
  [["corpus", "run", "empty"], "empty", 3],
  [["corpus", "update", "missing"], "missing", 3],
  [["corpus", "update", "empty"], "empty", 3],
  [["corpus", "add", "missing.xva", "--to", "cases"], "missing.xva", 3],
  [["corpus", "add", "loop.vars", "--to", "cases"], "loop.vars", 3],
  [["corpus", "add", "vm.vars", "--to", "exists.txt"], "exists.txt", 3],
  [["corpus", "merge", "missing.ndjson"], "missing.ndjson", 3],
  [["corpus", "merge", "junk.txt"], "junk.txt", 3],
  [["schema", "report", "--output", "exists.txt"], "exists.txt exists", 2],
  [["schema", "nosuch"], "schema takes one of", 2],
  [["completion", "--nosuch"], "There is no option --nosuch", 2],
  [["nosuch"], 'There is no command and no file "nosuch"', 2],
];

const FAILURES: readonly Failure[] = [...OF_INPUTS, ...OTHERS];

const piped = new Map<string, ReturnType<typeof run>>();

function runPiped(args: readonly string[]): ReturnType<typeof run> {
  const key = JSON.stringify(args);
  const done = piped.get(key) ?? run(args, { cwd: folder });
  piped.set(key, done);
  return done;
}

describe("what fails or is doubtful", () => {
  it("is tried for every command", () => {
    const tried = new Set(FAILURES.map(([[command]]) => command));
    for (const name of Object.keys(COMMANDS) as CommandName[]) expect(tried).toContain(name);
    const actions = new Set(FAILURES.filter(([[name]]) => name === "corpus").map(([[, action]]) => action));
    for (const action of CORPUS_ACTIONS) expect(actions).toContain(action);
  });

  it.each(FAILURES)("%j is told through a pipe", (args, told, status) => {
    const { stderr, ...ended } = runPiped(args);
    expect(stderr).toContain(told);
    expect(ended.status).toBe(status);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.skipIf(!hasTerminal).each(FAILURES)("%j is told on a terminal", (args, told, status) => {
    const { stderr } = runPiped(args);
    const kept = runOnTerminal(args, folder, { apart: true });
    expect({ status: kept.status, stderr: kept.stderr }).toEqual({ status, stderr });
    const { shown } = runOnTerminal(args, folder);
    expect(shown).toContain(told);
  });
});

describe("many copies that are refused", () => {
  const records = [1, 2, 3, 4, 5].map((number) =>
    vmObject(`Ref:${number}`, {
      uuid: UUID_A.replace(/.$/, String(number)),
      name_label: `r${number}`,
      NVRAM: { "EFI-variables": "!" },
    }),
  );
  put(folder, "many.xml", makeOvaXml(records));
  const linesOf = (text: string): number => text.split("not repaired: ").length - 1;

  it.skipIf(!hasTerminal)("leave the screen to the report, which names each", () => {
    expect(linesOf(runPiped(["repair", "many.xml"]).stderr)).toBe(5);
    const { shown } = runOnTerminal(["repair", "many.xml"], folder);
    expect(linesOf(shown)).toBe(3);
    expect(shown).toContain("2 more copies are not repaired");
    expect(shown.split("REFUSED")).toHaveLength(6);
  });
});

const CORPUS = fileURLToPath(new URL("../../corpus/", import.meta.url));
const inputs = readdirSync(CORPUS)
  .filter((name) => name.startsWith("healthy-") || name.startsWith("error-"))
  .flatMap((name) =>
    readdirSync(join(CORPUS, name))
      .filter((file) => file.startsWith("input."))
      .map((file) => join(CORPUS, name, file)),
  );

describe("a command that has nothing to show", () => {
  it.each(["inspect", "repair --dry-run", "forecast", "explain wrong-signature-owner", "verify"])(
    "%s says so, for every format",
    (line) => {
      const [command = "", ...more] = line.split(" ");
      for (const path of inputs) {
        const args = command === "forecast" ? [command, path, ...UPDATE] : [command, ...more, path];
        const { stdout, stderr, status } = run(args, { cwd: folder });
        expect(`${args.join(" ")}: ${stdout}${stderr}`).not.toBe(`${args.join(" ")}: `);
        if ((status ?? 70) >= 2) expect(stderr).not.toBe("");
      }
    },
  );
});
