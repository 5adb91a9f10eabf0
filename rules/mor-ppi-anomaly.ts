import { guidNamed } from "../parsers/guids.ts";
import type { EfiVariable } from "../parsers/model.ts";
import type { VariableRule } from "./engine/rule.ts";

interface Shape {
  readonly guid: string;
  readonly bytes: number;
  /** Bits that the daemon lets into the first byte. */
  readonly mask: number;
}

const XEN_PPI = guidNamed("XEN_PPI");

/** varstored mor.c (MOR_ACTION_VALID_MASK and the three states of the lock) and ppi.c (PPI_NONVOLITILE_SIZE). */
const SHAPES: ReadonlyMap<string, Shape> = new Map([
  [
    "MemoryOverwriteRequestControl",
    { guid: guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL"), bytes: 1, mask: 0x11 },
  ],
  [
    "MemoryOverwriteRequestControlLock",
    { guid: guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL_LOCK"), bytes: 1, mask: 0x03 },
  ],
  ["Tcg2PhysicalPresenceFlagsLock", { guid: XEN_PPI, bytes: 1, mask: 0x01 }],
  ["PPIBuffer", { guid: XEN_PPI, bytes: 48, mask: 0xff }],
]);

export const morPpiAnomaly: VariableRule = {
  meta: {
    id: "mor-ppi-anomaly",
    title: "A variable of the daemon's own has a shape that it does not write",
    severity: "info",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks at the four variables that varstored itself makes for the overwriting of memory and for the TPM's physical presence: MemoryOverwriteRequestControl, its lock, Tcg2PhysicalPresenceFlagsLock (one byte each) and PPIBuffer (48 bytes).",
      why: "The daemon resets the first three at every start and so heals them. PPIBuffer it keeps, and reads and writes at fixed places in it: a shorter one is read past its end when the guest asks for the TPM's functions. Such a shape comes from a converted OVMF file or from a crafted blob.",
      repair:
        "None is applied. With the VM halted, varstore-rm on the host removes PPIBuffer; the daemon makes it anew, empty.",
      notAFault:
        "The 268 bytes behind the header of version 2 (the key of the lock and the table of functions) hold what the guest put there, so any value is normal.",
      references: [
        "varstored mor.c, setup_mor_variables",
        "varstored ppi.c, setup_ppi_variables and ppi_data_readl",
      ],
    },
  },
  message: ({ variable, bytes, expected, value }) =>
    value === null
      ? `${variable} has ${bytes} bytes; the daemon writes ${expected}.`
      : `${variable} holds ${value}, which the daemon never writes.`,
  on: "variable",
  concerns: (variable) => shapeOf(variable) !== null,
  *detect(variable) {
    const shape = shapeOf(variable);
    if (shape === null) return;
    const { length } = variable.data;
    const value = length === shape.bytes ? strangeValue(variable, shape) : null;
    if (length === shape.bytes && value === null) return;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: { variable: variable.name, bytes: length, expected: shape.bytes, value },
    };
  },
};

function shapeOf({ name, vendorGuid }: EfiVariable): Shape | null {
  const shape = SHAPES.get(name);
  return shape?.guid === vendorGuid ? shape : null;
}

function strangeValue({ data }: EfiVariable, { mask }: Shape): string | null {
  const first = data[0] ?? 0;
  return (first & ~mask) === 0 ? null : `0x${first.toString(16).padStart(2, "0")}`;
}
