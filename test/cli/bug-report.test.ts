/** Bug reports and other archives, through the program: what they tell of a host, and of the dumps in them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { ArchiveBudget } from "../../library/archive/budget.ts";
import { HostFileCollector } from "../../library/archive/host-files.ts";
import { tarMembers } from "../../library/archive/tar-members.ts";
import { held } from "../../library/archive/zip-members.ts";
import { emptyHostFile } from "../../parsers/host/host-file.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { MAX_EXTENSION_BYTES } from "../../parsers/packing/tar-extension.ts";
import type { Report } from "../../report/report.ts";
import { REPORT_SCHEMA } from "../../report/schemas/report.ts";
import { healthyBlob } from "../builders/blob.ts";
import {
  dumpFiles,
  FAULTY,
  FIXED,
  packageList,
  REPORT_NAME,
  reportArchive,
  reportFiles,
  SECRET,
  text,
  VM_UUID,
  yumLine,
} from "../builders/bug-report.ts";
import { Pieces, parseErrorOf } from "../builders/streams.ts";
import { makeUstar, makeXva, tarHeader } from "../builders/tar.ts";
import { makeZip } from "../builders/zip.ts";
import { put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const UPDATED_TO_FAULTY = yumLine("Oct 23 14:05:11", "Updated", FAULTY);

function reportOf(path: string, input?: Uint8Array): Report {
  const { stdout } = run(
    ["analyze", path, "--format", "json", "--no-progress"],
    input === undefined ? {} : { input },
  );
  expect(stdout).not.toContain(SECRET);
  return JSON.parse(stdout);
}

/** Without the name of the archive itself. */
function paths(report: Report, path: string): string[] {
  return report.inputs.map((input) => input.path.slice(path.length));
}

