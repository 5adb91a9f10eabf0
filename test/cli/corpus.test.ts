import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { efivarfsFiles } from "../builders/guest.ts";
import { hexDumpOf } from "../builders/hex-dump.ts";
import { makeTar } from "../builders/ovf.ts";
import { found, OWNER, ownedBlob, ownedOvaXml } from "../builders/redactable.ts";
import { makeUstar, makeXva } from "../builders/tar.ts";
import { put, run, runInShell, temporaryFolder } from "./run.ts";
import { runOnSmallDisk } from "./small-disk.ts";

const root = temporaryFolder();
let count = 0;

/** A corpus with a case for each blob. */
function corpusOf(cases: Readonly<Record<string, Uint8Array>>): string {
  const folder = join(root, `corpus-${count++}`);
  for (const [name, blob] of Object.entries(cases)) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "input.vars"), blob);
  }
  return folder;
}

function expectedOf(blob: Uint8Array): string {
  const folder = corpusOf({ a: blob });
  run(["corpus", "update", folder]);
  return readFileSync(join(folder, "a", "expected.json"), "utf8");
}

/** Written by the owner, with the dump attached. */
function mailWith(blob: Uint8Array): string {
  const lines =
    Buffer.from(blob)
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  return [
    `From: ${OWNER.name} <admin@${OWNER.host}.example>`,
    `Subject: ${OWNER.description}`,
    "MIME-Version: 1.0",
    `Content-Type: application/octet-stream; name="${OWNER.host}.vars"`,
    "Content-Transfer-Encoding: base64",
    `Content-Disposition: attachment; filename="${OWNER.host}.vars"`,
    "",
    ...lines,
    "",
  ].join("\n");
}

const HEALTHY = healthyBlob();
const AFFECTED = incidentBlob(10, 3);

function rows(folder: string, ...more: string[]) {
  const { stdout } = run(["corpus", "run", folder, "--format", "ndjson", ...more]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

function files(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    names.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path, "latin1")];
    }),
  );
}

