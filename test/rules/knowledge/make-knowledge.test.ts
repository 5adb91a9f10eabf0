import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { hasMicrosoftData, microsoftFile, release } from "./knowledge-data.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FOLDER = fileURLToPath(new URL("../../../../shared/data/microsoft/", import.meta.url));

describe.skipIf(!hasMicrosoftData)("the generator, on Microsoft's files", () => {
  test("gives the committed modules byte for byte", () => {
    const out = mkdtempSync(path.join(tmpdir(), "varscope-knowledge-"));
    try {
      execFileSync(process.execPath, [path.join(ROOT, "scripts/make-knowledge.mjs"), FOLDER, out]);
      for (const name of ["dbx-data.ts", "dbx-names-data.ts"]) {
        const made = readFileSync(path.join(out, name), "utf8");
        const committed = readFileSync(path.join(ROOT, "rules/knowledge", name), "utf8");
        expect(made === committed, `${name} differs from what the generator makes`).toBe(true);
      }
    } finally {
      rmSync(out, { recursive: true });
    }
  });

  test.each([
    ["DBXUpdate-2024-07.bin", "2024-07", 13_922],
    ["DBXUpdate-2025-01.bin", "2025-01", 15_125],
    ["DBXUpdate-2025-02.bin", "2025-02", 23_333],
    ["DBXUpdate-2025-06.bin", "2025-06", 24_005],
    ["DBXUpdate-2025-10.bin", "2025-10", 24_053],
    ["DBXUpdate-2026-06a.bin", "2026-06a", 17_252],
    ["DBXUpdate-2026-06b.bin", "2026-06b", 24_629],
    ["DBXUpdate2024.bin", "2024-04-pca2011", 5052],
    ["DBXUpdateSVN.bin", "2026-06-svn", 3524],
  ])("%s has the published size, and its release the payload's", (file, id, fileBytes) => {
    const bytes = microsoftFile(file);
    expect(bytes.length).toBe(fileBytes);
    const payloadBytes = bytes.length - 16 - new DataView(bytes.buffer).getUint32(16, true);
    expect(release(id).payloadBytes).toBe(payloadBytes);
  });
});

test("without a folder the generator says how it is used", () => {
  const run = (): string =>
    execFileSync(process.execPath, [path.join(ROOT, "scripts/make-knowledge.mjs")], {
      stdio: "pipe",
    }).toString();
  expect(run).toThrow(/usage: node scripts\/make-knowledge\.mjs FOLDER/);
});
