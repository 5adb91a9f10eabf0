import { isFirmwareVolume } from "../parsers/efi/device-path-text.ts";
import {
  isBootable,
  type LoadOption,
  loadOptionName,
  readLoadOption,
  readLoadOptionOrder,
} from "../parsers/efi/load-option.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { EFI_GLOBAL_VARIABLE } from "../parsers/guids.ts";
import type { EfiVariable } from "../parsers/model.ts";
import { oncePer } from "../parsers/once-per.ts";
import type { BlobRule, Detection, Facts } from "./engine/rule.ts";

/** How many names a message shows: a crafted BootOrder has thousands. */
const SHOWN_NAMES = 16;
const BOOT_OPTION = /^Boot[0-9A-F]{4}$/;

type Globals = ReadonlyMap<string, EfiVariable>;

export const bootOrderDangling: BlobRule = {
  meta: {
    id: "boot-order-dangling",
    title: "The boot order and the boot entries do not fit together",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Follows BootOrder, BootNext and DriverOrder to their entries: entries that do not exist or cannot be read, the same entry twice, half a number at the end. It also names boot entries that stand in no order.",
      why: "The firmware passes over what it cannot find and starts the next entry. Where the first one is gone, the VM starts something else than was installed, or ends with no boot medium found, while the disk is perfectly all right. It comes from deleted or edited variables, and from templates that were made from another VM. A loud finding is one where the first entry is gone or none is left; anything else is only mentioned.",
      repair:
        "None is applied: which system is meant to start is the owner's decision. In the guest use efibootmgr -o or bcdedit; without a guest, the firmware's own menu (Esc at start) can set the order, and starts \\EFI\\BOOT\\BOOTX64.EFI of a disk in any case.",
      notAFault:
        "Applications of the firmware itself (its menu, its shell) need not be in the order, and an entry that is switched off is a choice.",
      references: [
        "UEFI 2.10 §3.1.1 to §3.1.3, §3.3",
        "edk2 MdeModulePkg/Library/UefiBootManagerLib/BmLoadOption.c, EfiBootManagerVariableToLoadOption",
      ],
    },
  },
  message: (facts) => sentence(facts),
  on: "blob",
  *detect({ variables, stop }) {
    if (stop !== null) return;
    const globals = globalVariables(variables);
    yield* judgeBootOrder(globals);
    yield* judgeOther(globals, "BootNext", "Boot");
    yield* judgeOther(globals, "DriverOrder", "Driver");
    yield* findOrphans(globals);
  },
};

/** Variables by name. Of several records with one name the daemon uses the last. */
function globalVariables(variables: readonly EfiVariable[]): Globals {
  const found = variables.filter(({ vendorGuid }) => vendorGuid === EFI_GLOBAL_VARIABLE);
  return new Map(found.map((variable) => [variable.name, variable]));
}

interface OrderFaults {
  readonly order: readonly number[];
  readonly missing: readonly string[];
  readonly unreadable: readonly string[];
  readonly repeated: readonly string[];
  readonly oddByte: boolean;
}

function faultsOf(data: Uint8Array, prefix: "Boot" | "Driver", globals: Globals): OrderFaults {
  const { numbers, hasOddByte } = readLoadOptionOrder(data);
  const order = [...new Set(numbers)];
  const names = order.map((number) => loadOptionName(prefix, number));
  const seen = new Set<number>();
  const twice = numbers.filter((number) => seen.size === seen.add(number).size);
  return {
    order,
    missing: names.filter((name) => !globals.has(name)),
    unreadable: names.filter((name) => (optionNamed(name, globals)?.fault ?? null) !== null),
    repeated: [...new Set(twice)].map((number) => loadOptionName(prefix, number)),
    oddByte: hasOddByte,
  };
}

function optionNamed(name: string, globals: Globals): LoadOption | null {
  const variable = globals.get(name);
  return variable === undefined ? null : loadOptionOf(variable.data);
}

/** The same entry is looked at once for each order that names it, and once more for its title. */
const loadOptionOf: (data: Uint8Array) => LoadOption = oncePer(readLoadOption);

function isFaultless({ missing, unreadable, repeated, oddByte }: OrderFaults): boolean {
  return missing.length + unreadable.length + repeated.length === 0 && !oddByte;
}

