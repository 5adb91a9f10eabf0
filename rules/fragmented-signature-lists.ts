import { shortName } from "../parsers/efi/short-name.ts";
import { SIGNATURE_LIST_HEADER_BYTES, type SignatureDatabase } from "../parsers/efi/signature-list.ts";
import { signatureVariableKind } from "../parsers/efi/signature-variables.ts";
import type { VariableRule } from "./engine/rule.ts";

/** Each append that brings something new leaves a list, so that a year or two of updates stay below this. */
const MIN_LISTS_ALIKE = 8;

export const fragmentedSignatureLists: VariableRule = {
  meta: {
    id: "fragmented-signature-lists",
    title: "Many signature lists stand where one would do",
    severity: "info",
    breaks: null,
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Counts the lists of a variable that have the same type and entry size, and reports eight or more of them.",
      why: "The daemon puts what an append adds behind what is there, as lists of their own, and never merges lists. Each costs 28 bytes of the 57344 that a variable may have. Tools that take the last entry for the newest are misled, because the lists stand in the order in which updates happened to come.",
      repair:
        "The default strategy leaves them: nothing is wrong with the content. --strategy compact joins the hash lists of dbx, from two on; entries and their order stay, and lists with version entries (SVN) are left alone.",
      notAFault:
        "Certificates differ in size and so stand in a list each. Two or three appended updates leave two or three lists.",
      references: ["varstored handler.c, do_set_variable (append)", "UEFI 2.10 §32.4.1"],
    },
  },
  message: ({ variable, lists, bytesWasted }) =>
    `${variable} has ${lists} lists that could be fewer; their headers take ${bytesWasted} bytes more than needed.`,
  on: "variable",
  concerns: (variable) => signatureVariableKind(variable) !== null,
  *detect(variable, { signaturesOf }) {
    const { lists, needless } = listsAlike(signaturesOf(variable));
    if (lists === 0) return;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        variable: shortName(variable.name),
        lists,
        bytesWasted: needless * SIGNATURE_LIST_HEADER_BYTES,
      },
    };
  },
};

/** Lists that stand in a group of at least the minimum, and how many of them could go. */
function listsAlike({ lists }: SignatureDatabase): { lists: number; needless: number } {
  if (lists.length < MIN_LISTS_ALIKE) return { lists: 0, needless: 0 };
  const groups = new Map<string, number>();
  for (const { signatureType, signatureSize, signatureHeaderSize } of lists) {
    if (signatureHeaderSize !== 0) continue;
    const group = `${signatureType} ${signatureSize}`;
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  const large = [...groups.values()].filter((count) => count >= MIN_LISTS_ALIKE);
  const sum = large.reduce((total, count) => total + count, 0);
  return { lists: sum, needless: sum - large.length };
}