describe("corpus run", () => {
  it("finds nothing changed in the shipped corpus", () => {
    const shipped = fileURLToPath(new URL("../../corpus", import.meta.url));
    const { status, stdout } = run(["corpus", "run", shipped]);
    expect(stdout).toMatch(/^(\d+) cases: \1 as expected\.\n$/);
    expect(status).toBe(0);
  });

  it("says which findings are new, gone and changed, and which verdict is another one", () => {
    const folder = corpusOf({ a: AFFECTED, b: HEALTHY });
    expect(run(["corpus", "update", folder]).status).toBe(0);
    const path = join(folder, "a", "expected.json");
    const expected = JSON.parse(readFileSync(path, "utf8"));
    const [vm] = expected.vms;
    vm.verdict = "healthy";
    const [first, second] = vm.findings;
    vm.findings = [{ ...first, severity: "info" }, { ...second, ruleId: "made-up" }, ...vm.findings.slice(2)];
    writeFileSync(path, JSON.stringify(expected));
    const { status, stdout } = run(["corpus", "run", folder, "--format", "json"]);
    expect(status).toBe(1);
    const { cases, summary } = JSON.parse(stdout);
    expect(cases.map((one: { status: string }) => one.status)).toEqual(["changed", "same"]);
    const told = cases[0].changes.map((one: Record<string, unknown>) => [
      one["what"],
      one["change"],
      one["name"],
    ]);
    expect(told).toEqual([
      ["verdict", "changed", null],
      ["finding", "changed", first.ruleId],
      ["finding", "gone", "made-up"],
      ["finding", "new", second.ruleId],
    ]);
    expect(summary).toEqual({
      cases: 2,
      byStatus: { changed: 1, same: 1 },
      byRule: {
        [first.ruleId]: { new: 0, gone: 0, changed: 1 },
        "made-up": { new: 0, gone: 1, changed: 0 },
        [second.ruleId]: { new: 1, gone: 0, changed: 0 },
      },
      byVerdict: { "healthy > at-risk": 1 },
    });
    const table = run(["corpus", "run", folder]).stdout;
    expect(table).toContain("CHANGED  a");
    expect(table).toContain("severity info > error");
    expect(table).toContain("2 cases: 1 as expected, 1 changed.");
    const junit = run(["corpus", "run", folder, "--format", "junit"]).stdout;
    expect(junit).toContain('<testcase classname="corpus" name="b" time="0">\n    </testcase>');
    expect(junit).toContain('<testsuite name="corpus" tests="2" failures="1" errors="0" time="0">');
    expect(junit).toMatch(/name="a" time="0">\n {6}<failure type="changed" message="verdict /);
  });

  it("fails where a case lost its input, instead of passing over it", () => {
    const folder = corpusOf({ a: HEALTHY, b: HEALTHY, c: HEALTHY });
    expect(run(["corpus", "update", folder]).status).toBe(0);
    rmSync(join(folder, "a/input.vars"));
    rmSync(join(folder, "b/input.vars"));
    symlinkSync("nowhere", join(folder, "b/input.vars"));
    const { status, stdout } = run(["corpus", "run", folder]);
    expect(status).toBe(1);
    expect(stdout).toContain("FAILED  a");
    expect(stdout).toContain("expected one file input.* in the folder of a case, found none");
    expect(stdout).toContain("FAILED  b");
    expect(stdout).toContain("3 cases: 1 as expected, 2 failed.");
    const before = files(folder);
    expect(run(["corpus", "update", folder]).stdout).toContain("2 failed");
    expect(files(folder)).toEqual(before);
  });

  it("gives a row to each broken case, judges all others, and fails", () => {
    const folder = corpusOf({
      good: HEALTHY,
      "no-expectation": HEALTHY,
      "not-json": HEALTHY,
      "two-inputs": HEALTHY,
    });
    const expected = expectedOf(HEALTHY);
    for (const name of ["good", "two-inputs"]) writeFileSync(join(folder, name, "expected.json"), expected);
    writeFileSync(join(folder, "not-json", "expected.json"), "{,}");
    writeFileSync(join(folder, "two-inputs", "input.txt"), "x");
    expect(rows(folder).map((row) => [row.case, row.status, row.error?.code ?? null])).toEqual([
      ["good", "same", null],
      ["no-expectation", "failed", "not-found"],
      ["not-json", "failed", "bad-structure"],
      ["two-inputs", "failed", "bad-structure"],
    ]);
    expect(run(["corpus", "run", folder]).status).toBe(1);
    expect(run(["corpus", "run", folder, "--format", "junit"]).stdout).toContain('<error type="not-found"');
  });

  it.each([
    ["asOf", (text: string) => text.replace(/"asOf": "[^"]*"/, '"asOf": "2026-02-30"')],
    ["vms", (text: string) => text.replace('"vms": [', '"others": [')],
    ["vms[0].findings", (text: string) => text.replace('"findings": [', '"findings": [7, ')],
    ["standIns", (text: string) => text.replace("{", '{"standIns": {"x": "y"},')],
  ])("names the place in an expectation that is wrong: %s", (place, damage) => {
    const folder = corpusOf({ a: AFFECTED });
    writeFileSync(join(folder, "a", "expected.json"), damage(expectedOf(AFFECTED)));
    expect(rows(folder)[0].error.message).toContain(`expected.json.${place}`);
  });

  it("takes cases in folders of folders, in the order of their paths, and the folder itself", () => {
    const folder = corpusOf({ "b/two": HEALTHY, a: HEALTHY, "a-b": HEALTHY, "b/one": HEALTHY });
    run(["corpus", "update", folder]);
    expect(rows(folder).map((row) => row.case)).toEqual(["a-b", "a", "b/one", "b/two"]);
    expect(rows(`${folder}/a/`)[0]).toMatchObject({ case: ".", status: "same" });
  });

  it("gives in parts, put in order by their places, what it gives as a whole", () => {
    const folder = corpusOf(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`case-${i}`, HEALTHY])));
    run(["corpus", "update", folder]);
    const parts = ["1/3", "2/3", "3/3"].map((part) => rows(folder, "--shard", part));
    expect(parts.every((part) => part.length < 9)).toBe(true);
    expect(parts.flat().sort((a, b) => a.place - b.place)).toEqual(rows(folder));
  });

  it("gives with several threads what it gives with one", () => {
    const folder = corpusOf(
      Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [`case-${i}`, i % 3 === 0 ? AFFECTED : HEALTHY]),
      ),
    );
    run(["corpus", "update", folder]);
    writeFileSync(join(folder, "case-7", "expected.json"), expectedOf(AFFECTED));
    const one = run(["corpus", "run", folder, "--format", "ndjson", "--jobs", "1"]);
    const three = run(["corpus", "run", folder, "--format", "ndjson", "--jobs", "3"]);
    expect(three.stdout).toBe(one.stdout);
    expect([one.status, three.status]).toEqual([1, 1]);
  });

  it("ends with exit code 3 where there is no case", () => {
    const folder = join(root, "nothing");
    mkdirSync(folder);
    expect(run(["corpus", "run", folder])).toMatchObject({ status: 3 });
    expect(run(["corpus", "run", join(folder, "missing")])).toMatchObject({ status: 3 });
  });

  it("judges by the day of the case, whatever the day is", () => {
    const folder = corpusOf({ a: AFFECTED });
    run(["corpus", "update", folder, "--as-of", "2021-02-03"]);
    expect(JSON.parse(readFileSync(join(folder, "a", "expected.json"), "utf8")).asOf).toBe("2021-02-03");
    expect(run(["corpus", "run", folder, "--as-of", "2044-01-01"]).status).toBe(0);
    run(["corpus", "update", folder, "--as-of", "2044-01-01"]);
    expect(JSON.parse(readFileSync(join(folder, "a", "expected.json"), "utf8")).asOf).toBe("2021-02-03");
  });

  it("takes an expectation up to its limit, and no byte more", () => {
    const folder = corpusOf({ a: HEALTHY });
    const text = expectedOf(HEALTHY).padEnd(PARSER_LIMITS.maxExpectationBytes);
    writeFileSync(join(folder, "a", "expected.json"), text);
    expect(rows(folder)[0].status).toBe("same");
    writeFileSync(join(folder, "a", "expected.json"), `${text} `);
    expect(rows(folder)[0].error.code).toBe("over-limit");
  });
});

