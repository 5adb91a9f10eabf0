/** The signature lists of one variable by themselves (Get-SecureBootUEFI -OutputFilePath, efi-readvar, varstore-get, extract). */
import { ParseError } from "../errors.ts";
import { hasSignatureList, variableOfName } from "../guest/signature-lists.ts";
import { copyOfView } from "../guest/view.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
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
  probe: (head) => hasSignatureList(head, 0),
  open: (bytes, _platform, name = ""): Dump =>
    collectDump("signature-lists", (sink) => {
      checkSize(bytes, PARSER_LIMITS.maxSeenBytes);
      const variable = variableOfName(name);
      if (variable === null) return nameless(name);
      sink.vms.push(copyOfView("signature-lists", [{ ...variable, attributes: 0, data: bytes }]));
      return null;
    }),
};

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
