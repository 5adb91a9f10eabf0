/**
 * Events by which Windows tells how it gets on with its Secure Boot certificates (source TPM-WMI of the System log; Microsoft KB5016061),
 * as the Event Viewer copies them, Get-WinEvent prints them, and as XML and CSV. Only numbers, the variable and its error are kept.
 */

import { PARSER_LIMITS } from "../limits.ts";
import { emptyHostFile, type GuestEvent, type HostFile } from "./host-file.ts";

const SOURCE = /\bTPM-WMI\b/;
/** Get-WinEvent leaves the source out where nobody asks for it; then the words of the messages tell. */
const WORDS = /\bSecure Boot\b|\bKey Exchange Key\b|\bboot manager\b/i;
/** The numbers that tell of the certificates; rules/knowledge/windows-events.ts says what each means. */
export const WINDOWS_EVENT_IDS: readonly number[] = [
  1032, 1033, 1795, 1796, 1797, 1798, 1799, 1800, 1801, 1802, 1803, 1808,
];
const NUMBERS = WINDOWS_EVENT_IDS.join("|");
/** A label of any language and the number alone, an element of XML, a column of CSV, or of a table of Get-WinEvent. */
const EVENT = new RegExp(
  `^[^\\n:<]{1,60}:[ \\t]{0,40}(${NUMBERS})[ \\t]*\\r?$|<EventID(?: [^<>]{0,80})?>(${NUMBERS})</EventID>|\\bTPM-WMI"?,"?(${NUMBERS})\\b|\\d[:.]\\d\\d(?: [AP]M)?[ \\t]{1,20}(${NUMBERS})[ \\t]{1,20}\\p{L}`,
  "gmu",
);
/** What the message of 1795 says, and the error before it, with one blank between words: of many, each could be anybody's. */
const REFUSED =
  /returned an error (.{1,200}?) when attempting to update a Secure Boot variable ([A-Za-z0-9 ]{1,40}?) ?\./;
const MAX_MESSAGE = 2048;

/** True for a text with such events; `text` is the beginning of an input. */
export function looksLikeWindowsEvents(text: string): boolean {
  EVENT.lastIndex = 0;
  return (SOURCE.test(text) || WORDS.test(text)) && EVENT.test(text);
}

/** Reads all events of a text. */
export function readWindowsEvents(text: string): HostFile {
  const guestEvents: GuestEvent[] = [];
  let dropped = 0;
  let line = 1;
  let counted = 0;
  const lineEnd = text.includes("\n") ? NEWLINE : CARRIAGE_RETURN;
  EVENT.lastIndex = 0;
  const found = text.matchAll(EVENT);
  let match = found.next();
  while (!match.done) {
    const { index } = match.value;
    const [, label, xml, csv, table] = match.value;
    match = found.next();
    for (; counted < index; counted++) if (text.charCodeAt(counted) === lineEnd) line++;
    if (guestEvents.length >= PARSER_LIMITS.maxHostEvents) {
      dropped++;
      continue;
    }
    const end = Math.min(match.done ? text.length : match.value.index, index + MAX_MESSAGE);
    const [, error = null, variable = null] =
      REFUSED.exec(text.slice(index, end).replaceAll(/\s+/g, " ")) ?? [];
    guestEvents.push({ id: Number(label ?? xml ?? csv ?? table), line, variable, error });
  }
  return { ...emptyHostFile("guest-events"), guestEvents, dropped };
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
