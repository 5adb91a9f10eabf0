import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runtimeBytes, usedBytes } from "../../daemon/space.ts";
import { startDaemon } from "../../daemon/startup-variables.ts";
import { PPI_BUFFER } from "../../daemon/variable-id.ts";
import type { EfiVariable } from "../../parsers/model.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { bootVariables, makeBlob, makeSignatureVariable, noise } from "../builders/blob.ts";

/** By the daemon's own steps, of which `runtimeBytes` works out the lengths alone. */
function growthAtStart(variables: readonly EfiVariable[]): number {
  return usedBytes(startDaemon({ variables, ancillary: null }, false).variables) - usedBytes(variables);
}

describe("what the daemon adds at its start", () => {
  const made = startDaemon({ variables: [], ancillary: null }, false).variables;
  it.each([["with a PK"], ["without"]])(
    "is what its own steps come to, whatever is there already: %s",
    (pk) => {
      const present = fc.record({ which: fc.nat(made.length - 1), bytes: fc.integer({ min: 1, max: 100 }) });
      const others = pk === "without" ? bootVariables() : [makeSignatureVariable("PK", noise(40, 1))];
      fc.assert(
        fc.property(fc.array(present, { maxLength: 12 }), (some) => {
          const taken = some.map(({ which, bytes }) => ({ ...made[which]!, data: noise(bytes, 1 + which) }));
          const { variables } = openBlob(makeBlob([...others, ...taken]));
          expect(runtimeBytes(variables)).toBe(growthAtStart(variables));
        }),
      );
    },
  );

  it("leaves the PPI buffer as it is", () => {
    const buffer = made.find(({ nameBytes }) => nameBytes.join() === PPI_BUFFER.nameBytes.join())!;
    const { variables } = openBlob(
      makeBlob([...made.filter((one) => one !== buffer), { ...buffer, data: noise(7, 1) }]),
    );
    expect(runtimeBytes(variables)).toBe(0);
  });
});
