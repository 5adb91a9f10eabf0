/** Writes without a signature: what is stored, deleted, counted and saved. */
import { describe, expect, test } from "vitest";
import type { SetVariableRequest } from "../../daemon/request-checks.ts";
import { usedBytes } from "../../daemon/space.ts";
import { startDaemon } from "../../daemon/startup-variables.ts";
import { findVariable, saveStore, type VariableStore } from "../../daemon/store.ts";
import { idOf, MOR_CONTROL, MOR_CONTROL_LOCK, PPI_BUFFER, PPI_FLAGS_LOCK } from "../../daemon/variable-id.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { bootVariables, makeBlob, makeVariable } from "../builders/blob.ts";
import { ask, CONTEXT, dataOf, globalId, outcome, PROBE, plainRequest, start } from "../builders/daemon.ts";

const store = start(bootVariables());
const probe = (...data: readonly number[]): SetVariableRequest =>
  plainRequest({ data: Uint8Array.from(data) });
const append = (...data: readonly number[]): SetVariableRequest =>
  plainRequest({ data: Uint8Array.from(data), attributes: 0x47 });

function namesOf(blob: Uint8Array): readonly string[] {
  return openBlob(blob).variables.map(({ name }) => name);
}

describe("a plain variable", () => {
  test("is made, replaced, appended to and deleted", () => {
    expect(dataOf(ask(store, [probe(1)]), PROBE)).toEqual(Uint8Array.of(1));
    expect(dataOf(ask(store, [probe(1), probe(2, 3)]), PROBE)).toEqual(Uint8Array.of(2, 3));
    expect(dataOf(ask(store, [probe(1), append(1, 2)]), PROBE)).toEqual(Uint8Array.of(1, 1, 2));
    expect(dataOf(ask(store, [append(4)]), PROBE)).toEqual(Uint8Array.of(4));
    expect(dataOf(ask(store, [probe(1), probe()]), PROBE)).toBeNull();
    expect(dataOf(ask(store, [probe(1), plainRequest({ attributes: 0 })]), PROBE)).toBeNull();
  });

  test("never keeps the append bit in its attributes", () => {
    expect(findVariable(ask(store, [append(4)]).store, PROBE)?.attributes).toBe(0x07);
  });

  test("is deleted by no data even with other attributes, as only an authenticated one is protected", () => {
    expect(outcome(ask(store, [probe(1), plainRequest({ attributes: 0x03, data: new Uint8Array(0) })]))).toBe(
      "EFI_SUCCESS",
    );
  });

  test("is told from a namesake under another GUID and from a name in other case", () => {
    const other = ask(store, [
      probe(1),
      plainRequest({ ...globalId("Probe") }),
      plainRequest({ ...idOf("probe", PROBE.vendorGuid) }),
    ]);
    expect(other.store.variables).toHaveLength(store.variables.length + 3);
  });

  test("is refused without changing the store that was passed", () => {
    const before = saveStore(store, true);
    ask(store, [probe(1), probe(2)]);
    expect(saveStore(store, true)).toEqual(before);
  });
});

describe("the daemon saves", () => {
  test("what is non-volatile and new, changed or gone", () => {
    expect(ask(store, [probe(1)]).saves).toBe(true);
    expect(ask(store, [probe(1), probe(2)]).saves).toBe(true);
    expect(ask(store, [probe(1), append(2)]).saves).toBe(true);
    expect(ask(store, [probe(1), probe()]).saves).toBe(true);
  });

  test("neither volatile variables nor a write that changes nothing", () => {
    expect(ask(store, [plainRequest({ attributes: 0x06 })]).saves).toBe(false);
    expect(ask(store, [probe(1), probe(1)]).saves).toBe(false);
    expect(ask(store, [probe(1), append()]).saves).toBe(false);
  });

  test("new variables first, then the blob backwards, and a rewrite in its place", () => {
    const blob = saveStore(
      ask(store, [probe(1), plainRequest({ ...globalId("Second") }), probe(2)]).store,
      false,
    );
    expect(namesOf(blob)).toEqual(["Second", "Probe", "Boot0000", "BootOrder", "Timeout"]);
  });

  test("after loading and saving again in the order of the first blob", () => {
    const reversed = saveStore(startDaemon(openBlob(makeBlob(bootVariables())), false), false);
    expect(saveStore(startDaemon(openBlob(reversed), false), false)).toEqual(makeBlob(bootVariables()));
  });

  test("a version 1 blob as version 2 with ancillary data of zeros", () => {
    const saved = openBlob(saveStore(startDaemon(openBlob(makeBlob(bootVariables(), 1)), false), false));
    expect(saved.version).toBe(2);
    expect(saved.ancillary).toEqual(new Uint8Array(268));
  });
});

