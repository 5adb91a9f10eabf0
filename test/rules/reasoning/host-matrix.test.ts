import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { usedBytes } from "../../../daemon/space.ts";
import { startDaemon } from "../../../daemon/startup-variables.ts";
import { type HostId, type HostRow, hostMatrix } from "../../../rules/reasoning/host-matrix.ts";
import {
  concat,
  healthyBlob,
  incidentBlob,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  sha256List,
  XCP_NG_OWNER,
  x509List,
} from "../../builders/blob.ts";
import { type Asked, askOf, askOfShared, keyStore, textOf } from "../../builders/reasoning.ts";
import { SAMPLE_KEK, SAMPLE_PK } from "../../builders/sample-keys.ts";
import { roleKnowledge, TEST_ROLES } from "../../builders/test-microsoft.ts";
import { hasSharedData, SHARED_NVRAM } from "../../shared-data.ts";
import { hashesOf, hashList } from "../knowledge/knowledge-data.ts";

const { guestPk, kek2011, pca2011 } = TEST_ROLES;
const NEWER: readonly HostId[] = ["xcp-ng-8.3-unfixed", "xcp-ng-8.3-fixed", "varstored-1.3"];

function rowsOf({ blob, context }: Asked): Readonly<Record<HostId, HostRow>> {
  return Object.fromEntries(hostMatrix(blob, context).map((row) => [row.host, row])) as Record<
    HostId,
    HostRow
  >;
}
const rows = (bytes: Uint8Array) => rowsOf(askOf(bytes));
const answers = ({ loads, nextWrite, migrates }: HostRow) =>
  [loads, nextWrite, migrates].map(({ answer }) => answer);
const store = (dbx: Uint8Array) => keyStore({ pk: guestPk, kek: [kek2011], db: [pca2011], dbx });
const filled = (name: string, bytes: number) => makeVariable(name, new Uint8Array(bytes).fill(1));

