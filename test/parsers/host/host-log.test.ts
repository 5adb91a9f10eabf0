/** Logs as something between host and file has changed them. */
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { hostLog } from "../../../parsers/formats/host-log.ts";
import { encodeLike, encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";

const MESSAGE = "unserialize_variables: Failed to unserialize variable!";
const LINE = `Oct 23 10:11:12 xcp1 varstored-7[2345]: ${MESSAGE}`;

function faultsIn(bytes: Uint8Array, step = bytes.length) {
  expect(hostLog.probe(bytes)).toBe(true);
  const reader = hostLog.reader(nodePlatform, () => {});
  for (let at = 0; at < bytes.length; at += step) reader.feed(bytes.subarray(at, at + step));
  reader.end();
  const [file] = reader.rest().hostFiles ?? [];
  return file?.faults.map(({ fault, domid, time, line }) => [fault, domid, time?.inYear ?? null, line]);
}

const KNOWN = ["nvram-refused", 7, "10-23T10:11:12", 1];

describe("a line of varstored", () => {
  it.each([
    ["with colours", `\x1b[31m${LINE}\x1b[0m\n`],
    ["with colours inside", LINE.replace("varstored", "\x1b[01;31m\x1b[Kvarstored\x1b[m\x1b[K")],
    ["in JSON", `${JSON.stringify({ log: `${LINE}\n`, stream: "stderr" })}\n`],
    ["without the name of its function", LINE.replace("unserialize_variables: ", "")],
  ])("is read %s", (_, text) => {
    expect(faultsIn(encodeUtf8(text))).toEqual([KNOWN]);
  });

  it.each([
    ["alone", `${MESSAGE}\n`, null],
    ["quoted", `> ${MESSAGE}\n`, null],
    ["as journald's JSON has it", JSON.stringify({ SYSLOG_IDENTIFIER: "varstored-7", MESSAGE }), 7],
  ])("is read without its time: %s", (_, text, domid) => {
    expect(faultsIn(encodeUtf8(text))).toEqual([["nvram-refused", domid, null, 1]]);
  });

  it("is read in UTF-16, in pieces of any length", () => {
    const text = encodeUtf8(`${LINE.replace("xcp1", "h\u00f6st")}\r\n${LINE}\r\n`);
    for (const [encoding, mark] of [
      ["utf-16le", [0xff, 0xfe]],
      ["utf-16be", [0xfe, 0xff]],
    ] as const) {
      const bytes = concatBytes([Uint8Array.from(mark), encodeLike({ encoding }, text)]);
      for (const step of [1, 3, 64, bytes.length])
        expect(faultsIn(bytes, step)).toEqual([KNOWN, [...KNOWN.slice(0, 3), 2]]);
    }
    expect(faultsIn(encodeUtf8(LINE), 1)).toEqual([KNOWN]);
  });

  it("is none in prose, and in JSON of something else", () => {
    for (const text of [`It said ${MESSAGE}`, "unserialize_variables: reads them", '{"log": "all is well"}'])
      expect(hostLog.probe(encodeUtf8(text))).toBe(false);
  });
});