describe("duplicates of a blob", () => {
  const twice = start([makeVariable("Twice", Uint8Array.of(1)), makeVariable("Twice", Uint8Array.of(2))]);

  test("answer with the last stored one", () => {
    expect(findVariable(twice, globalId("Twice"))?.data).toEqual(Uint8Array.of(2));
  });

  test("are uncovered one after the other by deletions", () => {
    const empty = new Uint8Array(0);
    const request = plainRequest({ ...globalId("Twice"), data: empty });
    expect(dataOf(ask(twice, [request]), globalId("Twice"))).toEqual(Uint8Array.of(1));
    expect(dataOf(ask(twice, [request, request]), globalId("Twice"))).toBeNull();
  });
});

describe("the two limits", () => {
  const full = (bytes: number, attributes = 0x07): SetVariableRequest =>
    plainRequest({ data: new Uint8Array(bytes).fill(1), attributes });

  test("an append may reach 57344 bytes on both daemons, and pass them on the unfixed one", () => {
    const unfixed = { ...CONTEXT, daemon: "unfixed" } as const;
    expect(outcome(ask(store, [full(57_343), append(1)]))).toBe("EFI_SUCCESS");
    expect(outcome(ask(store, [full(57_344), append(1)]))).toBe("data-over-limit");
    expect(dataOf(ask(store, [full(57_344), append(1)], unfixed), PROBE)).toHaveLength(57_345);
  });

  test("all variables together may reach 131072 bytes, the daemon's own and 128 for each counted", () => {
    const name = globalId("Rest");
    const half = ask(store, [full(57_344)]).store;
    const room = 131_072 - usedBytes(half.variables) - 128 - name.nameBytes.length;
    const fill = (target: VariableStore, bytes: number): string => {
      const requests = [57_344, bytes - 57_344 - 128 - 2].map((size, i) =>
        plainRequest({
          nameBytes: name.nameBytes.subarray(0, i === 0 ? 8 : 2),
          data: new Uint8Array(size).fill(2),
        }),
      );
      return outcome(ask(target, requests));
    };
    expect(fill(half, room)).toBe("EFI_SUCCESS");
    expect(fill(half, room + 1)).toBe("total-over-limit");
  });

  test("a replacement counts without what it replaces", () => {
    const crowded = ask(store, [
      full(57_344),
      plainRequest({ ...globalId("Second"), data: new Uint8Array(57_344).fill(1) }),
    ]).store;
    const left = 131_072 - usedBytes(crowded.variables);
    const third = globalId("T");
    const filled = ask(crowded, [plainRequest({ ...third, data: new Uint8Array(left - 130).fill(1) })]);
    expect(outcome(filled)).toBe("EFI_SUCCESS");
    expect(
      outcome(ask(filled.store, [plainRequest({ ...third, data: new Uint8Array(left - 130).fill(2) })])),
    ).toBe("EFI_SUCCESS");
    expect(
      outcome(ask(filled.store, [plainRequest({ ...third, data: new Uint8Array(left - 129).fill(2) })])),
    ).toBe("total-over-limit");
    expect(
      outcome(ask(filled.store, [plainRequest({ ...third, data: Uint8Array.of(2), attributes: 0x47 })])),
    ).toBe("total-over-limit");
  });
});

