/** An appliance of XenCenter or XCP-ng Center in one file: a tar archive that begins with its description, through which it is judged and written back. */
import { descriptionOf } from "../ova/description.ts";
import type { ContainerFormat } from "./format.ts";
import { ovf, writeIntoOvf } from "./ovf.ts";

declare module "../model.ts" {
  interface FormatIds {
    ova: true;
  }
}

export const ova: ContainerFormat = {
  id: "ova",
  title: "an appliance (OVA) of XenCenter",
  ending: ".ova",
  keptEndings: [".ova", ".ova.gz"],
  writeBack: writeIntoOvf,
};

/** True for one that may hold an NVRAM: those of other makers never do. `head` is the beginning of an archive. */
export function isXenOva(head: Uint8Array): boolean {
  const description = descriptionOf(head);
  return description !== null && ovf.probe(head.subarray(description.dataOffset));
}
