/** FAILED_TO_START_EMULATOR in every form in which people send it, and what only looks like it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostLog } from "../../../parsers/formats/host-log.ts";
import { nvramText } from "../../../parsers/formats/nvram-text.ts";
import { hostHistory } from "../../../parsers/host/history.ts";
import { tellsStartFailure } from "../../../parsers/host/start-failure.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import {
  daemonLine,
  emulatorLine,
  REF,
  refusedLines,
  startLine,
  VM_UUID,
  xeFailure,
  xenOrchestraFailure,
} from "../../builders/bug-report.ts";

const EXITED = "Daemon exited unexpectedly";
const QMP = 'QMP failure at File "xc/device.ml", line 2616';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function historyOf(text: string) {
  const reader = hostLog.reader(nodePlatform, () => {});
  reader.feed(bytes(text));
  reader.end();
  return hostHistory(reader.rest().hostFiles ?? [], null);
}

const FORMS: readonly [
  string,
  (emulator: string, message: string) => readonly string[],
  { uuid: boolean; name?: boolean },
][] = [
  ["xe", (emulator, message) => xeFailure(VM_UUID, emulator, message), { uuid: true, name: true }],
  [
    "xe in a mail",
    (emulator, message) => xeFailure(VM_UUID, emulator, message).map((line) => `> ${line}`),
    { uuid: true, name: true },
  ],
  [
    "xe that does not know the error",
    (emulator, message) => [
      "Error code: FAILED_TO_START_EMULATOR",
      `Error parameters: ${REF}, ${emulator}, ${message}`,
    ],
    { uuid: false },
  ],
  ["Xen Orchestra", (emulator, message) => xenOrchestraFailure(VM_UUID, emulator, message), { uuid: true }],
  [
    "Xen Orchestra, cut before the message",
    (emulator, message) => xenOrchestraFailure(VM_UUID, emulator, message).slice(0, 13),
    { uuid: true },
  ],
  [
    "JSON on one line",
    (emulator, message) => [
      JSON.stringify({ code: "FAILED_TO_START_EMULATOR", params: [REF, emulator, message] }),
    ],
    { uuid: false },
  ],
  [
    "a bare line",
    (emulator, message) => [`FAILED_TO_START_EMULATOR(${REF}, ${emulator}, ${message})`],
    { uuid: false },
  ],
  [
    "Python",
    (emulator, message) => [
      `XenAPI.Failure: ['FAILED_TO_START_EMULATOR', '${REF}', '${emulator}', '${message}']`,
    ],
    { uuid: false },
  ],
  [
    "xapi's log",
    (emulator, message) => [
      startLine("Oct 30 07:00:01", "0d7f7a0a9d3f", VM_UUID),
      emulatorLine("Oct 30 07:00:04", "0d7f7a0a9d3f", emulator, message),
    ],
    { uuid: true, name: true },
  ],
];

describe.each(FORMS)("as %s", (_name, make, { uuid, name = false }) => {
  it.each([
    ["varstored", EXITED, "unexplained"],
    ["varstored", "Timeout reached while starting daemon", "timed-out"],
    ["domid 18", QMP, "other-emulator"],
    ["swtpm-12", EXITED, "other-emulator"],
  ])("%s, %s is one start: %s", (emulator, message, cause) => {
    const text = `${make(emulator, message).join("\n")}\n`;
    expect(hostLog.probe(bytes(text))).toBe(true);
    const starts = historyOf(text).failedStarts;
    expect(starts).toHaveLength(1);
    expect(starts?.[0]).toMatchObject({
      cause,
      emulator,
      uuid: uuid ? VM_UUID : null,
      nameLabel: name ? "vm 1" : null,
    });
    expect(starts?.[0]?.messages).toEqual([message]);
  });

  it("is read with the line ends of Windows, and with a note before it", () => {
    const text = ["Hello,", "", "my VM does not start:", "", "```", ...make("varstored", EXITED), "```"].join(
      "\r\n",
    );
    expect(hostLog.probe(bytes(text))).toBe(true);
    expect(historyOf(text).failedStarts).toHaveLength(1);
  });
});

describe("what is no failed start", () => {
  it.each([
    ["the sentence without an emulator", "An emulator required to run this VM failed to start\n"],
    [
      "the sentence with a VM alone",
      `An emulator required to run this VM failed to start\nvm: ${VM_UUID} (x)\n`,
    ],
    ["the code alone", "What does FAILED_TO_START_EMULATOR mean?\n"],
    ["the code in JSON alone", '{\n "code": "FAILED_TO_START_EMULATOR",\n "params": []\n}\n'],
    ["a listing with a name", `uuid ( RO) : ${VM_UUID}\nname: varstored\nmsg: x\n`],
  ])("%s", (_name, text) => {
    expect(hostLog.probe(bytes(text))).toBe(false);
    expect(historyOf(text).failedStarts).toEqual([]);
  });

  it("takes the id of something that was asked for long before for no VM's", () => {
    const lines = [
      `{"id": "${VM_UUID}"}`,
      ...Array.from({ length: 50 }, () => "x"),
      `FAILED_TO_START_EMULATOR(${REF}, varstored, ${EXITED})`,
    ];
    expect(historyOf(lines.join("\n")).failedStarts).toMatchObject([{ uuid: null }]);
  });
});

describe("lines with something before them", () => {
  const lines = [
    ...refusedLines("Nov  2 08:10:02", 31),
    daemonLine("2025-11-02T08:10:03.123456+01:00", 31, "x"),
  ];

  it.each<[string, (line: string) => string]>([
    ["grep -r", (line) => `/var/log/daemon.log:${line}`],
    ["grep -rn", (line) => `/var/log/daemon.log:123:${line}`],
    ["grep -C", (line) => `/var/log/daemon.log-${line}`],
    ["zgrep", (line) => `./my logs/daemon.log.2.gz:${line}`],
    ["a mail", (line) => `> ${line}`],
  ])("%s", (_name, make) => {
    const text = lines.map(make).join("\n");
    expect(hostLog.probe(bytes(text))).toBe(true);
    expect(historyOf(text).failedStarts).toMatchObject([
      { cause: "nvram-refused", domid: 31, time: "11-02T08:10:02" },
    ]);
  });

  it("reads what grep found in yum's log", () => {
    const text = `/var/log/yum.log:Oct 23 14:05:11 Updated: varstored-1.2.0-3.1.xcpng8.3.x86_64\n/var/log/daemon.log:${lines[1]}\n`;
    expect(historyOf(text).transactions).toMatchObject([{ time: "2025-10-23T14:05:11" }]);
  });
});

it("an NVRAM in the same text is read, and the failed start with it", () => {
  const base64 = Buffer.from(healthyBlob()).toString("base64");
  const text = bytes([...xeFailure(VM_UUID, "varstored", EXITED), `EFI-variables: ${base64}`].join("\n"));
  expect(hostLog.probe(text)).toBe(false);
  expect(nvramText.probe(text)).toBe(true);
  const dump = nvramText.open(text, nodePlatform);
  expect(dump.vms.map(({ nvram }) => nvram?.bytes)).toEqual([healthyBlob()]);
  expect(dump.hostFiles?.[0]?.faults).toMatchObject([{ uuid: VM_UUID, emulator: "varstored" }]);
});

it("a name is told as it was written", () => {
  const text = xeFailure(VM_UUID, "varstored", EXITED).join("\n").replace("vm 1", "Büro 1");
  expect(historyOf(text).failedStarts).toMatchObject([{ nameLabel: "Büro 1" }]);
});

it("takes no time for a line that is full of blanks", () => {
  const blanks = " ".repeat(1_000_000);
  for (const line of [
    `FAILED_TO_START_EMULATOR(OpaqueRef:R;${blanks}s`,
    `"code": "FAILED_TO_START_EMULATOR"${blanks}x`,
    `"a"${blanks}x`,
  ])
    expect(tellsStartFailure(line)).toBe(false);
});

it("throws for no lines", () => {
  const word = fc.constantFrom(
    "FAILED_TO_START_EMULATOR",
    '"code": ',
    "An emulator required to run this VM failed to start",
    "\n",
    "vm: ",
    "name: x",
    '"params": [',
    REF,
    ", ",
    "(",
    '"',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string())), (words) => historyOf(words.join("")) !== null),
  );
});
