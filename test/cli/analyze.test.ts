import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ascii } from "../../parsers/bytes.ts";
import type { InputReport } from "../../report/input.ts";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import { base64, put, run, runInShell, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";

/** gEfiSecureBootEnableDisableGuid (edk2 SecurityPkg/SecurityPkg.dec). */
const EDK2_SECURE_BOOT_ENABLE = "f0a30bc7-af08-4556-99c4-001009c93a44";

const folder = temporaryFolder();
const healthy = put(folder, "healthy.efivars.b64", base64(healthyBlob()));
const incident = put(folder, "incident.efivars.b64", base64(incidentBlob()));
const incidentRaw = put(folder, "incident.vars", incidentBlob());
const oversized = put(folder, "oversized.vars", makeBlob([makeVariable("GuestLog", new Uint8Array(60_000))]));
const twoVms = put(
  folder,
  "two.xva",
  xvaOf(
    { uuid: UUID_A, name: "files", blob: incidentBlob() },
    { uuid: UUID_B, name: "mail", blob: healthyBlob() },
  ),
);

function report(...args: string[]): Report {
  return JSON.parse(run([...args, "--format", "json"]).stdout);
}

describe("the exit code of analyze", () => {
  it("is 0 where nothing is found, 1 where something is, and follows --fail-on", () => {
    expect(run([healthy]).status).toBe(0);
    expect(run([incident]).status).toBe(1);
    expect(run([incident, "--fail-on", "never"]).status).toBe(0);
    expect(run([incident, "--fail-on", "error", "--format", "json"]).status).toBe(1);
  });

  it("is 2 for wrong usage, with a hint", () => {
    const { status, stdout, stderr } = run([healthy, "--fail-on", "all"]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toBe(
      'varscope: --fail-on takes one of error, warning, info, never, not "all".\nSee varscope --help.\n',
    );
  });

  it("is 3 where an input that was named fails, and the others are reported all the same", () => {
    const missing = join(folder, "missing.xva");
    const { status, stdout, stderr } = run([missing, incident, "--format", "json"]);
    expect(status).toBe(3);
    expect(stderr).toContain(`varscope: ${missing}: `);
    const { inputs, summary } = JSON.parse(stdout) as Report;
    expect(inputs.map(({ error }) => error?.code ?? null)).toEqual(["not-found", null]);
    expect(summary).toMatchObject({ inputs: 2, failed: 1, unrecognised: 0, sources: 1 });
    expect(run([missing, incident, "--fail-on", "never"]).status).toBe(3);
  });
});

describe("the table", () => {
  it("answers whether the VM starts, what is wrong and what to type next", () => {
    const { stdout } = run([incident], { env: { COLUMNS: "100" } });
    const [headline, ...rest] = stdout.split("\n");
    expect(headline).toBe("WILL NOT START  incident.efivars.b64");
    expect(rest.length).toBeLessThan(40);
    for (const text of [
      "60440",
      "57344",
      "131072",
      "variable-data-over-limit",
      "wrong-signature-owner",
      "KEK",
      "dbx",
    ])
      expect(stdout).toContain(text);
    expect(stdout).toContain(`varscope repair ${incident}\n`);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("It prints what comes next, command by command");
    expect(stdout).not.toContain("<VM uuid>");
  });

  it("names the real UUID where the input tells it", () => {
    const { stdout } = run([twoVms]);
    expect(stdout).toContain(`varscope repair ${twoVms}\n`);
    expect(stdout).toContain(UUID_A);
    expect(stdout).not.toContain("<VM uuid>");
  });

  it("names the strategy that can, and what it deletes", () => {
    const { stdout } = run([oversized]);
    expect(stdout).toContain(`varscope repair ${oversized} --strategy remove\n`);
    expect(stdout).toContain("This deletes GuestLog");
  });

  it("begins with an overview where there are several, the worst first", () => {
    const { stdout } = run([healthy, twoVms]);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^Verdict +VM +Findings$/);
    expect(lines[2]).toMatch(/^WILL NOT START +files/);
    expect(stdout).toContain("2 inputs, 3 VMs: 1 will not start, 2 healthy.");
  });

  it("says of a healthy one that nothing is wrong, and nothing to do", () => {
    const { stdout } = run([healthy]);
    expect(stdout).toMatch(/^HEALTHY {2}healthy.efivars.b64\n/);
    expect(stdout).not.toContain("Next steps");
  });

  it("keeps to 80 columns but for what is to be copied", () => {
    const { stdout } = run([incident, twoVms], { env: { COLUMNS: "80" } });
    const long = stdout.split("\n").filter((line) => [...line].length > 80);
    for (const line of long) expect(line).toMatch(/^ {6}(varscope |xe )|incident.efivars.b64|two.xva/);
  });

  it("says with --quiet only the totals where nothing is wrong, and is short where something is", () => {
    expect(run([healthy, "--quiet"]).stdout).toBe("1 input, 1 VM: 1 healthy.\n");
    const { stdout } = run([incident, "--quiet"]);
    expect(stdout).toContain("WILL NOT START");
    expect(stdout).not.toMatch(/Next steps|Space/);
    expect(stdout).toMatch(/\n1 input, 1 VM: 1 will not start\.\n$/);
  });

  it.each(["table", "markdown", "html"])(
    "says with --quiet only what is at or above --fail-on (%s)",
    (format) => {
      const known = Object.entries(
        JSON.parse(run([incident, twoVms, healthy, "--format", "json"]).stdout).summary.byRule as Record<
          string,
          number
        >,
      );
      expect(known.length).toBeGreaterThan(1);
      const { inputs } = JSON.parse(run([incident, twoVms, healthy, "--format", "json"]).stdout);
      const findings = inputs.flatMap(
        ({ vms }: { vms: { findings: { ruleId: string; severity: string }[] }[] }) =>
          vms.flatMap((vm) => vm.findings),
      );
      const loudest: Record<string, readonly string[]> = {
        error: ["error"],
        warning: ["error", "warning"],
        info: ["error", "warning", "info"],
        never: [],
      };
      for (const [failOn, severities] of Object.entries(loudest)) {
        const { stdout } = run([incident, twoVms, healthy, "-q", "--fail-on", failOn, "--format", format]);
        // What is said of a rule may name another one.
        const findingsPart = stdout.replaceAll(/<details id="rule-[\s\S]*?<\/details>/g, "");
        for (const { ruleId, severity } of findings)
          expect({ failOn, ruleId, told: findingsPart.includes(ruleId) }).toEqual({
            failOn,
            ruleId,
            told: severities.includes(severity),
          });
        expect(stdout).toContain("3 inputs, 4 VMs");
        if (failOn === "never") expect(stdout).not.toMatch(/WILL NOT START {2}/);
      }
    },
  );

  it("lets nothing of an input reach the terminal that it would obey", () => {
    const name = "evil\u001b]0;owned\u0007\u202e\nHEALTHY";
    const hostile = put(
      folder,
      "hostile.json",
      JSON.stringify({
        uuid: UUID_A,
        name_label: name,
        NVRAM: { "EFI-variables": base64(incidentBlob(4, 3)) },
      }),
    );
    const variable = put(
      folder,
      "hostile.vars",
      makeBlob([makeVariable("\u001b[2Jx\n\u202e", new Uint8Array(60_000))]),
    );
    for (const command of ["analyze", "inspect", "repair"]) {
      for (const path of [hostile, variable]) {
        const { stdout, stderr } = run([command, path, ...(command === "repair" ? ["--dry-run"] : [])]);
        expect(`${stdout}${stderr}`.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(stdout.split("\n")).not.toContain("HEALTHY");
      }
    }
    expect(run(["no\u001bfile"]).stderr).not.toContain("\u001b");
  });
});

describe("the report", () => {
  it("has the contract's fields for the incident, as text and as bytes", () => {
    for (const path of [incident, incidentRaw]) {
      const { inputs, summary, ...head } = report(path, "--as-of", "2026-01-02");
      expect(head).toMatchObject({ schemaVersion: 1, tool: { name: "varscope" }, asOf: "2026-01-02" });
      const [vm] = inputs[0]?.vms ?? [];
      expect(vm).toMatchObject({
        uuid: null,
        nameLabel: null,
        kind: "unknown",
        source: "NVRAM",
        verdict: "unbootable",
      });
      expect(vm?.nvram).toMatchObject({ state: "present", version: 2, limitBytes: 131_072, loads: false });
      expect(vm?.nvram?.refusal).toMatchObject({ code: "data-over-limit", variable: { name: "dbx" } });
      expect(summary.byVerdict).toEqual({ unbootable: 1 });
      expect(summary.byRule["wrong-signature-owner"]).toBe(3);
    }
  });

  it("is the same value as ndjson, one input a line", () => {
    const { inputs } = report(incident, twoVms);
    const lines = run([incident, twoVms, "--format", "ndjson"]).stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(inputs);
  });

  it("is written as JSON.stringify would indent it", () => {
    const { stdout } = run([incident, healthy, "--format", "json"]);
    expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout), null, 2)}\n`);
  });

  it("goes to a file with --output, and over one only with --force", () => {
    const path = join(folder, "report.out");
    const { status, stdout } = run([incident, "--format", "json", "--output", path]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    const written = readFileSync(path, "utf8");
    expect(JSON.parse(written)).toEqual(report(incident));
    const again = run([healthy, "--format", "json", "--output", path]);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain("--force");
    expect(readFileSync(path, "utf8")).toBe(written);
    expect(run([healthy, "--format", "ndjson", "--output", path, "--force"]).status).toBe(0);
    expect((JSON.parse(readFileSync(path, "utf8")) as InputReport).path).toBe(healthy);
  });

  it("is never written over an input, not even with --force", () => {
    const before = readFileSync(incident);
    const { status, stderr } = run([incident, "--output", incident, "--force"]);
    expect(status).toBe(2);
    expect(stderr).toContain("is an input");
    expect(readFileSync(incident)).toEqual(before);
  });

  it("cannot go where there is no folder", () => {
    expect(run([incident, "--output", join(folder, "none", "x.json")]).status).toBe(2);
    expect(existsSync(join(folder, "none"))).toBe(false);
  });
});

describe("folders", () => {
  const root = join(folder, "dumps");
  mkdirSync(join(root, "b"), { recursive: true });
  mkdirSync(join(root, "notes"));
  put(root, "a.vars", healthyBlob());
  put(join(root, "b"), "c.efivars.b64", base64(incidentBlob(4, 3)));
  put(root, "z.txt", "nothing here\n");
  put(root, "empty", "");
  put(join(root, "notes"), "n.txt", "a note\n");
  symlinkSync("..", join(root, "b", "loop"));

  it("are read with every file as an input, in the order of the paths", () => {
    const { inputs, summary } = report(root);
    expect(inputs.map(({ path, error }) => [path.slice(root.length), error?.code ?? null])).toEqual([
      ["/a.vars", null],
      ["/b/c.efivars.b64", null],
      ["/empty", "unrecognised"],
      ["/notes/n.txt", "unrecognised"],
      ["/z.txt", "unrecognised"],
    ]);
    expect(summary).toMatchObject({ inputs: 5, failed: 0, unrecognised: 3, sources: 2 });
  });

  it("end with 3 only for a file that was named itself, or where nothing was recognised", () => {
    expect(run([root]).status).toBe(1);
    expect(run([root, "--fail-on", "never"]).status).toBe(0);
    expect(run([join(root, "z.txt")]).status).toBe(3);
    const { status, stdout } = run([join(root, "notes"), "--format", "json"]);
    expect(status).toBe(3);
    const { inputs, summary } = JSON.parse(stdout) as Report;
    expect(inputs.map(({ error }) => error?.code)).toEqual(["unrecognised", "no-dumps"]);
    expect(summary).toMatchObject({ failed: 1, unrecognised: 1 });
  });

  it("without any file are an error of their own", () => {
    const empty = join(folder, "nothing");
    mkdirSync(empty);
    const { status, stdout } = run([empty]);
    expect(status).toBe(3);
    expect(stdout).toContain("NOT READ");
    expect(stdout).toContain("no-dumps");
  });

  it("with one file that is no dump are told in the singular", () => {
    expect(run([join(root, "notes")]).stderr).toContain("found 1 file, none of them a dump");
  });

  it("name what other hypervisors keep, the first of them", () => {
    const others = join(folder, "others");
    mkdirSync(others);
    for (let i = 0; i < 6; i++) put(others, `${i}.vmgs`, ascii(`VMGS${"\0".repeat(60)}${i}`));
    const name = /\.vmgs: no dump, but the guest state \(\.vmgs\) of a VM of Hyper-V/g;
    const json = run([others, "--format", "json"]);
    expect(json.stderr.match(name)).toHaveLength(5);
    expect(json.stderr).toContain("1 more files are of other hypervisors.");
    const table = run([others]).stdout;
    expect(table).toContain("found 6 files, all of other hypervisors. There is nothing to import");
    expect(table).toContain("Of other hypervisors: nothing to import");
    expect(table.match(/\.vmgs: the guest state \(\.vmgs\) of a VM of Hyper-V/g)).toHaveLength(5);
    expect(table).toContain("… 1 more files of other hypervisors");
    expect(table).toContain("Only to judge the VM after its first start");
    for (const format of ["markdown", "html"])
      expect(run([others, "--format", format]).stdout.match(/the guest state \(\.vmgs\)/g)).toHaveLength(6);
    put(others, "notes.txt", ascii("milk, bread"));
    expect(run([others]).stdout.replace(/\s+/g, " ")).toContain(
      "found 7 files, none of them a dump (6 of other hypervisors). Name the folder",
    );
  });

  it("take the JSON of another firmware's store for another hypervisor's, too", () => {
    const mixed = join(folder, "mixed");
    mkdirSync(mixed);
    put(mixed, "good.vars", healthyBlob());
    const variable = { name: "SecureBootEnable", guid: EDK2_SECURE_BOOT_ENABLE, attr: 7, data: "01" };
    const store = put(mixed, "lxd-uefi.json", ascii(JSON.stringify({ version: 2, variables: [variable] })));
    const { status, stdout } = run([mixed]);
    expect(stdout.replace(/\s+/g, " ")).toContain("lxd-uefi.json: those of another firmware's store (EDK2)");
    expect([status, run([store]).status]).toEqual([0, 3]);
  });

  it("count what is no dump in the last line of the table, without a complaint each", () => {
    const { stdout, stderr } = run([root]);
    expect(stdout).toMatch(/5 inputs, 2 VMs: .*; 3 files not recognised as a dump\.\n$/);
    expect(stderr).toBe("");
  });
});

describe("standard input", () => {
  it("is read for -, whatever the form", () => {
    expect(run(["-"], { input: incidentBlob(4, 3) }).status).toBe(1);
    const text = `EFI-variables: ${base64(healthyBlob())}; EFI-variables-on-boot: persist\n`;
    const { status, stdout } = run(["-", "--format", "json"], { input: text });
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as Report).inputs[0]).toMatchObject({
      path: "-",
      format: "nvram-text",
      error: null,
    });
    expect(run(["-"], { input: "" }).status).toBe(3);
  });
});

describe("a name that is no UTF-8", () => {
  it("cannot be opened as an argument, which is told other than a name that is misspelt", () => {
    const line = `cp '${healthy}' ${folder}/$'caf\\xe9.vars' && $0 ${folder}/$'caf\\xe9.vars'`;
    const { status, stderr } = runInShell(line);
    expect(status).toBe(3);
    expect(stderr).toContain("Its name seems to be no UTF-8");
    expect(runInShell(`$0 - < ${folder}/$'caf\\xe9.vars'`).status).toBe(0);
    expect(runInShell(`$0 ${folder}/cafe.vars`).stderr).toContain("Check the spelling of the path.");
  });
});

describe("bad input", () => {
  const cases: readonly (readonly [string, Uint8Array | string])[] = [
    ["an empty file", ""],
    ["a text file", "hello world\n"],
    ["a PNG", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13)],
    [
      "base64 of something else",
      `${base64(new TextEncoder().encode("something else that is no NVRAM at all ".repeat(4)))}\n`,
    ],
    ["XML with a DTD", '<!DOCTYPE value [<!ENTITY a "b">]><value>&a;</value>'],
    ["a cut XVA", xvaOf({ uuid: UUID_A, name: "a", blob: incidentBlob() }).subarray(0, 5000)],
  ];

  it.each(cases)("%s has its own message and exit code 3", (name, content) => {
    const path = put(folder, name.replaceAll(" ", "-"), content);
    const { status, stdout, stderr } = run([path, "--format", "json"]);
    expect(status).toBe(3);
    const { error } = (JSON.parse(stdout) as Report).inputs[0] ?? {};
    expect(error?.message).toMatch(/expected .*, found ./);
    expect(stderr).toContain(error?.message ?? "?");
  });

  it("gives a message of its own for each", () => {
    const messages = cases.map(([name]) =>
      run([join(folder, name.replaceAll(" ", "-"))]).stderr.replace(/.*?: /, ""),
    );
    expect(new Set(messages).size).toBe(cases.length);
  });
});

describe("many inputs", () => {
  it("are advised on one by one only as far as somebody reads, and the others counted", () => {
    const paths = Array.from({ length: 6 }, (_, i) => put(folder, `many-${i}.vars`, incidentBlob(4, 3)));
    const { stdout } = run(paths);
    expect(
      stdout.match(/^ {6}varscope repair many-\d.vars$|^ {6}varscope repair \S+many-\d.vars$/gm),
    ).toHaveLength(3);
    expect(stdout.match(/^ {6}varscope repair \S+many-\d.vars --dry-run$/gm)).toHaveLength(3);
    expect(stdout).toContain("6 inputs, 6 VMs: 6 at risk.");
  });
});
