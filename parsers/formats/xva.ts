/** An export of a VM: a tar archive that begins with ova.xml (xapi ocaml/xapi/export.ml). It is judged and written back through that. */
import type { ContainerFormat } from "./format.ts";
import { writeIntoOvaXml } from "./ova-xml.ts";

declare module "../model.ts" {
  interface FormatIds {
    xva: true;
  }
}

export const xva: ContainerFormat = {
  id: "xva",
  title: "an export",
  ending: ".xva",
  keptEndings: [".xva", ".xva.gz", ".xva.zst"],
  writeBack: writeIntoOvaXml,
};
