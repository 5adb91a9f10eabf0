import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostHistory, reportTimeOf } from "../../../parsers/host/history.ts";
import type { HostFile } from "../../../parsers/host/host-file.ts";
import { HostLogReader, looksLikeHostLog } from "../../../parsers/host/host-log.ts";
import { looksLikePackageList, PackageListReader } from "../../../parsers/host/package-list.ts";
import { looksLikeYumLog, YumLogReader } from "../../../parsers/host/yum-log.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { noise } from "../../builders/blob.ts";
import {
  BEFORE,
  daemonLine,
  domainLine,
  emulatorLine,
  FAULTY,
  FIXED,
  OTHER_UUID,
  packageList,
  refusedLines,
  SECRET,
  SECRET_LINE,
  startLine,
  text,
  VM_UUID,
  yumLine,
} from "../../builders/bug-report.ts";

type Reader = HostLogReader | PackageListReader | YumLogReader;

function read(reader: Reader, bytes: Uint8Array, name = "", pieceBytes = 65_536): HostFile {
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.feed(bytes.subarray(at, at + pieceBytes));
  reader.end();
  return { ...reader.file(), name };
}

const yumLog = (name: string, ...lines: string[]) => read(new YumLogReader(), text(...lines), name);
const hostLog = (...lines: string[]) => read(new HostLogReader(), text(...lines), "daemon.log");

function dates(files: readonly HostFile[], reportedAt: string | null) {
  return (hostHistory(files, reportedAt).transactions ?? []).map(({ time, yearFrom }) => [time, yearFrom]);
}

const REPORTED = "2026-02-03T10:00:00";

