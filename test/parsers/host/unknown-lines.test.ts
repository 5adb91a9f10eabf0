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

    const long = (length: number) => read(START + "x".repeat(length)).unknownLines[0]?.message.length;
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
