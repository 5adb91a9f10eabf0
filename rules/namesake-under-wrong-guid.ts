import { toHex } from "../parsers/bytes.ts";
import { guidBytes } from "../parsers/efi/guid.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { secureBootName } from "../parsers/efi/signature-variables.ts";
import { EFI_GLOBAL_VARIABLE, EFI_IMAGE_SECURITY_DATABASE } from "../parsers/guids.ts";
import type { EfiVariable } from "../parsers/model.ts";
import type { VariableRule } from "./engine/rule.ts";

const RIGHT_GUIDS: ReadonlyMap<string, string> = new Map([
  ["PK", EFI_GLOBAL_VARIABLE],
  ["KEK", EFI_GLOBAL_VARIABLE],
  ["db", EFI_IMAGE_SECURITY_DATABASE],
  ["dbx", EFI_IMAGE_SECURITY_DATABASE],
  ["dbt", EFI_IMAGE_SECURITY_DATABASE],
]);
const BY_FOLDED_NAME: ReadonlyMap<string, string> = new Map(
  [...RIGHT_GUIDS.keys()].map((name) => [name.toLowerCase(), name]),
);
/** Cyrillic and Greek letters that look like those of the names. Full-width letters fold by NFKC. */
const LOOKALIKES: ReadonlyMap<string, string> = new Map([
  ["\u0420", "p"],
  ["\u0440", "p"],
  ["\u03a1", "p"],
  ["\u03c1", "p"],
  ["\u041a", "k"],
  ["\u043a", "k"],
  ["\u039a", "k"],
  ["\u03ba", "k"],
  ["\u0415", "e"],
  ["\u0435", "e"],
  ["\u0395", "e"],
  ["\u0501", "d"],
  ["\u0412", "b"],
  ["\u0392", "b"],
  ["\u042c", "b"],
  ["\u0425", "x"],
  ["\u0445", "x"],
  ["\u03a7", "x"],
  ["\u0422", "t"],
  ["\u03a4", "t"],
]);
/** Longer names are nobody's slip of these. */
const LONGEST_SLIP = 8;
/** Four and more plain letters read like none of these, however they are folded. */
const OTHER_NAME = /^[!-~]{4,}$/;

export const namesakeUnderWrongGuid: VariableRule = {
  meta: {
    id: "namesake-under-wrong-guid",
    title: "A variable looks like a key variable, but is none",
    severity: "warning",
    breaks: null,
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks for PK, KEK, db, dbx and dbt under another GUID than their own, and for names under the right GUID that differ only in case, in letters of another alphabet that look the same, or in white space or NULs at their ends.",
      why: "Name and GUID are compared byte by byte. The keys in such a variable are not enrolled: what they should trust is not trusted, and what they should revoke still starts. It comes from tools that were given the GUID of the wrong family or with its bytes swapped.",
      repair:
        "None is applied: whether these keys are meant to count only their owner knows. If so, enrol the content under the right name and GUID, and remove this variable with varstore-rm on the host.",
      notAFault:
        "certdb, PKDefault, dbDefault, MokList and the like are variables of their own. A NUL at the end of any other name is an old uefistored's.",
      references: [
        "varstored handler.c, check_attr and do_get_variable (memcmp)",
        "UEFI 2.10 §3.3 and §32.6",
        "uefistored src/serializer.c, sanitize_namesz",
      ],
    },
  },
  message: ({ variable, guid, meant, rightGuid, slip }) =>
    `${variable} under ${guid} is not ${meant} (${rightGuid}): ${slip}. What it holds does not count.`,
  on: "variable",
  concerns: (variable) =>
    variable.nameBytes.length <= 2 * LONGEST_SLIP &&
    secureBootName(variable) === null &&
    !OTHER_NAME.test(variable.name),
  *detect(variable) {
    const found = slipOf(variable);
    if (found === null) return;
    yield {
      variable,
      path: `variables[${variable.index}].name`,
      span: { start: variable.span.start, end: variable.dataSpan.start },
      facts: {
        variable: shortName(variable.name),
        nameHex: toHex(variable.nameBytes),
        guid: variable.vendorGuid,
        meant: found.meant,
        rightGuid: RIGHT_GUIDS.get(found.meant) ?? "",
        slip: found.slip,
      },
      repair: {
        applicability: "manual",
        title: `Decide whether this was meant as ${found.meant}; if so, enrol it there and remove this one`,
        patches: [],
      },
    };
  },
};

interface Slip {
  readonly meant: string;
  readonly slip: string;
}

function slipOf(variable: EfiVariable): Slip | null {
  const { name, nameBytes, vendorGuid } = variable;
  const rightGuid = RIGHT_GUIDS.get(name);
  if (rightGuid !== undefined) {
    const swapped = vendorGuid.replaceAll("-", "") === toHex(guidBytes(rightGuid));
    return {
      meant: name,
      slip: swapped ? "its GUID is stored with the bytes swapped" : "it stands under another GUID",
    };
  }
  const meant = BY_FOLDED_NAME.get(folded(name));
  if (meant === undefined || RIGHT_GUIDS.get(meant) !== vendorGuid) return null;
  return { meant, slip: `its name differs (${toHex(nameBytes)})` };
}

/** What a person would read. */
function folded(name: string): string {
  const letters = [...name.normalize("NFKC")].map((letter) => LOOKALIKES.get(letter) ?? letter);
  return letters
    .join("")
    .toLowerCase()
    .replaceAll(/^[\s\0]+|[\s\0]+$/g, "");
}