describe("hostHistory", () => {
  it("counts years back from the report's date, by the order of the lines", () => {
    const log = yumLog(
      "yum.log",
      yumLine("Nov 30 10:00:00", "Installed", BEFORE),
      yumLine("Mar 01 10:00:00", "Updated", BEFORE),
      yumLine("Dec 24 10:00:00", "Updated", FIXED),
      yumLine("Feb 02 10:00:00", "Updated", FIXED),
    );
    expect(dates([log], REPORTED)).toEqual([
      ["2024-11-30T10:00:00", "report-name"],
      ["2025-03-01T10:00:00", "report-name"],
      ["2025-12-24T10:00:00", "report-name"],
      ["2026-02-02T10:00:00", "report-name"],
    ]);
  });

  it("knows the year of the release that was public for one day, and counts from it", () => {
    const log = yumLog(
      "yum.log",
      yumLine("Dec 12 10:00:00", "Installed", BEFORE),
      yumLine("Oct 23 10:00:00", "Updated", FAULTY),
      yumLine("Jan 07 10:00:00", "Updated", FIXED),
    );
    expect(dates([log], null)).toEqual([
      ["2024-12-12T10:00:00", "known-release"],
      ["2025-10-23T10:00:00", "known-release"],
      ["2026-01-07T10:00:00", "known-release"],
    ]);
  });

  it("leaves a year open that may be one or the other, and one that nothing tells", () => {
    const lines = [
      yumLine("Oct 23 10:00:00", "Updated", FAULTY),
      yumLine("Oct 31 10:00:00", "Updated", FIXED),
    ];
    expect(dates([yumLog("yum.log", ...lines)], "2026-12-01T10:00:00")).toEqual([
      ["2025-10-23T10:00:00", "known-release"],
      ["10-31T10:00:00", null],
    ]);
    expect(dates([yumLog("yum.log", yumLine("Oct 31 10:00:00", "Updated", FIXED))], null)).toEqual([
      ["10-31T10:00:00", null],
    ]);
  });

  it("puts rotated logs in front, whatever their order, and takes the date in a rotated log's name", () => {
    const newest = yumLog("var/log/yum.log", yumLine("Jan 20 10:00:00", "Updated", FIXED));
    const older = yumLog("var/log/yum.log.1", yumLine("Nov 02 10:00:00", "Updated", FIXED));
    const oldest = yumLog("var/log/yum.log.2.gz", yumLine("Dec 02 10:00:00", "Installed", BEFORE));
    expect(dates([newest, oldest, older], REPORTED).map(([time]) => time)).toEqual([
      "2024-12-02T10:00:00",
      "2025-11-02T10:00:00",
      "2026-01-20T10:00:00",
    ]);
    const dated = yumLog("yum.log-20250101", yumLine("Dec 02 10:00:00", "Installed", BEFORE));
    expect(dates([dated], null)).toEqual([["2024-12-02T10:00:00", "rotated-file-name"]]);
  });

  it("takes a clock that is set back by hours for no new year", () => {
    const log = yumLog(
      "yum.log",
      yumLine("Oct 26 02:59:00", "Updated", BEFORE),
      yumLine("Oct 26 02:01:00", "Updated", FIXED),
    );
    expect(dates([log], REPORTED).map(([time]) => time)).toEqual([
      "2025-10-26T02:59:00",
      "2025-10-26T02:01:00",
    ]);
  });

  it("puts together what varstored, xenopsd and xapi say of one start", () => {
    const history = hostHistory(
      [
        hostLog(...refusedLines("Oct 30 07:00:03", 7)),
        hostLog(
          startLine("Oct 30 07:00:01", "0d7f7a0a9d3f", VM_UUID),
          domainLine("Oct 30 07:00:02", VM_UUID, 7),
          emulatorLine("Oct 30 07:00:04", "0d7f7a0a9d3f", "varstored", "Daemon exited unexpectedly"),
          emulatorLine("Oct 30 07:00:05", "0d7f7a0a9d3f", "varstored", "Daemon exited unexpectedly"),
        ),
      ],
      REPORTED,
    );
    expect(history.failedStarts).toHaveLength(1);
    expect(history.failedStarts?.[0]).toMatchObject({
      time: "2025-10-30T07:00:04",
      cause: "nvram-refused",
      uuid: VM_UUID,
      domid: 7,
    });
  });

  it("tells two starts of one VM apart, and does not guess whose domain it was long ago", () => {
    const history = hostHistory(
      [
        hostLog(
          domainLine("Oct 30 06:00:00", VM_UUID, 7),
          ...refusedLines("Oct 30 07:00:03", 7),
          domainLine("Oct 30 08:00:00", OTHER_UUID, 7),
          ...refusedLines("Oct 30 08:00:02", 7),
        ),
      ],
      null,
    );
    expect(history.failedStarts?.map(({ time, uuid }) => [time, uuid])).toEqual([
      ["10-30T07:00:03", null],
      ["10-30T08:00:02", OTHER_UUID],
    ]);
  });

  it("keeps one line of the many that say whose domain it is, and the time of the last", () => {
    const lines = Array.from({ length: 50 }, (_, i) => domainLine(`Oct 30 06:${10 + i}:00`, VM_UUID, 7));
    const log = hostLog(...lines, ...refusedLines("Oct 30 07:00:03", 7));
    expect(log.vms).toMatchObject([{ uuid: VM_UUID, domid: 7, until: { inYear: "10-30T06:59:00" } }]);
    expect(hostHistory([log], null).failedStarts).toMatchObject([{ uuid: VM_UUID }]);
  });

  it.each([
    ["xapi-did-not-answer", "get_from_xapi: Failed to get EFI variables"],
    ["keys-not-planted", "setup_keys: Aborting keys setup"],
    ["nvram-refused", "xapidb_parse_blob: Invalid variable count 2000 > 1024"],
    ["nvram-refused", "unserialize_variables: More data than expected: 12"],
    ["unexplained", "varstored_initialize: Failed to initialize backend!"],
  ])("says %s of: %s", (cause, message) => {
    const log = hostLog(daemonLine("Oct 30 07:00:03", 7, message));
    expect(hostHistory([log], null).failedStarts).toMatchObject([{ cause, domid: 7 }]);
  });

  it("takes no start for failed of which varstored only remarks something", () => {
    const log = hostLog(
      daemonLine("Oct 30 07:00:03", 7, "setup_keys: Continuing keys setup despite missing optional dbx"),
      daemonLine("Oct 30 07:00:03", 7, "initialize_settings: Secure boot enable: true"),
    );
    expect(hostHistory([log], null).failedStarts).toEqual([]);
  });

  it("reads xenopsd's own error, which names the VM", () => {
    const line = `Oct 30 07:00:04 host1 xenopsd-xc: [error||12 |VM.start R:0d7f7a0a9d3f|xenops_server] Xenops_interface.Xenopsd_error([S(Failed_to_start_emulator);[S(${VM_UUID});S(varstored);S(Daemon exited unexpectedly)]])`;
    expect(hostHistory([hostLog(line)], null).failedStarts).toMatchObject([
      { uuid: VM_UUID, emulator: "varstored", messages: ["Daemon exited unexpectedly"] },
    ]);
  });

  it("keeps nothing of a line but what its patterns take", () => {
    expect(JSON.stringify(hostHistory([hostLog(SECRET_LINE)], null))).not.toContain(SECRET);
  });

  it("tells when a report was made by the last folder that says so", () => {
    expect(reportTimeOf("x/bug-report-20250101000000.tar!bug-report-20251102081500/rpm-qa.out")).toBe(
      "2025-11-02T08:15:00",
    );
    expect(reportTimeOf("bug-report-2025110208150/rpm-qa.out")).toBeNull();
  });
});

