/** The signature lists of one variable by themselves (Get-SecureBootUEFI -OutputFilePath, efi-readvar, varstore-get, extract). */
import { ParseError } from "../errors.ts";
import { type ByteList, readByteList } from "../guest/byte-list.ts";
import { hasSignatureList, variableOfName } from "../guest/signature-lists.ts";
import { copyOfView } from "../guest/view.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
import { decodeLatin1, unwrapText } from "../text/text-encoding.ts";
import { checkSize, collectDump, type InputFormat } from "./format.ts";

declare module "../model.ts" {
  interface FormatIds {
    "signature-lists": true;
  }
}

export const signatureLists: InputFormat = {
  id: "signature-lists",
  title: "signature lists of one variable",
  ending: ".esl",
  maxBytes: PARSER_LIMITS.maxSeenBytes,
  needsName: true,
  probe: (head) => hasSignatureList(head, 0) || hasSignatureList(bytesShown(head)?.bytes ?? NO_BYTES, 0),
  open: (bytes, _platform, name = ""): Dump =>
    collectDump("signature-lists", (sink) => {
      checkSize(bytes, PARSER_LIMITS.maxSeenBytes);
      const shown = hasSignatureList(bytes, 0) ? null : bytesShown(bytes);
      const variable = variableOfName(shown?.name ?? "") ?? variableOfName(name);
      if (variable === null) return nameless(name);
      const data = shown?.bytes ?? bytes;
      sink.vms.push(copyOfView("signature-lists", [{ ...variable, attributes: 0, data }]));
      return null;
    }),
};

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** As PowerShell shows them on a screen, where all of them were copied. */
function bytesShown(document: Uint8Array): ByteList | null {
  // Whatever begins otherwise is no text of numbers, and most inputs do.
  const start = decodeLatin1(unwrapText(document.subarray(0, START_BYTES)).bytes);
  return NUMBERS_OR_COMMAND.test(start) ? readByteList(document) : null;
}

const START_BYTES = 256;
const NUMBERS_OR_COMMAND = /^\s*(?:PS |\d|Get-|\(|>|\[)/;

function nameless(name: string): ParseError {
  return new ParseError({
    code: "bad-structure",
    expected: "a file whose name has the word PK, KEK, db or dbx in it",
    found:
      name === ""
        ? "signature lists without a file name"
        : "signature lists of a variable that the name does not tell, or tells twice",
    next: "Nothing inside says whose they are: name the file after its variable, such as dbx.esl.",
  });
}
