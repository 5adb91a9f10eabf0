/** Variables as JSON, as `extract`, QEMU and virt-fw-vars write them. */
import { ParseError } from "../errors.ts";
import { isOfEdk2, looksLikeUefiJson, readUefiJson } from "../guest/uefi-json.ts";
import { copyOfView } from "../guest/view.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
import { parseJson } from "../text/json-text.ts";
import { decodeLatin1, unwrapText } from "../text/text-encoding.ts";
import { OTHER_HYPERVISOR } from "./foreign.ts";
import { checkSize, collectDump, type InputFormat } from "./format.ts";

declare module "../model.ts" {
  interface FormatIds {
    "uefi-json": true;
  }
}

export const uefiJson: InputFormat = {
  id: "uefi-json",
  title: "UEFI variables as JSON",
  ending: ".json",
  keptEndings: [".json"],
  maxBytes: PARSER_LIMITS.maxJsonBytes,
  probe: (head) => looksLikeUefiJson(decodeLatin1(unwrapText(head).bytes)),
  open: (bytes, platform): Dump =>
    collectDump("uefi-json", (sink) => {
      checkSize(bytes, PARSER_LIMITS.maxJsonBytes);
      const variables = readUefiJson(parseJson(unwrapText(bytes)), platform);
      if (variables.length === 0) return noVariables();
      sink.vms.push(copyOfView("uefi-json", variables));
      return isOfEdk2(variables) ? ofEdk2() : null;
    }),
};

function noVariables(): ParseError {
  return new ParseError({ code: "no-nvram", expected: "UEFI variables", found: "an empty list of them" });
}

function ofEdk2(): ParseError {
  return new ParseError({
    code: "no-nvram",
    expected: "variables that varstored keeps",
    found: "those of another firmware's store (EDK2), as QEMU, LXD and Incus keep it for their VMs",
    next: OTHER_HYPERVISOR,
  });
}
