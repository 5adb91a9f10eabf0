/** Boot entries and the orders that lead to them. */
import {
  bootVariables,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeVariable,
  sha256List,
} from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { diskOption, firmwareMenuOption } from "../builders/load-option.ts";

const order = (name: string, ...numbers: readonly number[]) =>
  makeVariable(name, Uint8Array.from(numbers.flatMap((number) => [number & 0xff, number >> 8])));
const blobOf = (...variables: Parameters<typeof makeBlob>[0]) => makeBlob(variables);

export const cases: readonly CorpusCase[] = [
  {
    name: "boot-order-dangling",
    title: "BootOrder begins with an entry that does not exist; the second one starts.",
    file: "input.vars",
    bytes: () => blobOf(order("BootOrder", 2, 1), makeVariable("Boot0001", diskOption("Debian"))),
  },
  {
    name: "boot-order-dangling-none-left",
    title: "BootOrder names two entries: one cannot be read, the other does not exist.",
    file: "input.vars",
    bytes: () =>
      blobOf(order("BootOrder", 1, 2), makeVariable("Boot0001", diskOption("Debian").subarray(0, -8))),
  },
  {
    name: "boot-order-dangling-harmless",
    title:
      "A later entry of BootOrder is missing, one stands twice, half a number is left; BootNext leads nowhere, and an entry stands in no order.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        makeVariable("BootOrder", Uint8Array.of(1, 0, 3, 0, 1, 0, 0xff)),
        order("BootNext", 9),
        order("DriverOrder", 0),
        makeVariable("Boot0001", diskOption("Debian")),
        makeVariable("Boot0005", diskOption("Windows Boot Manager")),
      ),
  },
  {
    name: "boot-order-dangling-near-miss",
    title:
      "The firmware's menu in no order, an entry that is switched off in front, one that starts behind it.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        order("BootOrder", 2, 1),
        makeVariable("Boot0000", firmwareMenuOption()),
        makeVariable("Boot0001", diskOption("Debian")),
        makeVariable("Boot0002", diskOption("Windows Boot Manager", 0)),
      ),
  },
  {
    name: "healthy-boot-entries",
    title: "Keys, the firmware's menu, and a system that starts.",
    file: "input.vars",
    bytes: () =>
      makeBlob([
        ...bootVariables(),
        makeVariable("Boot0007", firmwareMenuOption()),
        ...keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 3)),
      ]),
  },
];
