/** A raw VARS blob, as varstored's save files and the tools of the host write it. */
import { hasBytesAt } from "../bytes.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { nvramOfBlob } from "../nvram/nvram.ts";
import { MAGIC, openBlob } from "../nvram/varstored-blob.ts";
import { addBareNvram, checkSize, collectDump, type InputFormat } from "./format.ts";

declare module "../model.ts" {
  interface FormatIds {
    vars: true;
  }
}

export const vars: InputFormat = {
  id: "vars",
  title: "a VARS blob",
  maxBytes: PARSER_LIMITS.maxBlobBytes,
  ending: ".vars",
  keptEndings: [".vars"],
  probe: (head) => hasBytesAt(head, 0, MAGIC),
  open: (bytes) =>
    collectDump("vars", (sink) => {
      checkSize(bytes, PARSER_LIMITS.maxBlobBytes);
      const nvram = nvramOfBlob(bytes);
      // Of a file that is no blob at all nothing can be judged: here that is an error of the input, told by openBlob.
      if (nvram.blob === null) openBlob(bytes);
      addBareNvram(sink, nvram, "");
      return null;
    }),
};