describe("files of a host", () => {
  it("are recognised by their content", () => {
    const asText = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
    expect(looksLikePackageList(asText(packageList(FIXED)))).toBe(true);
    expect(looksLikePackageList(`${FIXED}\n`)).toBe(true);
    expect(looksLikeYumLog(yumLine("Oct 31 08:00:00", "Updated", FIXED))).toBe(true);
    expect(looksLikeHostLog(domainLine("Nov 30 07:00:02", VM_UUID, 7))).toBe(true);
    for (const other of [
      "",
      "one-two-three\n",
      "dear reader,\nlook at a-b-c\n",
      "Oct 31 08:00:00 Updated the page",
      "VkFSUw==",
    ])
      for (const looksLike of [looksLikePackageList, looksLikeYumLog, looksLikeHostLog])
        expect(looksLike(other), other).toBe(false);
    expect(looksLikeHostLog("Nov 30 07:00:02 laptop kernel: usb 1-1: new device\n")).toBe(false);
  });

  it("are lists of packages also with the times of `rpm -qa --last`, in any language", () => {
    const last = (...behind: string[]) => {
      const names = [FAULTY, "xapi-core-25.6.0-1.8.xcpng8.3.x86_64", "bash-4.2.46-30.el7.x86_64"];
      return names.map((name, i) => `${name}${" ".repeat(i * 20 + 1)}${behind[i] ?? behind[0]}`).join("\n");
    };
    for (const behind of [
      "Thu 30 Oct 2025 10:11:12 AM UTC",
      "Thu Oct 30 10:11:12 2025",
      "jeu. 30 oct. 2025 10:11:12 CET",
    ]) {
      expect(looksLikePackageList(last(behind))).toBe(true);
      const { packages } = read(new PackageListReader(), text(last(behind)));
      expect(packages).toEqual(read(new PackageListReader(), text(FAULTY)).packages);
      expect(packages).toHaveLength(1);
    }
    for (const behind of ["installed", "2025", "10:11:12", `${"x".repeat(64)} 2025 10:11:12`])
      expect(looksLikePackageList(last(behind))).toBe(false);
    expect(looksLikePackageList(last("Thu Oct 30 10:11:12 2025", "is needed"))).toBe(false);
  });

  it("come to the same whatever pieces they come in", () => {
    const bytes = text(
      startLine("Oct 30 07:00:01", "0d7f7a0a9d3f", VM_UUID),
      ...refusedLines("Oct 30 07:00:03", 7),
    );
    const whole = read(new HostLogReader(), bytes);
    for (const size of [1, 7, 100]) expect(read(new HostLogReader(), bytes, "", size)).toEqual(whole);
  });

  it("keep so many events and count the others", () => {
    const { maxHostEvents } = PARSER_LIMITS;
    const line = `${FIXED}\n`;
    const full = read(new PackageListReader(), Buffer.from(line.repeat(maxHostEvents)));
    expect(full).toMatchObject({ packages: { length: maxHostEvents }, dropped: 0 });
    const more = read(new PackageListReader(), Buffer.from(line.repeat(maxHostEvents + 1)));
    expect(more).toMatchObject({ packages: { length: maxHostEvents }, dropped: 1 });
  });

  it("are looked at as far as a line may be long", () => {
    const { maxHostLineBytes } = PARSER_LIMITS;
    const message = "unserialize_variables: Failed to unserialize variable!";
    const faults = (length: number) => {
      const start = "Oct 30 07:00:03 host1 varstored-7[4007]: ";
      const line = start + "x".repeat(length - start.length - message.length) + message;
      return read(new HostLogReader(), Buffer.from(`${line}\n${"y".repeat(100_000)}\n`)).faults.length;
    };
    expect(faults(maxHostLineBytes)).toBe(1);
    expect(faults(maxHostLineBytes + 1)).toBe(0);
  });

  it("tell so many failed starts and no more", () => {
    const { maxFailedStarts } = PARSER_LIMITS;
    const starts = (count: number) =>
      hostHistory(
        [
          hostLog(
            ...Array.from({ length: count }, (_, i) =>
              daemonLine("Oct 30 07:00:03", i + 1, "setup_keys: Aborting keys setup"),
            ),
          ),
        ],
        null,
      ).failedStarts?.length;
    expect(starts(maxFailedStarts)).toBe(maxFailedStarts);
    expect(starts(maxFailedStarts + 1)).toBe(maxFailedStarts);
  });

  it("never throw, whatever bytes they hold", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom("Oct 30 07:00:03 ", "FAILED_TO_START_EMULATOR(", "varstored-1["),
        (seed, start) => {
          const bytes = Buffer.concat([Buffer.from(start), noise(400, seed)]);
          hostHistory(
            [
              read(new HostLogReader(), bytes),
              read(new YumLogReader(), bytes),
              read(new PackageListReader(), bytes),
            ],
            null,
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});
