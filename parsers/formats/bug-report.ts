/** The archive that a host packs for support: databases, logs and lists of packages of one host. */
import type { ContainerFormat } from "./format.ts";

declare module "../model.ts" {
  interface FormatIds {
    "bug-report": true;
  }
}

export const bugReport: ContainerFormat = { id: "bug-report", title: "a bug report" };