describe("a bug report", () => {
  it.each(["tar", "tar.gz", "tar.bz2", "zip"] as const)("tells the same as %s", async (form) => {
    const bytes = await reportArchive(form);
    if (bytes === null) return;
    const path = put(folder, `report.${form}`, bytes);
    const report = reportOf(path);
    const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(
      REPORT_SCHEMA,
    );
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(paths(report, path)).toEqual([
      "",
      `!${REPORT_NAME}/xapi-db.xml`,
      `!${REPORT_NAME}/xapi-db-dumped.xml`,
    ]);
    const [host, database] = report.inputs;
    expect(host).toMatchObject({ format: "bug-report", error: null, vms: [] });
    expect(host?.findings.map(({ ruleId }) => ruleId)).toEqual([
      "faulty-varstored-was-installed",
      "varstored-refused-nvram",
      "start-failed-otherwise",
    ]);
    expect(host?.host).toMatchObject({
      reportedAt: "2025-11-02T08:15:00",
      varstored: {
        installed: "1.2.0-3.4.xcpng8.3",
        faulty: false,
        faultyPeriods: [{ from: "2025-10-23T14:05:11", to: "2025-10-31T08:00:00", yearFrom: "report-name" }],
      },
      failedStarts: [{ uuid: VM_UUID, cause: "nvram-refused" }, { cause: "other-emulator" }],
    });
    expect(database?.vms).toMatchObject([
      { uuid: VM_UUID, verdict: "unknown", nvram: { state: "redacted" } },
    ]);
    expect(database?.findings.map(({ ruleId }) => ruleId)).toEqual(["pool-certificates-wrong-owner"]);
  });

  it("comes through standard input as well", async () => {
    for (const form of ["tar.gz", "zip"] as const) {
      const bytes = await reportArchive(form);
      expect(reportOf("-", bytes ?? undefined).inputs[0]?.format).toBe("bug-report");
    }
  });

  it("stands for itself where several are in one archive", async () => {
    const inner = [
      { name: "one.tar.gz", bytes: (await reportArchive("tar.gz")) ?? new Uint8Array(0) },
      {
        name: "two.zip",
        bytes: (await reportArchive("zip", reportFiles("bug-report-20261102081500"))) ?? new Uint8Array(0),
      },
    ];
    const report = reportOf(put(folder, "both.zip", makeZip(inner)));
    const hosts = report.inputs.filter(({ host }) => host !== undefined);
    expect(hosts.map(({ path, host }) => [path.split("!")[1], host?.reportedAt])).toEqual([
      ["one.tar.gz", "2025-11-02T08:15:00"],
      ["two.zip", "2026-11-02T08:15:00"],
    ]);
  });

  it("is no log where one of its own stands at its very beginning", async () => {
    const log = reportFiles().filter(({ name }) => name.endsWith("xensource.log"));
    const inner = { name: "one.tar.gz", bytes: gzipSync(await makeUstar([...log, ...reportFiles()])) };
    const report = reportOf(put(folder, "log-first.zip", makeZip([inner])));
    expect(report.inputs.flatMap(({ host }) => (host === undefined ? [] : [host.reportedAt]))).toEqual([
      "2025-11-02T08:15:00",
    ]);
  });

  it("tells of a faulty release that is gone, although the log does not tell when", () => {
    const log = { name: `${REPORT_NAME}/var/log/yum.log`, bytes: text(UPDATED_TO_FAULTY) };
    const list = { name: `${REPORT_NAME}/rpm-qa.out`, bytes: packageList(FIXED) };
    const report = reportOf(put(folder, "gone.zip", makeZip([log, list])));
    expect(report.inputs[0]?.findings).toMatchObject([
      {
        ruleId: "faulty-varstored-was-installed",
        facts: { from: "2025-10-23T14:05:11", to: null, replacedBy: "1.2.0-3.4.xcpng8.3" },
      },
    ]);
    expect(report.inputs[0]?.findings[0]?.message).toContain("the log does not tell when");
    const none = reportOf(put(folder, "none.zip", makeZip([log, { ...list, bytes: packageList() }])));
    expect(none.inputs[0]?.findings).toMatchObject([{ facts: { to: null, replacedBy: "nothing" } }]);
  });

  it("counts a faulty release that was installed over itself once", () => {
    const again = yumLine("Oct 23 15:00:00", "Installed", FAULTY);
    const log = text(UPDATED_TO_FAULTY, again, yumLine("Oct 31 08:00:00", "Updated", FIXED));
    const report = reportOf(put(folder, "reinstalled.log", log));
    expect(report.inputs[0]?.host?.varstored.faultyPeriods).toMatchObject([
      { from: "2025-10-23T14:05:11", to: "2025-10-31T08:00:00" },
    ]);
  });

  it("finds the faulty release beside another one, as an update that broke off leaves them", () => {
    const report = reportOf(put(folder, "both.out", packageList(FIXED, FAULTY)));
    expect(report.inputs[0]?.findings.map(({ ruleId }) => ruleId)).toEqual(["faulty-varstored-installed"]);
  });

  it("stands for itself where several were unpacked side by side and packed anew", () => {
    const files = [
      ...reportFiles("a/bug-report-20251102081500"),
      ...reportFiles("b/bug-report-20251103081500"),
    ];
    const report = reportOf(put(folder, "side.zip", makeZip(files)));
    expect(report.inputs.flatMap(({ host }) => (host === undefined ? [] : [host.reportedAt]))).toEqual([
      "2025-11-02T08:15:00",
      "2025-11-03T08:15:00",
    ]);
  });

  it("may lie unpacked in a folder, each file by itself", () => {
    const root = join(folder, "unpacked");
    for (const { name, bytes } of reportFiles()) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), bytes);
    }
    const report = reportOf(root);
    const formats = report.inputs.flatMap(({ format, path }) =>
      format === null ? [] : [`${format} ${path.slice(path.lastIndexOf("/") + 1)}`],
    );
    expect(formats).toEqual([
      "rpm-list rpm-qa.out",
      "host-log daemon.log.2.gz",
      "host-log xensource.log",
      "yum-log yum.log",
      "xapi-db xapi-db-dumped.xml",
      "xapi-db xapi-db.xml",
    ]);
    const yum = report.inputs.find(({ format }) => format === "yum-log");
    expect(yum?.host?.transactions?.[0]?.time).toBe("2024-12-12T09:10:11");
  });

  it("is told in a few lines", async () => {
    const path = put(folder, "told.zip", (await reportArchive("zip")) ?? new Uint8Array(0));
    const { stdout } = run([path, "--no-progress"]);
    expect(stdout).toContain("varstored now: 1.2.0-3.4.xcpng8.3, by the list of packages.");
    expect(stdout).toContain("was installed from 2025-10-23T14:05:11 to 2025-10-31T08:00:00");
    expect(stdout).toContain(`VM ${VM_UUID} (vm 1): varstored refused the NVRAM`);
    expect(stdout).toContain(`    xe vm-param-get uuid=${VM_UUID} param-name=NVRAM `);
    expect(stdout).not.toContain(SECRET);
  });
});

