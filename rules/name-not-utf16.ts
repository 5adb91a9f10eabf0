import { toHex } from "../parsers/bytes.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import type { VariableRule } from "./engine/rule.ts";

const SHOWN_NAME_BYTES = 64;

export const nameNotUtf16: VariableRule = {
  meta: {
    id: "name-not-utf16",
    title: "A variable's name is no UTF-16",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for names with an odd number of bytes, or with one half of a surrogate pair.",
      why: "The daemon takes names as bytes, so the VM starts. But the host's own repair script decodes every name and stops at such a one with an error: it reports nothing and repairs nothing of that VM, whatever else is wrong with it. No firmware writes such names; a damaged or crafted blob has them.",
      repair:
        "None is applied, because nobody knows what the name was. varscope itself repairs such a blob without touching the name.",
      notAFault: "A NUL at the end is an old uefistored's, and names in any script are normal.",
      references: [
        "xcp-ng-rpms/varstored SOURCES/fix-efivars.py (names are decoded as utf-16-le)",
        "varstored include/handler.h, NAME_LIMIT (bytes)",
      ],
    },
  },
  message: ({ variable, problem, nameHex }) =>
    `The name of ${variable} (${nameHex}) ${problem}; the host's repair script stops at it.`,
  on: "variable",
  concerns: ({ nameIsValid }) => !nameIsValid,
  *detect(variable) {
    const { nameBytes, index } = variable;
    const start = variable.span.start + 8;
    yield {
      variable,
      path: `variables[${index}].name`,
      span: { start, end: start + nameBytes.length },
      facts: {
        variable: variable.name === "" ? `variable ${index}` : shortName(variable.name),
        nameBytes: nameBytes.length,
        nameHex: toHex(nameBytes.subarray(0, SHOWN_NAME_BYTES)),
        problem:
          nameBytes.length % 2 === 0
            ? "holds one half of a surrogate pair"
            : `has an odd number of bytes, ${nameBytes.length}`,
      },
    };
  },
};
