/** An inspection for programs, copy by copy: those of a pool would make a text that is longer than any may be. */

import { nested } from "./element-text.ts";
import type { Output } from "./output.ts";
import { jsonText } from "./printable.ts";

export interface InspectionWriter {
  /** The next element of `vms`. */
  readonly vm: (vm: object) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** One document with one element of `inputs`, as `JSON.stringify` would indent it. */
export function jsonInspectionWriter(output: Output, head: object, input: object): InspectionWriter {
  const fields = (value: object, depth: number): string =>
    Object.entries(value)
      .map(([name, field]) => `${"  ".repeat(depth)}${jsonText(name, 0)}: ${nested(field, depth)},\n`)
      .join("");
  const start = `{\n${fields(head, 1)}  "inputs": [\n    {\n${fields(input, 3)}      "vms": [`;
  let count = 0;
  return {
    vm: (vm) => output.write(`${count++ === 0 ? start : ","}\n        ${nested(vm, 4)}`),
    end: () => output.write(`${count === 0 ? start : "\n      "}]\n    }\n  ]\n}\n`),
  };
}

/** The element of `inputs` on one line. */
export function ndjsonInspectionWriter(output: Output, input: object): InspectionWriter {
  const start = `${jsonText(input, 0).slice(0, -1)},"vms":[`;
  let count = 0;
  return {
    vm: (vm) => output.write(`${count++ === 0 ? start : ","}${jsonText(vm, 0)}`),
    end: () => output.write(`${count === 0 ? start : ""}]}\n`),
  };
}
