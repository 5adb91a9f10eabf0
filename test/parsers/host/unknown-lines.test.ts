/** Lines of varstored that no pattern knows, and the ends of lines. */
import { describe, expect, it } from "vitest";
import { hostLog } from "../../../parsers/formats/host-log.ts";
import { failedStarts } from "../../../parsers/host/failed-starts.ts";
import { hostHistory } from "../../../parsers/host/history.ts";
import { emptyHostFile, type HostFile } from "../../../parsers/host/host-file.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";

const START = "Oct 23 10:11:12 xcp1 varstored-7[2345]: ";
const REFUSED = `${START}unserialize_variables: Failed to unserialize variable!`;

function read(text: string, step = text.length): HostFile {
  const bytes = encodeUtf8(text);
  expect(hostLog.probe(bytes)).toBe(true);
  const reader = hostLog.reader(nodePlatform, () => {});
  for (let at = 0; at < bytes.length; at += step) reader.feed(bytes.subarray(at, at + step));
  reader.end();
  return reader.rest().hostFiles?.[0] ?? emptyHostFile("log");
}

const unknownIn = (text: string) =>
  read(text).unknownLines.map(({ line, domid, message, times, isError }) => [
    line,
    domid,
    message,
    times,
    isError,
  ]);

describe("a line of varstored that no pattern knows", () => {
  it("is kept with its number, errors first, lines that differ in numbers alone once", () => {
    const text = [
      `${START}initialize_settings: SECURE_BOOT_ON`,
      `${START}do_new_thing: turned 3 keys`,
      `${START}varstored_initialize: Failed to map iopage: 12, Cannot allocate memory`,
      `${START}do_new_thing: turned 4 keys`,
      "Oct 23 10:11:12 xcp1 xapi: [debug||1 |VM.start R:0d7f7a0a9d3f|x] something failed",
      "",
    ].join("\n");
    expect(unknownIn(text)).toEqual([
      [3, 7, "varstored_initialize: Failed to map iopage: 12, Cannot allocate memory", 1, true],
      [2, 7, "do_new_thing: turned 3 keys", 2, false],
    ]);
  });

  it("is none that belongs to a start where nothing fails, nor one that a failed start is told of", () => {
    const usual = [
      "main: --domain = '7'",
      "varstored_initialize: 2 vCPU(s)",
      "varstored_initialize: VCPU0: 5 -> 16",
      "varstored_initialize: 0 -> 18",
      "initialize_settings: Authenticated variables: enforcing",
      "setup_keys: Setting PK...",
      "load_one_auth_data: Auth file '/var/lib/varstored/dbx.auth' is missing!",
      "varstored_sigterm: Terminated",
    ];
    expect(unknownIn([REFUSED, ...usual.map((line) => START + line)].join("\n"))).toEqual([]);
  });

  it("may be of who saw it end", () => {
    const systemd = "varstored-7.service: main process exited, code=killed, status=11/SEGV";
    const kernel = "kernel: [ 1234.5] varstored[4021]: segfault at 8 ip 00005581 sp 00007ffd error 4";
    expect(unknownIn(`Oct 23 10:11:12 xcp1 systemd[1]: ${systemd}\n`)).toEqual([
      [1, 7, `systemd[1]: ${systemd}`, 1, true],
    ]);
    expect(unknownIn(`Oct 23 10:11:12 xcp1 ${kernel}\n`)).toEqual([[1, null, kernel, 1, true]]);
    expect(unknownIn(`${REFUSED}\nOct 23 10:11:12 xcp1 systemd[1]: Started varstored-7.service.\n`)).toEqual(
      [],
    );
  });

  it.each([
    ["kernel: [    1.5] Out of memory: Kill process 4021 (varstored-7) score 900 or sacrifice child", 7],
    ["kernel: Killed process 4021 (varstored) total-vm:123kB, anon-rss:4kB", null],
    ["kernel: oom_reaper: reaped process 4021 (varstored), now anon-rss:0kB", null],
    ["kernel: oom-kill:constraint=CONSTRAINT_NONE,task=varstored,pid=4021,uid=65535", null],
    ["kernel: traps: varstored[4021] general protection ip:5581 sp:7ffd error:0", null],
    ['kernel: audit: type=1701 audit(1.2:3): pid=4021 comm="varstored" sig=11 res=1', null],
    ['audit[4021]: ANOM_ABEND pid=4021 comm="varstored" exe="/usr/sbin/varstored" sig=11', null],
    ["abrt-hook-ccpp[99]: Process 4021 (varstored) of user 65535 killed by SIGSEGV - dumping core", null],
    ["systemd-coredump[99]: Process 4021 (varstored) of user 65535 dumped core.", null],
    ["systemd[1]: varstored-7.service: Failed with result 'oom-kill'.", 7],
    ["systemd[1]: Failed to start varstored-7.service", 7],
    ["systemd[1]: varstored-7.service: Start operation timed out. Terminating.", 7],
    ["systemd[1]: Unit varstored-7.service entered failed state.", 7],
    ["varstored-guard[99]: error: no session", null],
    ["varstored[77]: cannot open", null],
    ["uefistored[77]: cannot open", null],
  ])("may be the end that others see: %s", (line, domid) => {
    expect(unknownIn(`Oct 23 10:11:12 xcp1 ${line}\n`)).toEqual([[1, domid, line, 1, true]]);
  });

  it.each([
    "systemd[1]: Started varstored-7.service.",
    "systemd[1]: Stopped varstored-7.service.",
    "systemd[1]: qemu-dm-7.service: Failed with result 'exit-code'.",
    "kernel: Killed process 4021 (qemu-dm)",
    'audit[1]: SERVICE_STOP pid=1 msg=unit=varstored-7 comm="systemd" res=success',
    "varstored-guard[99]: Starting server",
    "xapi: [debug||1 |VM.start R:0d7f7a0a9d3f|x] kernel: Killed process 4021 (varstored)",
  ])("is none of another program, and none that says no fault: %s", (line) => {
    expect(unknownIn(`${REFUSED}\nOct 23 10:11:12 xcp1 ${line}\n`)).toEqual([]);
  });

  it.each([
    ["set_variable: status 0x8000000000000009", "set_variable: status 0x800000000000001a", 2],
    ["open: error 5", "open: error 13", 2],
    ["open: errno=5 at 7", "open: errno=5 at 8", 1],
    ["open: failed with code 5", "open: failed with code 6", 2],
    ["open: it failed: -22", "open: it failed: -12", 2],
    ["open: returned -1", "open: returned -2", 2],
    ["open: error_code(5)", "open: error_code(6)", 2],
    ["EFI 0x8000000000000009 seen", "EFI 0x8000000000000002 seen", 2],
    ["open: pid 5 of domain 7 at 0xff00 error 5", "open: pid 6 of domain 8 at 0xff08 error 5", 1],
  ])("%s and %s differ where their codes do", (one, other, kinds) => {
    expect(unknownIn(`${START}${one}\n${START}${other}\n`)).toHaveLength(kinds);
  });

  it("is UTF-8, and without secrets, as what is told of a failed start is", () => {
    const text = `${START}open: failed für Müller — 漢字 password=hunter\n`;
    expect(unknownIn(text)).toEqual([[1, 7, "open: failed für Müller — 漢字 password=[left out]", 1, true]]);
    const auth = `${START}load_one_auth_data: Auth file '/x/ü/password=hunter/db.auth' is too large: 60000\n`;
    expect(read(auth).faults).toMatchObject([
      { message: "load_one_auth_data: Auth file '/x/ü/password=[left out]" },
    ]);
    const xapi = `Oct 23 10:11:12 xcp1 xapi: [error||1 |VM.start R:0d7f7a0a9d3f|x] FAILED_TO_START_EMULATOR(OpaqueRef:1-2, varstored, Dienst für token=hunter)\n`;
    expect(read(xapi).faults).toMatchObject([{ message: "Dienst für token=[left out]" }]);
  });

  it("is kept so often and so long, and no more", () => {
    const { maxUnknownLines, maxUnknownLineCharacters } = PARSER_LIMITS;
    const word = (i: number) => [...`${i}`].map((digit) => "abcdefghij"[Number(digit)]).join("");
    const some = (count: number) =>
      read(Array.from({ length: count }, (_, i) => `${START}is: ${word(i)}`).join("\n"));
    expect(some(maxUnknownLines)).toMatchObject({
      unknownLines: { length: maxUnknownLines },
      moreUnknownLines: 0,
    });
    const more = some(maxUnknownLines + 1);
    expect(more).toMatchObject({ unknownLines: { length: maxUnknownLines }, moreUnknownLines: 1 });
    const host = hostHistory([more, read(`${START}is: it failed`)], null);
    expect(host).toMatchObject({ unknownLines: { length: maxUnknownLines }, moreUnknownLines: 2 });
    expect(host.unknownLines?.[0]?.message).toBe("is: it failed");

    const long = (length: number) =>
      read(`${START}${"x-".repeat(length).slice(0, length)}`).unknownLines[0]?.message.length;
    expect(long(maxUnknownLineCharacters)).toBe(maxUnknownLineCharacters);
    expect(long(maxUnknownLineCharacters + 1)).toBe(maxUnknownLineCharacters);
  });
});

describe("the ends of a log's lines", () => {
  const lines = [`${START}initialize_settings: SECURE_BOOT_ON`, "", REFUSED, REFUSED];

  it.each([
    ["LF", "\n", [3, 4]],
    ["CRLF", "\r\n", [3, 4]],
    ["CR CR LF", "\r\r\n", [3, 4]],
    ["CR alone", "\r", [3, 4]],
  ])("are %s", (_, end, numbers) => {
    for (const last of ["", end]) {
      const text = lines.join(end) + last;
      for (const step of [1, 2, 7, text.length])
        expect(read(text, step).faults.map(({ line }) => line)).toEqual(numbers);
    }
    expect(failedStarts([read(lines.join(end))], null)).toMatchObject([{ cause: "nvram-refused", domid: 7 }]);
  });

  it("are no CR with which a terminal writes a line anew", () => {
    const text = `\r[root@xcp1 ~]# grep varstored daemon.log\n50 %\r100 %\r${REFUSED}\n${REFUSED}\n`;
    for (const step of [1, text.length])
      expect(read(text, step).faults.map(({ line }) => line)).toEqual([2, 3]);
  });
});
