/** A folder of different dumps, judged, against one single-threaded process that reads and decodes the same files. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeNatively } from "./in-process.ts";
import { noDurations, ratio, timed } from "./measure.ts";
import { type Sample, textOf, variantOf } from "./samples.ts";
import { PROGRAM, runNode } from "./whole-process.ts";

/** The argument with which the bench runs itself as the process to compare with; the folder follows. */
export const READ_FOLDER = "--read-folder";

export interface FolderResult {
  readonly sample: string;
  readonly dumps: number;
  /** Times the process that reads and decodes. */
  readonly analyze: number;
}

export function measureFolder({ name, blob }: Sample, dumps: number, passes: number): FolderResult {
  const folder = mkdtempSync(join(tmpdir(), "varscope-bench-"));
  try {
    for (let i = 0; i < dumps; i++) {
      const text = textOf(variantOf(blob, i + 1, { dbx: true }));
      writeFileSync(join(folder, `vm-${String(i).padStart(7, "0")}.efivars.b64`), text);
    }
    const kinds = ["read", "analyze"] as const;
    const durations = noDurations(kinds);
    const [, self = ""] = process.argv;
    for (let pass = 0; pass < passes; pass++) {
      timed(durations.read, () => runNode([self, READ_FOLDER, folder]));
      timed(durations.analyze, () =>
        runNode([PROGRAM, "analyze", folder, "--format", "ndjson", "--no-progress", "--fail-on", "never"]),
      );
    }
    return { sample: name, dumps, analyze: ratio(durations.analyze, durations.read) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the program is compared with. */
export function readFolder(folder: string): void {
  for (const name of readdirSync(folder)) decodeNatively(readFileSync(join(folder, name)));
}