describe("an archive of dumps", () => {
  it("gives an element for itself and one for each dump, in the order of its members", () => {
    const path = put(
      folder,
      "forty.zip",
      makeZip([...dumpFiles(40), { name: "note.txt", bytes: Buffer.from("hello") }]),
    );
    const report = reportOf(path);
    expect(paths(report, path).slice(0, 3)).toEqual(["", "!dumps/000.efivars.b64", "!dumps/001.efivars.b64"]);
    expect(report.summary).toMatchObject({
      inputs: 41,
      vms: 40,
      byVerdict: { healthy: 40 },
      unrecognised: 0,
    });
    expect(report.inputs[0]).toMatchObject({
      format: "archive",
      archive: { members: 41, dumps: 40, unclaimed: 1 },
    });
    expect(new Set(report.inputs.map(({ place }) => place))).toEqual(new Set([0]));
  });

  it("leaves exports and archives of certificates what they are", () => {
    const export_ = makeXva([{ name: "ova.xml", bytes: Buffer.from("<value/>") }]);
    expect(reportOf(put(folder, "x.xva", export_)).inputs).toHaveLength(1);
    const inside = reportOf(put(folder, "x.zip", makeZip([{ name: "x.xva", bytes: export_ }])));
    expect(inside.inputs[1]).toMatchObject({ format: "xva" });
  });

  it("is not recognised where nothing in it is", () => {
    const { status, stdout } = run([
      "analyze",
      put(folder, "none.zip", makeZip([{ name: "a", bytes: Buffer.from("a") }])),
      "--format",
      "json",
    ]);
    expect(status).toBe(3);
    expect(JSON.parse(stdout).inputs).toMatchObject([{ format: null, error: { code: "unrecognised" } }]);
  });

  it("takes long names of GNU tar and PAX", async () => {
    const name = `${"long/".repeat(40)}a.vars`;
    const path = put(folder, "long.tar", await makeUstar([{ name, bytes: healthyBlob() }], { comment: "x" }));
    expect(paths(reportOf(path), path)[1]).toBe(`!${name}`);
    const gnu = spawnSync("tar", [
      "--format=gnu",
      "-cf",
      "-",
      "--transform",
      `s#^#${"deep/".repeat(30)}#`,
      "-C",
      folder,
      "x.zip",
    ]);
    if (gnu.status !== 0) return;
    expect(reportOf(put(folder, "gnu.tar", gnu.stdout)).inputs.at(-1)?.path).toMatch(
      /!deep\/(deep\/){29}x\.zip!x\.xva$/,
    );
  });

  it("has commands for a member that run as they are printed", () => {
    const damaged = healthyBlob().subarray(0, -3);
    const { stdout } = run([
      put(folder, "broken.zip", makeZip([{ name: "a.vars", bytes: damaged }])),
      "--no-progress",
    ]);
    const [, words = ""] = /varscope (repair '\S+!a\.vars' .*--dry-run)/.exec(stdout) ?? [];
    const ended = run(words.replaceAll("'", "").split(" "));
    // Of what is cut nothing can be kept whole by the default strategy.
    expect(ended.status).toBe(4);
    expect(ended.stderr).toContain("not repaired: ");
  });

  it("goes on where it was interrupted, between two of its members as well", () => {
    const path = put(folder, "resumed.zip", makeZip(dumpFiles(3)));
    const result = join(folder, "result.ndjson");
    const args = ["analyze", path, path, "--format", "ndjson", "--as-of", "2026-01-01", "--no-progress"];
    const whole = run(args).stdout;
    const lines = whole.split("\n");
    for (let count = 0; count < lines.length; count++) {
      writeFileSync(
        result,
        lines
          .slice(0, count)
          .map((line) => `${line}\n`)
          .join(""),
      );
      expect(run([...args, "--resume", result]).stderr).toBe("");
      expect(readFileSync(result, "utf8")).toBe(whole);
    }
  });
});

