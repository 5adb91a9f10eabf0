/** Events of Windows in every form in which they are exported. */
import { describe, expect, it } from "vitest";
import { windowsEvents } from "../../../parsers/formats/windows-events.ts";
import { WINDOWS_EVENT_IDS } from "../../../parsers/host/windows-events.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { WINDOWS_EVENTS } from "../../../rules/knowledge/windows-events.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(`\ufeff${text}`, "utf16le"));
const REFUSED =
  "The system firmware returned an error Access is denied. when attempting to update a Secure Boot variable DB.";
const events = (bytes: Uint8Array) => windowsEvents.open(bytes, nodePlatform).hostFiles?.[0]?.guestEvents;

const FORMS: readonly [string, string][] = [
  [
    "the Event Viewer",
    `Log Name: System\r\nSource: Microsoft-Windows-TPM-WMI\r\nEvent ID:      1795\r\nDescription:\r\n${REFUSED}\r\n\r\nEvent ID: 1808\r\n`,
  ],
  [
    "the Event Viewer in German",
    `Quelle: Microsoft-Windows-TPM-WMI\nEreignis-ID:   1795\nBeschreibung:\n${REFUSED}\n\nEreignis-ID: 1808\n`,
  ],
  [
    "Get-WinEvent as a list",
    `TimeCreated : 11/24/2025 10:11:12 AM\nId          : 1795\nMessage     : ${REFUSED}\n\nId          : 1808\nMessage     : x\n`,
  ],
  [
    "Get-WinEvent as a table",
    `   ProviderName: Microsoft-Windows-TPM-WMI\n\n11/24/2025 10:11:12 AM   1795 Error            ${REFUSED}\n11/24/2025 10:11:12 AM   1808 Information      x\n`,
  ],
  [
    "XML",
    `<Event><Provider Name='Microsoft-Windows-TPM-WMI'/><EventID Qualifiers='0'>1795</EventID><Message>${REFUSED}</Message></Event><Event><EventID>1808</EventID></Event>`,
  ],
  [
    "CSV",
    `Level,Date and Time,Source,Event ID\nError,11/24/2025 10:11:12 AM,Microsoft-Windows-TPM-WMI,1795,None,"${REFUSED}"\nInformation,x,Microsoft-Windows-TPM-WMI,1808,None\n`,
  ],
];

describe.each(FORMS)("by %s", (_name, text) => {
  it.each([
    ["UTF-8", utf8],
    ["UTF-16", utf16],
  ] as const)("%s", (_encoding, encode) => {
    expect(windowsEvents.probe(encode(text))).toBe(true);
    expect(events(encode(text))).toMatchObject([
      { id: 1795, variable: "DB", error: "Access is denied." },
      { id: 1808, variable: null, error: null },
    ]);
  });
});

it.each([
  ["other events", "Source: Microsoft-Windows-TPM-WMI\nEvent ID: 1025\n"],
  ["such a number elsewhere", "Event ID: 1795\nSource: Something-Else\nThe disk is full.\n"],
  ["prose", "Secure Boot came with 1795 changes and 1801 more.\n"],
])("is no claim on %s", (_name, text) => {
  expect(windowsEvents.probe(utf8(text))).toBe(false);
});

it("counts lines", () => {
  expect(events(utf8("TPM-WMI\n\nEvent ID: 1801\nx\nEvent ID: 1803\n"))).toMatchObject([
    { line: 3 },
    { line: 5 },
  ]);
});

it("reads the events whose meaning is known, and no others", () => {
  expect([...WINDOWS_EVENTS.keys()].sort((a, b) => a - b)).toEqual(WINDOWS_EVENT_IDS);
});

it("takes no time for messages full of blanks", () => {
  const event = `Event ID: 1795\nThe system firmware returned an error ${" ".repeat(1900)}\n`;
  const found = events(utf8(`Source: Microsoft-Windows-TPM-WMI\n${event.repeat(500)}`));
  expect(found?.map(({ error }) => error)).toEqual(new Array(500).fill(null));
});