function* judgeBootOrder(globals: Globals): Iterable<Detection> {
  const variable = globals.get("BootOrder");
  if (variable === undefined) return;
  const faults = faultsOf(variable.data, "Boot", globals);
  if (isFaultless(faults)) return;
  const names = faults.order.map((number) => loadOptionName("Boot", number));
  const gone = new Set([...faults.missing, ...faults.unreadable]);
  const usable = names.find((name) => {
    const option = optionNamed(name, globals);
    return option !== null && isBootable(option);
  });
  const [first] = names;
  const isLoud = gone.size > 0 && (usable === undefined || (first !== undefined && gone.has(first)));
  yield {
    ...placeOf(variable),
    facts: { ...factsOf(variable, faults), starts: usable === undefined ? null : titled(usable, globals) },
    severity: isLoud ? "warning" : "info",
    ...(isLoud
      ? {
          repair: {
            applicability: "manual",
            title: "Set the boot order anew in the guest (efibootmgr -o, bcdedit) or in the firmware's menu",
            patches: [],
          },
        }
      : {}),
  };
}

function* judgeOther(
  globals: Globals,
  name: "BootNext" | "DriverOrder",
  prefix: "Boot" | "Driver",
): Iterable<Detection> {
  const variable = globals.get(name);
  if (variable === undefined) return;
  const faults = faultsOf(variable.data, prefix, globals);
  if (!isFaultless(faults))
    yield { ...placeOf(variable), facts: factsOf(variable, faults), severity: "info" };
}

/** Entries that would start something of the guest's, but that nothing leads to. */
function* findOrphans(globals: Globals): Iterable<Detection> {
  const order = globals.get("BootOrder");
  if (order === undefined) return;
  const next = globals.get("BootNext");
  const named = [order, ...(next === undefined ? [] : [next])].flatMap(
    ({ data }) => readLoadOptionOrder(data).numbers,
  );
  const listed = new Set(named.map((number) => loadOptionName("Boot", number)));
  const orphans = [...globals.keys()].filter((name) => BOOT_OPTION.test(name) && !listed.has(name));
  const guests = orphans.filter((name) => isGuestOption(optionNamed(name, globals)));
  if (guests.length === 0) return;
  const facts = {
    variable: "BootOrder",
    orphans: shown(guests.sort().map((name) => titled(name, globals))),
    count: guests.length,
  };
  yield { ...placeOf(order), facts, severity: "info" };
}

function isGuestOption(option: LoadOption | null): boolean {
  if (option === null || !isBootable(option)) return false;
  return !(option.filePaths[0]?.nodes ?? []).some(isFirmwareVolume);
}

function placeOf(variable: EfiVariable): Pick<Detection, "variable" | "path" | "span"> {
  return { variable, path: `variables[${variable.index}].data`, span: variable.dataSpan };
}

function factsOf(variable: EfiVariable, faults: OrderFaults): Facts {
  const { missing, unreadable, repeated, oddByte } = faults;
  return {
    variable: variable.name,
    missing: shown(missing),
    unreadable: shown(unreadable),
    repeated: shown(repeated),
    oddByte,
    count: missing.length + unreadable.length + repeated.length,
  };
}

function shown(names: readonly string[]): readonly string[] {
  return names.length <= SHOWN_NAMES
    ? names
    : [...names.slice(0, SHOWN_NAMES), `${names.length - SHOWN_NAMES} more`];
}

function titled(name: string, globals: Globals): string {
  const description = optionNamed(name, globals)?.description ?? "";
  return description === "" ? name : `${name} (${shortName(description)})`;
}

function sentence({ variable, missing, unreadable, repeated, oddByte, starts, orphans }: Facts): string {
  if (orphans !== undefined) return `In no boot order, and so never started: ${list(orphans)}.`;
  const parts = [
    phrase(missing, "names entries that do not exist"),
    phrase(unreadable, "names entries that cannot be read"),
    phrase(repeated, "names entries more than once"),
    oddByte ? "ends with half a number" : "",
  ].filter((part) => part !== "");
  const consequence =
    starts === undefined
      ? ""
      : starts === null
        ? "; none that can start is left"
        : `; what starts is ${starts}`;
  return `${variable} ${parts.join(", ")}${consequence}.`;
}

function phrase(names: Facts[string] | undefined, what: string): string {
  const text = list(names);
  return text === "" ? "" : `${what} (${text})`;
}

function list(names: Facts[string] | undefined): string {
  return Array.isArray(names) ? names.join(", ") : "";
}
