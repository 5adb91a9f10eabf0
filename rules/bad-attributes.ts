import { SECURE_BOOT_ATTRIBUTES } from "../daemon/request-checks.ts";
import {
  EFI_VARIABLE_APPEND_WRITE,
  EFI_VARIABLE_AUTHENTICATED_WRITE_ACCESS,
  EFI_VARIABLE_BOOTSERVICE_ACCESS,
  EFI_VARIABLE_ENHANCED_AUTHENTICATED_ACCESS,
  EFI_VARIABLE_HARDWARE_ERROR_RECORD,
  EFI_VARIABLE_NON_VOLATILE,
  EFI_VARIABLE_RUNTIME_ACCESS,
} from "../parsers/efi/attributes.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { secureBootName } from "../parsers/efi/signature-variables.ts";
import type { EfiVariable } from "../parsers/model.ts";
import type { Repair, VariableRule } from "./engine/rule.ts";

/** Bits that every write with them is refused for, or that are masked off before storing. */
const NEVER_STORED: readonly (readonly [bit: number, name: string])[] = [
  [EFI_VARIABLE_HARDWARE_ERROR_RECORD, "HARDWARE_ERROR_RECORD"],
  [EFI_VARIABLE_AUTHENTICATED_WRITE_ACCESS, "AUTHENTICATED_WRITE_ACCESS"],
  [EFI_VARIABLE_APPEND_WRITE, "APPEND_WRITE"],
  [EFI_VARIABLE_ENHANCED_AUTHENTICATED_ACCESS, "ENHANCED_AUTHENTICATED_ACCESS"],
];

const NEVER_STORED_BITS: number = NEVER_STORED.reduce((bits, [bit]) => bits | bit, 0);

export const badAttributes: VariableRule = {
  meta: {
    id: "bad-attributes",
    title: "A variable has attributes that the daemon would not have stored",
    severity: "warning",
    breaks: "update",
    repairable: "sometimes",
    since: "0.1.0",
    docs: {
      what: "Looks for PK, KEK, db, dbx and dbt with attributes other than 0x27, and for any variable with a bit that the daemon never stores (0x08, 0x10, 0x40, 0x80) or with run-time access but no boot-service access.",
      why: "The daemon loads them as they are. But Microsoft's updates write db and dbx with 0x27, and a write whose attributes differ from the stored ones is refused (EFI_INVALID_PARAMETER), so that the variable can never be updated again. Without the bit for non-volatile it is even gone after the next save. The other bits tell that another tool than the daemon made the record.",
      repair:
        "--strategy compact sets the attributes of PK, KEK, db, dbx and dbt to 0x27, the only ones with which the daemon creates them. That is four bytes each; the signatures stay as they are, and the proof names each change. The default strategy leaves them. Do not write the pool's set into such a VM before (varstore-sb-state): with one of the bits 0x08, 0x10, 0x40 or 0x80 it fails half-way (Invalid Parameter), and leaves the VM without PK and KEK. Attributes of other variables are left as they are, since nobody but their owner knows which were meant.",
      notAFault:
        "Volatile variables (no 0x01) are normal in the image of a suspended VM. 0x03 and 0x07 are both usual, and bits above 0x80 are not looked at by anybody.",
      references: [
        "varstored handler.c, do_set_variable and check_attr; xapidb-lib.c: the loader looks at no attributes",
        "UEFI 2.10 §8.2.1, GetVariable: attributes",
      ],
    },
  },
  topics: ["update-dbx"],
  message: ({ variable, attributes, expected, wrong }) =>
    expected === null
      ? `${variable} has attributes ${attributes}, which varstored never stores: ${(wrong as readonly string[]).join(", ")}.`
      : `${variable} has attributes ${attributes} instead of ${expected}: varstored refuses every update of it, because updates are written with ${expected}.`,
  on: "variable",
  concerns: (variable) =>
    secureBootName(variable) === null
      ? isNeverStored(variable.attributes)
      : variable.attributes !== SECURE_BOOT_ATTRIBUTES,
  *detect(variable) {
    const { attributes } = variable;
    const isSecureBoot = secureBootName(variable) !== null;
    const wrong = isSecureBoot ? [] : neverStored(attributes);
    yield {
      variable,
      path: `variables[${variable.index}].attributes`,
      span: { start: variable.dataSpan.end + 16, end: variable.dataSpan.end + 20 },
      facts: {
        variable: shortName(variable.name),
        attributes: hex(attributes),
        expected: isSecureBoot ? hex(SECURE_BOOT_ATTRIBUTES) : null,
        wrong,
        lostAtNextSave: (attributes & EFI_VARIABLE_NON_VOLATILE) === 0,
      },
      breaks: isSecureBoot ? "update" : null,
      ...(isSecureBoot ? { repair: rewritten(variable) } : {}),
    };
  },
};

/** Not by the default strategy, which starts to write nowhere where there was nothing to repair. */
function rewritten({ index, name }: EfiVariable): Repair {
  return {
    applicability: "unsafe",
    strategies: ["compact"],
    title: `Set the attributes of ${shortName(name)} to ${hex(SECURE_BOOT_ATTRIBUTES)}; what it holds stays`,
    patches: [{ op: "set-attributes", index, attributes: SECURE_BOOT_ATTRIBUTES }],
  };
}

function isNeverStored(attributes: number): boolean {
  return (attributes & NEVER_STORED_BITS) !== 0 || isRuntimeAlone(attributes);
}

function neverStored(attributes: number): string[] {
  const wrong = NEVER_STORED.filter(([bit]) => (attributes & bit) !== 0).map(([, name]) => name);
  if (isRuntimeAlone(attributes)) wrong.push("RUNTIME_ACCESS without BOOTSERVICE_ACCESS");
  return wrong;
}

function isRuntimeAlone(attributes: number): boolean {
  const access = attributes & (EFI_VARIABLE_RUNTIME_ACCESS | EFI_VARIABLE_BOOTSERVICE_ACCESS);
  return access === EFI_VARIABLE_RUNTIME_ACCESS;
}

function hex(attributes: number): string {
  return `0x${attributes.toString(16)}`;
}