describe("corpus update", () => {
  it("writes what a case comes to now, says what changed, and then nothing more", () => {
    const folder = corpusOf({ a: AFFECTED });
    const [first] = run(["corpus", "update", folder]).stdout.split("\n");
    expect(first).toBe("NEW  a");
    const before = files(folder);
    expect(run(["corpus", "update", folder]).stdout).toBe("1 case: 1 as expected.\n");
    expect(files(folder)).toEqual(before);
    writeFileSync(join(folder, "a", "expected.json"), expectedOf(HEALTHY));
    const { status, stdout } = run(["corpus", "update", folder]);
    expect(status).toBe(0);
    expect(stdout).toContain("verdict    vms[0]  healthy > at-risk");
    expect(stdout).toContain("written: expected.json");
    expect(files(folder)).toEqual(before);
  });

  it("writes every expectation, whoever stops to read of it", () => {
    const names = Array.from({ length: 30 }, (_, i) => `case-${i}`);
    const folder = corpusOf(Object.fromEntries(names.map((name) => [name, HEALTHY])));
    const line = `(sleep 0.2; $0 corpus update '${folder}' --format ndjson; echo $? >&2) | true`;
    expect(runInShell(line).stderr).toBe("0\n");
    const written = Object.keys(files(folder)).filter((path) => path.endsWith("expected.json"));
    expect(written).toHaveLength(30);
  });

  it("compares what a repair writes with the repaired file, where there is one, and writes it anew", () => {
    const folder = corpusOf({ a: AFFECTED });
    run(["repair", join(folder, "a", "input.vars"), "--out", join(folder, "a", "repaired.vars")]);
    const repaired = readFileSync(join(folder, "a", "repaired.vars"));
    expect(run(["corpus", "update", folder]).stdout).not.toContain("repaired.vars");
    expect(run(["corpus", "run", folder]).status).toBe(0);
    writeFileSync(join(folder, "a", "repaired.vars"), HEALTHY);
    expect(rows(folder)[0].changes.map((one: { what: string }) => one.what)).toEqual(["repaired-file"]);
    expect(run(["corpus", "update", folder]).stdout).toContain("written: repaired.vars");
    expect(readFileSync(join(folder, "a", "repaired.vars")).equals(repaired)).toBe(true);
    expect(readFileSync(join(folder, "a", "input.vars")).equals(AFFECTED)).toBe(true);
  });

  it("writes the table of cases where a README has marks for it", () => {
    const folder = corpusOf({ a: AFFECTED });
    put(join(folder, "a"), "README.md", "A | planted <VM>\nmore");
    put(folder, "README.md", "mine");
    run(["corpus", "update", folder]);
    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("mine");
    const shipped = readFileSync(new URL("../../corpus/README.md", import.meta.url), "utf8");
    const [start = "", end = ""] = shipped.match(/<!--.*-->/g) ?? [];
    put(folder, "README.md", `before\n${start}\nold\n${end}\nafter\n`);
    run(["corpus", "update", folder]);
    const text = readFileSync(join(folder, "README.md"), "utf8");
    expect(text).toMatch(
      /^before\n<!--[\s\S]*\n\| `a` \| A \\\| planted \\<VM\\> \| vars \| at-risk \| [\s\S]*-->\nafter\n$/,
    );
    expect(text).not.toContain("old");
  });
});

