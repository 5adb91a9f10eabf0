/** An archive of other inputs, each of which is an input of its own. */
import type { ContainerFormat } from "./format.ts";

declare module "../model.ts" {
  interface FormatIds {
    archive: true;
  }
}

export const archive: ContainerFormat = { id: "archive", title: "an archive" };