describe("limits of archives", () => {
  it("count members, bytes and dumps", () => {
    const budget = new ArchiveBudget({ maxArchiveMembers: 2, maxArchiveBytes: 10, maxArchiveDumps: 1 });
    budget.countMember();
    budget.countMember();
    expect(() => budget.countMember()).toThrow("2 members");
    budget.countBytes(10);
    expect(() => budget.countBytes(1)).toThrow("10 bytes");
    budget.countDump();
    expect(() => budget.countDump()).toThrow("1 dumps");
  });

  it("bound what tells the name of a member", async () => {
    const named = async (size: number) => {
      const header = tarHeader("././@LongLink", size);
      header[156] = "L".charCodeAt(0);
      header.fill(0x20, 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.set(Buffer.from(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
      const archive = Buffer.concat([
        header,
        Buffer.alloc(Math.ceil(size / 512) * 512, "n"),
        makeXva([{ name: "short", bytes: Buffer.from("x") }]),
      ]);
      const names: string[] = [];
      for await (const { name } of tarMembers(new Pieces(archive))) names.push(name);
      return names;
    };
    expect((await named(MAX_EXTENSION_BYTES))[0]).toHaveLength(MAX_EXTENSION_BYTES);
    expect((await parseErrorOf(named(MAX_EXTENSION_BYTES + 1))).code).toBe("over-limit");
  });

  it("bound a ZIP archive that is held in memory", async () => {
    const { maxZipStreamBytes } = PARSER_LIMITS;
    const stream = async function* (bytes: number) {
      const piece = new Uint8Array(1 << 20);
      for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
    };
    expect((await held(stream(maxZipStreamBytes))).size).toBe(maxZipStreamBytes);
    expect((await parseErrorOf(held(stream(maxZipStreamBytes + 1)))).code).toBe("over-limit");
  });

  it("bound the files of hosts", () => {
    const collector = new HostFileCollector();
    const file = emptyHostFile("log");
    for (let i = 0; i < PARSER_LIMITS.maxHostFiles; i++) collector.add(`var/log/daemon.log.${i}`, [file]);
    collector.add("a/bug-report-20251102081500/var/log/xen/x.log", []);
    collector.add("a/bug-report-20251102081500/rpm-qa.out", []);
    collector.add("logs/var/log/xen/x.log", []);
    expect(collector.hosts.map(({ root }) => root)).toEqual(["", "a/bug-report-20251102081500", "logs"]);
    expect(collector.hosts[0]?.files).toHaveLength(PARSER_LIMITS.maxHostFiles);
    expect(() => collector.add("var/log/daemon.log", [file])).toThrow("logs and lists of hosts");
  });

  it("bound the events of all files together", () => {
    const { maxHostEvents } = PARSER_LIMITS;
    const collector = new HostFileCollector();
    const one = { uuid: VM_UUID, time: null, until: null, domid: 1, task: null };
    const file = { ...emptyHostFile("log"), vms: Array.from({ length: maxHostEvents - 1 }, () => one) };
    collector.add("daemon.log.1", [file]);
    collector.add("daemon.log.2", [{ ...file, vms: [one] }]);
    collector.add("daemon.log.3", [{ ...file, vms: [one, one] }]);
    expect(collector.hosts[0]?.files.map(({ vms, dropped }) => [vms.length, dropped])).toEqual([
      [maxHostEvents - 1, 0],
      [1, 0],
      [0, 2],
    ]);
  });

  it("see a report by its files where its folder has another name", () => {
    const collector = new HostFileCollector();
    for (const name of ["host1/inventory.xml", "host2/rpm-qa.out"]) collector.see(name);
    expect(collector.isBugReport).toBe(false);
    collector.see("host1/rpm-qa.out");
    expect(collector.isBugReport).toBe(true);
    expect(collector.formatOf("x", packageList(FIXED))?.id).toBe("rpm-list");
  });
});

describe("a log of a host", () => {
  const START = "Oct 23 10:11:12 xcp1 varstored-7[2345]: ";
  const log = put(
    folder,
    "told.log",
    new TextEncoder().encode(
      `${START}unserialize_variables: Failed to unserialize variable!\n${START}open: failed <b>für</b> \`x\` password=hunter\n`,
    ),
  );

  it.each([
    ["table", "open: failed <b>für</b> `x` password=[left out]"],
    ["markdown", "open: failed \\<b\\>für\\</b\\> \\`x\\` password=\\[left out\\]"],
    ["html", "open: failed &lt;b&gt;für&lt;/b&gt; `x` password=[left out]"],
  ])("is told with its unknown lines, and what to do with them, in %s", (format, line) => {
    const { stdout } = run(["analyze", log, "--format", format, "--no-progress"]);
    const flat = stdout.replaceAll(/\s+/g, " ");
    expect(flat).toContain(line);
    expect(flat).toContain("the VM of domain 7: varstored refused the NVRAM");
    expect(flat).toContain("What to do with them");
    expect(stdout).not.toContain("hunter");
    const quiet = run(["analyze", log, "--format", format, "--no-progress", "--quiet"]).stdout;
    expect(quiet).not.toContain("What to do with them");
  });
});
