/** Events of a Windows guest about its Secure Boot certificates. They hold no NVRAM, and say what becomes of it. */
import { ParseError } from "../errors.ts";
import type { HostFile } from "../host/host-file.ts";
import { looksLikeWindowsEvents, readWindowsEvents } from "../host/windows-events.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { decodeLatin1, unwrapText } from "../text/text-encoding.ts";
import { checkSize, collectDump, type InputFormat } from "./format.ts";

const LOOKED_AT_BYTES = 16_384;

declare module "../model.ts" {
  interface FormatIds {
    "windows-events": true;
  }
}

export const windowsEvents: InputFormat = {
  id: "windows-events",
  title: "events of Windows about its Secure Boot certificates",
  maxBytes: PARSER_LIMITS.maxTextBytes,
  probe: (head) => looksLikeWindowsEvents(decodeLatin1(unwrapText(head.subarray(0, LOOKED_AT_BYTES)).bytes)),
  open: (bytes) => {
    let file: HostFile | null = null;
    const dump = collectDump("windows-events", () => {
      checkSize(bytes, PARSER_LIMITS.maxTextBytes);
      file = readWindowsEvents(decodeLatin1(unwrapText(bytes).bytes));
      return file.guestEvents.length > 0 ? null : noEvents();
    });
    return file === null || dump.error !== null ? dump : { ...dump, hostFiles: [file] };
  },
};

function noEvents(): ParseError {
  return new ParseError({
    code: "bad-structure",
    expected: "events of the source TPM-WMI with their numbers",
    found: "none",
  });
}
