/** The model against recorded answers of the real daemon, which a fresh clone does not have. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DaemonVersion } from "../../daemon/daemon-version.ts";
import { forecast } from "../../daemon/forecast.ts";
import { type DaemonContext, setVariable } from "../../daemon/set-variable.ts";
import { setupVariables } from "../../daemon/startup-variables.ts";
import { statusHex } from "../../daemon/status.ts";
import { loadStore, saveStore } from "../../daemon/store.ts";
import { chooseTarget, type UpdateFile } from "../../daemon/update-target.ts";
import { judgeLoad } from "../../daemon/varstored-loader.ts";
import { toHex } from "../../parsers/bytes.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";

const DATA = new URL("../../../shared/data/", import.meta.url);

interface AppendRow {
  readonly nvram: string;
  readonly update: string;
  readonly daemon: DaemonVersion;
  readonly status: string;
  readonly dbxBytes?: number;
  readonly dbxSha256?: string;
  readonly blobLoadsAfterwards: boolean;
}

interface SetRow {
  readonly title: string;
  readonly daemon: DaemonVersion;
  readonly start: string;
  readonly steps: readonly {
    readonly nameHex: string;
    readonly guid: string;
    readonly attributes: number;
    readonly atRuntime: boolean;
    readonly data: string;
  }[];
  readonly answers: readonly string[];
  readonly savedVariables: Readonly<Record<string, string>>;
  readonly loadsAfterwards: boolean;
}

function read(path: string): Uint8Array {
  return readFileSync(new URL(path, DATA));
}

function rows<T>(path: string): readonly T[] {
  return existsSync(new URL(path, DATA)) ? JSON.parse(readFileSync(new URL(path, DATA), "utf8")) : [];
}

function contextFor(daemon: DaemonVersion): DaemonContext {
  return { daemon, verifier: nodeSignatureVerifier, authEnforce: true, secureBoot: false };
}

/** As it was recorded: with the volatile variables of a start, without those of MOR and PPI. */
function answerRow(row: SetRow): Pick<SetRow, "answers" | "savedVariables" | "loadsAfterwards"> {
  let store = setupVariables(loadStore(openBlob(read(`nvram/${row.start}.vars`))), false);
  const answers = row.steps.map((step) => {
    const request = {
      nameBytes: Buffer.from(step.nameHex, "hex"),
      vendorGuid: step.guid,
      attributes: step.attributes,
      atRuntime: step.atRuntime,
      data: Buffer.from(step.data, "base64"),
    };
    const answer = setVariable(store, request, contextFor(row.daemon));
    store = answer.store;
    const status = answer.refusal === null ? "EFI_SUCCESS" : answer.refusal.status;
    return status === null ? "none" : statusHex(status);
  });
  const saved = saveStore(store, true);
  const variables = openBlob(saved).variables.map(({ nameBytes, vendorGuid, data }) => {
    const hash = createHash("sha256").update(data).digest("hex");
    return [`${toHex(nameBytes)}@${vendorGuid}`, `${hash}:${data.length}`] as const;
  });
  return { answers, savedVariables: Object.fromEntries(variables), loadsAfterwards: judgeLoad(saved).loads };
}

const appendRows = rows<AppendRow>("nvram/expected-append.json");
const setRows = rows<SetRow>("nvram/expected-set.json");

describe.skipIf(setRows.length === 0)("sequences of SetVariable requests", () => {
  test.each(setRows)("$daemon: $title", (row) => {
    const { answers, savedVariables, loadsAfterwards } = answerRow(row);
    expect(answers).toEqual(row.answers);
    expect(savedVariables).toEqual(row.savedVariables);
    expect(Object.keys(savedVariables), "saved order").toEqual(Object.keys(row.savedVariables));
    expect(loadsAfterwards).toBe(row.loadsAfterwards);
  });
});

describe.skipIf(appendRows.length === 0)("Microsoft's dbx updates on every NVRAM that loads", () => {
  test.each(appendRows)("$daemon: $update on $nvram", (row) => {
    const file: UpdateFile = {
      label: row.update,
      bytes: read(`microsoft/${row.update}`),
      kind: "auth",
      variable: null,
      append: null,
    };
    const target = chooseTarget(file, nodeSignatureVerifier);
    expect(target).toEqual({ variable: "dbx", append: true, by: "signature" });
    const { error, steps } = forecast(
      read(`nvram/${row.nvram}.vars`),
      [{ file, target: target! }],
      contextFor(row.daemon),
    );
    expect(error).toBeNull();
    expect(steps).toMatchObject([
      {
        status: row.status,
        bytesAfter: row.dbxBytes ?? 0,
        sha256After: row.dbxSha256 ?? null,
        loadsAfterwards: row.blobLoadsAfterwards,
      },
    ]);
  });
});