describe("the start", () => {
  const ownNames = [MOR_CONTROL, MOR_CONTROL_LOCK, PPI_BUFFER, PPI_FLAGS_LOCK];

  test("makes five volatile and four non-volatile variables, 820 and 763 bytes", () => {
    const { variables } = start([]);
    const own = variables.filter((variable) => (variable.attributes & 1) !== 0);
    expect(usedBytes(own)).toBe(763);
    expect(usedBytes(variables)).toBe(763 + 820);
  });

  test("leaves its own non-volatile variables out of what is saved, but keeps and resets those of the blob", () => {
    expect(namesOf(saveStore(start([]), false))).toEqual([]);
    expect(namesOf(saveStore(start([]), true))).toHaveLength(ownNames.length);
    const kept = start([
      makeVariable(MOR_CONTROL_LOCK.nameBytes, Uint8Array.of(2), { guid: MOR_CONTROL_LOCK.vendorGuid }),
      makeVariable(PPI_BUFFER.nameBytes, Uint8Array.of(9, 9), { guid: PPI_BUFFER.vendorGuid }),
    ]);
    const saved = openBlob(saveStore(kept, false)).variables;
    expect(saved.map(({ name, data }) => [name, [...data]])).toEqual([
      ["PPIBuffer", [9, 9]],
      ["MemoryOverwriteRequestControlLock", [0]],
    ]);
  });

  test("tells setup mode from user mode by the PK alone", () => {
    const flag = (target: VariableStore, name: string): number | undefined =>
      findVariable(target, globalId(name))?.data[0];
    const withKey = [makeVariable("PK", Uint8Array.of(1), { attributes: 0x27 })];
    const states = [start([]), start(withKey), startDaemon(openBlob(makeBlob(withKey)), true)].map((target) =>
      ["SetupMode", "DeployedMode", "SecureBoot", "AuditMode"].map((name) => flag(target, name)),
    );
    expect(states).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 1, 1, 0],
    ]);
  });
});

describe("MemoryOverwriteRequest", () => {
  const control = (value: number): SetVariableRequest =>
    plainRequest({ ...MOR_CONTROL, data: Uint8Array.of(value) });
  const lock = (...data: readonly number[]): SetVariableRequest =>
    plainRequest({ ...MOR_CONTROL_LOCK, data: Uint8Array.from(data) });
  const key = [1, 2, 3, 4, 5, 6, 7, 8] as const;
  const wrongKey = [1, 2, 3, 4, 5, 6, 7, 9] as const;

  test("is written while it is unlocked, and never saved by that", () => {
    const answer = ask(store, [control(0x11)]);
    expect([outcome(answer), answer.saves, dataOf(answer, MOR_CONTROL)]).toEqual([
      "EFI_SUCCESS",
      false,
      Uint8Array.of(0x11),
    ]);
  });

  test("takes no other length, attributes, bits or append", () => {
    const refused = [
      control(0x02),
      plainRequest({ ...MOR_CONTROL, data: Uint8Array.of(0, 0) }),
      plainRequest({ ...MOR_CONTROL, data: Uint8Array.of(0), attributes: 0x03 }),
      plainRequest({ ...MOR_CONTROL, data: Uint8Array.of(0), attributes: 0x47 }),
      lock(2),
      lock(1, 2),
      plainRequest({ ...MOR_CONTROL_LOCK, data: Uint8Array.of(1), attributes: 0x47 }),
    ];
    for (const request of refused) expect(outcome(ask(store, [request]))).toBe("mor-malformed");
  });

  test("unlocks only with the key that locked it, and a wrong key locks it for good", () => {
    expect(outcome(ask(store, [lock(0)]))).toBe("EFI_SUCCESS");
    expect(outcome(ask(store, [lock(...key), control(1)]))).toBe("mor-locked");
    expect(outcome(ask(store, [lock(...key), lock(...key), control(1)]))).toBe("EFI_SUCCESS");
    expect(outcome(ask(store, [lock(...key), lock(...wrongKey), lock(...key)]))).toBe("mor-lock-denied");
    expect(outcome(ask(store, [lock(...key), lock(1)]))).toBe("mor-lock-denied");
    expect(outcome(ask(store, [lock(1), lock(...key)]))).toBe("mor-lock-denied");
  });

  test("keeps its key in the ancillary data of the blob", () => {
    const saved = openBlob(saveStore(ask(store, [lock(...key)]).store, false));
    expect(saved.ancillary?.subarray(0, 8)).toEqual(Uint8Array.from(key));
  });
});