describe("the hosts", () => {
  it("stand in the order of their age", () => {
    const { blob, context } = askOf(healthyBlob());
    expect(hostMatrix(blob, context).map(({ host }) => host)).toEqual(["xcp-ng-8.2", ...NEWER]);
  });

  it("version 2 loads on 8.3 and not on 8.2", () => {
    const matrix = rows(store(hashList(MICROSOFT_OWNER, hashesOf("2025-10"))));
    expect(answers(matrix["xcp-ng-8.2"])).toEqual(["no", "no", "no"]);
    expect(textOf(matrix["xcp-ng-8.2"].loads.because)).toBe(
      "uefistored misreads version 2 from its first record on, and refuses an empty name.",
    );
    for (const host of NEWER) expect(answers(matrix[host])).toEqual(["yes", "yes", "yes"]);
    expect(matrix["varstored-1.3"].nextWrite.because).toMatchObject({
      claim: "updates-fit",
      facts: { newest: "2026-06b", after: 21_320, limit: 57_344 },
    });
  });

  it("leave open what the daemon reads behind dbx; damage of KEK behind the signer does no harm", () => {
    const open = rows(store(concat(sha256List(MICROSOFT_OWNER, 8), Uint8Array.of(1))));
    for (const host of NEWER) {
      expect(open[host].nextWrite).toMatchObject({
        answer: "unknown",
        because: { claim: "list-leaves-open" },
      });
    }
    const crash = x509List(MICROSOFT_OWNER, pca2011);
    new DataView(crash.buffer).setUint32(24, 0, true);
    const ended = rows(
      makeBlob([
        makeSignatureVariable("PK", x509List(XCP_NG_OWNER, guestPk)),
        makeSignatureVariable("KEK", concat(x509List(MICROSOFT_OWNER, kek2011), crash)),
        makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, 8)),
      ]),
    );
    for (const host of NEWER) expect(ended[host].nextWrite.answer).toBe("yes");
  });

  it("version 1 loads on 8.2 too, up to its limits; what its guest keeps in memory is not known", () => {
    const matrix = rows(makeBlob([filled("Log", 32_000)], 1));
    expect(answers(matrix["xcp-ng-8.2"])).toEqual(["yes", "unknown", "unknown"]);
    const long = rows(makeBlob([filled("Log", 32_769)], 1))["xcp-ng-8.2"];
    expect(answers(long)).toEqual(["no", "no", "no"]);
    expect(textOf(long.loads.because)).toBe("uefistored refuses data that long (32769, at most 32768).");
    const two = makeBlob([filled("A", 16_384), filled("B", 16_384)], 1);
    expect(rows(two)["xcp-ng-8.2"].migrates).toMatchObject({
      answer: "no",
      because: { claim: "file-too-large", facts: { file: two.length, limit: 32_768 } },
    });
  });

  it("8.2 stores no update past its own limit", () => {
    const { variables } = askOf(store(sha256List(MICROSOFT_OWNER, 400))).blob;
    const over = rows(makeBlob(variables, 1))["xcp-ng-8.2"].nextWrite;
    expect(over).toMatchObject({ answer: "no", because: { claim: "over-uefistored-limit" } });
    const fits = askOf(store(sha256List(MICROSOFT_OWNER, 100))).blob.variables;
    expect(rows(makeBlob(fits, 1))["xcp-ng-8.2"].nextWrite.answer).toBe("unknown");
  });

  it("an update past the limit kills before the append fix and is refused after it", () => {
    const matrix = rows(store(sha256List(MICROSOFT_OWNER, 751)));
    expect(matrix["xcp-ng-8.3-unfixed"].nextWrite).toMatchObject({
      answer: "no",
      because: { claim: "updates-kill", facts: { kills: ["2026-06b"], after: 57_368 } },
    });
    for (const host of ["xcp-ng-8.3-fixed", "varstored-1.3"] as const) {
      expect(matrix[host].nextWrite).toMatchObject({
        answer: "no",
        because: { claim: "updates-refused", facts: { refused: ["2026-06b"], missing: 24 } },
      });
    }
    expect(rows(store(sha256List(MICROSOFT_OWNER, 750)))["xcp-ng-8.3-unfixed"].nextWrite.answer).toBe("yes");
  });

  it("every daemon refuses where the total is full", () => {
    const { variables } = askOf(store(sha256List(MICROSOFT_OWNER, 8))).blob;
    const matrix = rows(makeBlob([...variables, filled("A", 57_344), filled("B", 50_000)]));
    for (const host of NEWER) expect(matrix[host].nextWrite.because.claim).toBe("updates-refused");
  });

  it("nothing is refused where nothing is missing, and nothing is known of others' keys", () => {
    const table = roleKnowledge.dbxTable();
    const releases = table.releases.filter(({ id }) => id === "2026-06b");
    const onlyNewest = { ...roleKnowledge, dbxTable: () => ({ ...table, releases }) };
    const bytes = store(hashList(MICROSOFT_OWNER, hashesOf("2026-06b")));
    const all = rowsOf(askOf(bytes, {}, onlyNewest))["xcp-ng-8.3-fixed"].nextWrite;
    expect(all).toMatchObject({ answer: "yes", because: { claim: "nothing-to-add" } });
    const own = rows(keyStore({ pk: SAMPLE_PK, kek: [SAMPLE_KEK] }))["xcp-ng-8.3-fixed"].nextWrite;
    expect(own).toMatchObject({ answer: "unknown", because: { claim: "no-known-signer" } });
  });

  it("an append that stops the daemon or that it refuses is told", () => {
    const { variables } = askOf(store(sha256List(MICROSOFT_OWNER, 8))).blob;
    const odd = variables.map((one) => (one.name === "dbx" ? { ...one, attributes: 0x07 } : one));
    expect(rows(makeBlob(odd))["varstored-1.3"].nextWrite.because.claim).toBe("attributes-refused");
  });

  it("a blob that is refused goes nowhere", () => {
    const matrix = rows(incidentBlob());
    for (const host of NEWER) {
      expect(answers(matrix[host])).toEqual(["no", "no", "no"]);
      expect(matrix[host].migrates.because.claim).toBe("needs-loading");
    }
  });

  it("the file by which a VM moves holds the daemon's own variables, and has a limit of its own", () => {
    const migrates = (bytes: number) => {
      const asked = askOf(makeBlob([filled("A", 57_344), filled("B", 57_344), filled("C", bytes)]));
      return { ...asked, cell: rowsOf(asked)["varstored-1.3"].migrates };
    };
    const { blob } = migrates(1);
    const { variables } = startDaemon(blob, false);
    const file = 292 + usedBytes(variables) - 44 * variables.length;
    const most = 1 + 131_072 - file;
    const atLimit = migrates(most);
    expect(usedBytes(startDaemon(atLimit.blob, false).variables)).toBeGreaterThan(131_072);
    expect(atLimit.cell).toMatchObject({
      answer: "yes",
      because: { facts: { file: 131_072, most: 131_072 } },
    });
    expect(migrates(most + 1).cell).toMatchObject({
      answer: "no",
      because: { claim: "file-too-large", facts: { file: 131_073, limit: 131_072 } },
    });
    expect(rows(healthyBlob())["varstored-1.3"].migrates.because.facts).toMatchObject({ most: 131_012 });
  });

  it("more variables than a file may hold do not move", () => {
    const tiny = (count: number) =>
      rows(makeBlob(Array.from({ length: count }, (_, i) => makeVariable(`${i}`, Uint8Array.of(1)))));
    expect(tiny(1015)["varstored-1.3"].migrates.answer).toBe("yes");
    expect(tiny(1016)["varstored-1.3"].migrates.because).toMatchObject({
      claim: "too-many-records",
      facts: { records: 1025, limit: 1024 },
    });
  });
});

