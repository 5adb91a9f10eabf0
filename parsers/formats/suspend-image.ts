/** The image of a suspended VM by itself, such as the disk that its `suspend_VDI` names, copied out of a repository. */

import { hasBytesAt } from "../bytes.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { copyOfImage } from "../suspend-image/copy.ts";
import { SUSPEND_SIGNATURE, SuspendImageWalker } from "../suspend-image/walker.ts";
import type { RecordTaker, StreamedFormat, StreamReader } from "./format.ts";

declare module "../model.ts" {
  interface FormatIds {
    "suspend-image": true;
  }
}

export const suspendImage: StreamedFormat = {
  id: "suspend-image",
  title: "the image of a suspended VM",
  maxBytes: PARSER_LIMITS.maxSuspendImageBytes,
  probe: (head) => hasBytesAt(head, 0, SUSPEND_SIGNATURE),
  reader: (_platform, take) => imageReader(take),
};

function imageReader(take: RecordTaker): StreamReader {
  const walker = new SuspendImageWalker();
  let isTaken = false;
  /** Also what stands before an error. */
  const handOn = (): void => {
    if (walker.nvram === null || isTaken) return;
    isTaken = true;
    take([copyOfImage(walker.nvram)]);
  };
  return {
    feed: (piece) => {
      try {
        walker.push(piece);
      } finally {
        handOn();
      }
    },
    end: () => walker.end(),
    rest: () => ({ certificates: [], skipped: { controlDomains: 0, defaultTemplates: 0 } }),
    passable: () => walker.passable,
    pass: (bytes) => walker.pass(bytes),
  };
}