describe("corpus add", () => {
  it("makes a case that is as expected, with a name that is nobody's", () => {
    const folder = join(root, "made");
    const input = put(root, "customer-name.vars", AFFECTED);
    const { status, stdout } = run(["corpus", "add", input, "--to", folder, "--as-of", "2026-11-22"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/made\/at-risk-[0-9a-f]{8}: vars: at-risk: /);
    const [name = ""] = readdirSync(folder);
    expect(readdirSync(join(folder, name)).sort()).toEqual(["README.md", "expected.json", "input.vars"]);
    expect(readFileSync(join(folder, name, "input.vars")).equals(AFFECTED)).toBe(true);
    expect(JSON.stringify(files(folder))).not.toContain("customer");
    expect(run(["corpus", "run", folder]).status).toBe(0);
  });

  it.for([
    [-1, "A temporary file in", []],
    [0, "README.md was not written", ["input.vars"]],
    [1, "expected.json was not written", ["README.md", "input.vars"]],
  ] as const)("on a full disk (%s) says what is missing, and goes on with --force", (given, context) => {
    const [morePages, text, there] = given;
    const blob = incidentBlob();
    const input = put(root, "large.vars", blob);
    const size = `${4 * (Math.ceil(blob.length / 4096) + morePages)}k`;
    const disk = join(root, `disk-${size}`);
    mkdirSync(disk);
    const after = [
      'find "$d" -type f -printf "%f\\n" | sort',
      'mount -t tmpfs -o remount,size=1m tmpfs "$d"',
      '"$@" --force --output /dev/null',
      '"$1" "$2" corpus run "$d/cases"',
    ].join("; ");
    const result = runOnSmallDisk({ at: disk, size, after }, [
      ...["corpus", "add", input, "--to", join(disk, "cases")],
      ...["--name", "a"],
    ]);
    if (result === null) return context.skip("no small disk can be mounted here");
    expect(result.status).toBe(2);
    expect(result.stderr).toContain(text);
    expect(result.stderr).toContain("the disk is full");
    expect(result.stdout).toBe([...there, "1 case: 1 as expected.", ""].join("\n"));
  });

  it("knows its own input again, however large it is", () => {
    const disk = { name: "Ref:1/00000000", bytes: new Uint8Array(PARSER_LIMITS.maxExpectationBytes) };
    const input = put(root, "large.xva", makeXva([{ name: "ova.xml", bytes: ownedOvaXml(OWNER) }, disk]));
    const line = ["corpus", "add", input, "--to", join(root, "large"), "--name", "a", "--force"];
    expect([run(line).status, run(line).status]).toEqual([0, 0]);
  });

  it("ends with 3 where the dump cannot be read, redacted or not", () => {
    for (const more of [[], ["--redact"]]) {
      const { status, stderr } = run(["corpus", "add", join(root, "none"), "--to", root, ...more]);
      expect(status).toBe(3);
      expect(stderr).toContain("no such file");
    }
  });

  it.skipIf(!existsSync("/proc/self"))(
    "ends where no folder can be made and the system does not say why",
    () => {
      const input = put(root, "any.vars", HEALTHY);
      const { status, stderr } = run(["corpus", "add", input, "--to", "/proc/x/y"]);
      expect(status).toBe(3);
      expect(stderr).toContain("/proc/x/y cannot be made");
      const extracted = run(["extract", input, "--out", "/proc/x/y"]);
      expect(extracted).toMatchObject({ status: 2, stderr: expect.stringContaining("cannot be created") });
    },
  );

  it("writes over a case only with --force", () => {
    const folder = join(root, "forced");
    const input = put(root, "a.vars", HEALTHY);
    const line = ["corpus", "add", input, "--to", folder, "--name", "group/one"];
    expect(run(line).status).toBe(0);
    const before = files(folder);
    const { status, stderr } = run(line);
    expect(status).toBe(2);
    expect(stderr).toContain("--force");
    expect(files(folder)).toEqual(before);
    writeFileSync(join(folder, "group/one/expected.json"), "{}");
    expect(run([...line, "--force"]).status).toBe(0);
    expect(run(["corpus", "run", folder]).stdout).toBe("1 case: 1 as expected.\n");
    expect(files(folder)).toEqual(before);
  });

  it("never writes over the input of a case that is another dump, not even with --force", () => {
    const folder = join(root, "kept");
    const line = ["corpus", "add", "--to", folder, "--name", "one", "--force"];
    expect(run([...line, put(root, "c.vars", HEALTHY)]).status).toBe(0);
    const before = files(folder);
    // In another format its name would be another one, and the case would have two inputs.
    for (const other of [AFFECTED, Buffer.from(AFFECTED).toString("base64")]) {
      const { status, stderr } = run([...line, put(root, "d", other)]);
      expect(status).toBe(2);
      expect(stderr).toContain("input.vars is another dump");
      expect(files(folder)).toEqual(before);
    }
  });

  it("never writes through a link, which may lead to a dump", () => {
    const folder = corpusOf({ a: AFFECTED, b: HEALTHY });
    run(["corpus", "update", folder]);
    symlinkSync("../b/input.vars", join(folder, "a/repaired.vars"));
    const before = files(folder);
    const { status, stderr } = run(["corpus", "update", folder]);
    expect(status).toBe(2);
    expect(stderr).toContain("a/repaired.vars is a link");
    expect(files(folder)).toEqual(before);
  });

  it("redacts an export: no trace of its owner, none of its disks, the same verdict", () => {
    const folder = join(root, "redacted");
    const xva = makeXva([
      { name: "ova.xml", bytes: ownedOvaXml(OWNER) },
      { name: "Ref:3/00000000", bytes: new Uint8Array(65_536).fill(0x5a) },
    ]);
    const input = put(root, "b.xva", xva);
    const { status, stdout } = run(["corpus", "add", input, "--to", folder, "--name", "x", "--redact"]);
    expect(status).toBe(0);
    expect(stdout).toContain("only ova.xml is kept");
    const stored = readFileSync(join(folder, "x", "input.xva"));
    expect(stored.length).toBeLessThan(xva.length - 65_536 + 2048);
    for (const content of Object.values(files(folder)))
      expect(found(Buffer.from(content, "latin1"), OWNER)).toEqual([]);
    const verdicts = (path: string) => {
      const [{ vms }] = JSON.parse(run([path, "--format", "json"]).stdout).inputs;
      return vms.map((vm: { verdict: string; findings: { ruleId: string; span: unknown }[] }) => [
        vm.verdict,
        vm.findings.map(({ ruleId, span }) => [ruleId, span]),
      ]);
    };
    expect(verdicts(join(folder, "x", "input.xva"))).toEqual(verdicts(input));
    expect(run(["corpus", "run", folder]).status).toBe(0);
  });

  it("redacts an export that somebody packed again: the header says who", async () => {
    const folder = join(root, "packed-again");
    const xva = await makeUstar([{ name: "ova.xml", bytes: ownedOvaXml(OWNER) }], undefined, OWNER.host);
    expect(found(xva.subarray(0, 512), OWNER)).toEqual([OWNER.host]);
    const input = put(root, "packed-again.xva", xva);
    expect(run(["corpus", "add", input, "--to", folder, "--name", "x", "--redact"]).status).toBe(0);
    const stored = readFileSync(join(folder, "x", "input.xva"));
    expect(found(stored, OWNER)).toEqual([]);
    expect(run(["corpus", "run", folder]).status).toBe(0);
  });

  it("redacts the export of a suspended VM, whose saved state it leaves out, and says so", () => {
    const shipped = fileURLToPath(new URL("../../corpus/xva-suspended-affected/input.xva", import.meta.url));
    const folder = join(root, "suspended");
    const { status, stdout } = run(["corpus", "add", shipped, "--to", folder, "--name", "x", "--redact"]);
    expect(status).toBe(0);
    // The NVRAM in the saved state is worse than the other one.
    expect(stdout).toContain("its NVRAM is not judged here. Take it out with varscope extract");
    expect(readFileSync(join(folder, "x/README.md"), "utf8")).toContain("The saved state of a suspended VM");
    expect(run(["corpus", "run", folder]).stdout).toBe("1 case: 1 as expected.\n");
  });

  it.each<readonly [string, string, string | Uint8Array, string]>([
    ["a hex dump", "nvram.xxd", hexDumpOf(ownedBlob(OWNER), "xxd"), "vars"],
    [
      "an archive of one dump",
      "bug.tar",
      makeTar([{ name: `${OWNER.host}.vars`, bytes: ownedBlob(OWNER) }]),
      "vars",
    ],
    ["a mail", "mail.eml", mailWith(ownedBlob(OWNER)), "vars"],
    [
      "the variables of a guest",
      "efivars.tar",
      makeTar(efivarfsFiles(openBlob(ownedBlob(OWNER)).variables)),
      "uefi-json",
    ],
  ])("redacts %s: what is around the NVRAM goes, and the verdict stays", (_title, name, bytes, format) => {
    const to = join(root, `redacted-${name}`);
    const dump = put(root, name, bytes);
    const { status, stderr } = run(["corpus", "add", dump, "--to", to, "--name", "one", "--redact"]);
    expect([status, stderr]).toEqual([0, ""]);
    const [input = ""] = readdirSync(join(to, "one")).filter((file) => file.startsWith("input."));
    const kept = readFileSync(join(to, "one", input));
    expect(found(kept, OWNER)).toEqual([]);
    const [before, after] = [dump, join(to, "one", input)].map((path) => {
      const { stdout } = run([
        "analyze",
        path,
        "--format",
        "json",
        "--as-of",
        "2026-11-22",
        "--fail-on",
        "never",
      ]);
      const { inputs } = JSON.parse(stdout) as Pick<Report, "inputs">;
      return inputs.flatMap((one) =>
        one.vms.map(({ verdict, findings }) => ({
          verdict,
          rules: findings.map(({ ruleId }) => ruleId),
          format: one.format,
        })),
      );
    });
    expect(after).toEqual((before ?? []).map((one) => ({ ...one, format })));
    expect(after).toHaveLength(1);
  });

  it("gives two redactions of one dump nothing in common that leads back", () => {
    const folder = join(root, "twice");
    const input = put(root, "c.vars", ownedBlob(OWNER));
    for (const name of ["one", "two"])
      run(["corpus", "add", input, "--to", folder, "--name", name, "--redact"]);
    const [one, two] = ["one", "two"].map((name) => readFileSync(join(folder, name, "input.vars")));
    expect(one?.length).toBe(two?.length);
    expect(one?.equals(two ?? Buffer.alloc(0))).toBe(false);
  });

  it("writes nothing where it cannot redact", () => {
    const folder = join(root, "refused");
    const input = put(root, "d.json", '{"NVRAM":{"EFI-variables":"VkFS*AAAA"}}');
    const { status, stderr } = run(["corpus", "add", input, "--to", folder, "--redact"]);
    expect(status).toBe(4);
    expect(stderr).toContain("cannot be redacted");
    expect(() => readdirSync(folder)).toThrow();
  });

  it("takes an input up to its limit, and no byte more", () => {
    const folder = join(root, "limit");
    const input = put(root, "big.bin", "");
    truncateSync(input, PARSER_LIMITS.maxCaseInputBytes);
    expect(run(["corpus", "add", input, "--to", folder, "--name", "n"]).status).toBe(0);
    truncateSync(input, PARSER_LIMITS.maxCaseInputBytes + 1);
    expect(run(["corpus", "add", input, "--to", folder, "--name", "m"]).status).toBe(3);
    expect(readdirSync(folder)).toEqual(["n"]);
  });
});

describe("the command line of corpus", () => {
  it.each([
    [["corpus"], "corpus takes run, update, add"],
    [["corpus", "walk", "x"], 'not "walk"'],
    [["corpus", "run"], "corpus run takes one folder of cases, not 0."],
    [["corpus", "run", "a", "b"], "corpus run takes one folder of cases, not 2."],
    [["corpus", "run", "a", "--redact"], "corpus run has no option --redact."],
    [["corpus", "update", "a", "--shard", "1/2"], "corpus update has no option --shard."],
    [["corpus", "add", "a", "--to", "b", "--jobs", "2"], "corpus add has no option --jobs."],
    [["corpus", "add", "a"], "corpus add needs a corpus: --to DIR."],
    [["corpus", "add", "a", "--to", "b", "--name", "../c"], "--name takes letters"],
    [["corpus", "add", "-", "--to", "b"], "corpus add takes one file"],
  ])("%j is told in plain words", (argv, message) => {
    const { status, stderr } = run(argv);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it("prints a schema that an expectation of several elements fits, too", () => {
    const schema = JSON.parse(run(["schema", "case"]).stdout);
    const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);
    const { asOf, ...element } = JSON.parse(expectedOf(AFFECTED));
    expect(validate({ asOf, ...element })).toBe(true);
    expect(
      validate({
        asOf,
        elements: [
          { path: "!a", ...element },
          { path: "!b", ...element },
        ],
      }),
    ).toBe(true);
    expect(validate({ asOf })).toBe(false);
    expect(validate({ asOf, elements: [element] })).toBe(false);
    expect(validate({ asOf, ...element, vms: [{ ...element.vms[0], verdict: "fine" }] })).toBe(false);
  });
});