interface Recorded {
  readonly nvram: string;
  readonly update: string;
  readonly daemon: "fixed" | "unfixed";
  readonly status: string;
  readonly blobLoadsAfterwards: boolean;
}

describe.skipIf(!hasSharedData)("against the real daemon", () => {
  const recorded: readonly Recorded[] = hasSharedData
    ? JSON.parse(readFileSync(`${SHARED_NVRAM}expected-append.json`, "utf8"))
    : [];
  const idOf = ({ update }: Recorded) => /^DBXUpdate-(.*)\.bin$/.exec(update)![1]!;

  it.each([...new Set(recorded.map(({ nvram }) => nvram))])(
    "%s: kills and refusals are those recorded",
    (name) => {
      const matrix = rowsOf(askOfShared(name));
      const of = (daemon: string) => recorded.filter((row) => row.nvram === name && row.daemon === daemon);
      const unfixed = matrix["xcp-ng-8.3-unfixed"].nextWrite.because;
      const fixed = matrix["xcp-ng-8.3-fixed"].nextWrite.because;
      const killing = of("unfixed")
        .filter(({ blobLoadsAfterwards }) => !blobLoadsAfterwards)
        .map(idOf);
      const full = of("fixed")
        .filter(({ status }) => status === "0x8000000000000009")
        .map(idOf);
      expect(unfixed.claim === "updates-kill" ? [...unfixed.facts.kills].sort() : []).toEqual(killing.sort());
      expect(fixed.claim === "updates-refused" ? [...fixed.facts.refused].sort() : []).toEqual(full.sort());
    },
  );

  it("08 loads on 8.2 as well", () => {
    const matrix = rowsOf(askOfShared("08"));
    for (const host of ["xcp-ng-8.2", ...NEWER] as const) expect(matrix[host].loads.answer).toBe("yes");
  });

  it("05 loads nowhere", () => {
    for (const { loads } of Object.values(rowsOf(askOfShared("05")))) expect(loads.answer).toBe("no");
  });

  it("01 loads, is updated and moves on every host of 8.3", () => {
    const matrix = rowsOf(askOfShared("01"));
    for (const host of NEWER) expect(answers(matrix[host])).toEqual(["yes", "yes", "yes"]);
  });

  it("03 is killed by 2025-10 before the fix and cannot take it after", () => {
    const matrix = rowsOf(askOfShared("03"));
    expect(textOf(matrix["xcp-ng-8.3-unfixed"].nextWrite.because)).toMatch(
      /2025-10.* taken, and the VM never starts again/,
    );
    expect(textOf(matrix["varstored-1.3"].nextWrite.because)).toMatch(/2025-10.* refused/);
  });
});
