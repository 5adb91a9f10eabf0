/** A VARS blob as a terminal shows it: a hex dump that somebody pasted. */

import { PARSER_LIMITS } from "../limits.ts";
import { nvramOfBlob } from "../nvram/nvram.ts";
import { MAGIC, openBlob } from "../nvram/varstored-blob.ts";
import { isHexDumpOf, readHexDump } from "../text/hex-dump.ts";
import { decodeLatin1, unwrapText } from "../text/text-encoding.ts";
import { addBareNvram, checkSize, collectDump, type InputFormat } from "./format.ts";

/** Of the beginning of an input: prompts and greetings may stand before the dump. */
const LOOKED_AT_BYTES = 4096;

declare module "../model.ts" {
  interface FormatIds {
    "hex-dump": true;
  }
}

export const hexDump: InputFormat = {
  id: "hex-dump",
  title: "a hex dump of a VARS blob",
  maxBytes: PARSER_LIMITS.maxTextBytes,
  probe: (head) => isHexDumpOf(decodeLatin1(unwrapText(head.subarray(0, LOOKED_AT_BYTES)).bytes), MAGIC),
  open: (bytes) =>
    collectDump("hex-dump", (sink) => {
      checkSize(bytes, PARSER_LIMITS.maxTextBytes);
      const { bytes: dumped, error } = readHexDump(decodeLatin1(unwrapText(bytes).bytes));
      // Lines are missing of the copy, not bytes of the NVRAM: nothing can be said of that one.
      if (error !== null) return error;
      const nvram = nvramOfBlob(dumped);
      if (nvram.blob === null) openBlob(dumped);
      addBareNvram(sink, nvram, "");
      return null;
    }),
};
