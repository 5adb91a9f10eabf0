/** Runs the program where a folder is a disk of its own, of a few bytes. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { PROGRAM } from "./run.ts";

interface SmallDisk {
  /** An empty folder. */
  readonly at: string;
  /** As mount takes it, such as `1m`. */
  readonly size: string;
  /** Shell commands around the run, in which `$d` is the disk. */
  readonly before?: string;
  readonly after?: string;
}

/** Null where no such disk can be mounted: it takes Linux and namespaces of users. */
export function runOnSmallDisk(
  { at, size, before = ":", after = ":" }: SmallDisk,
  args: readonly string[],
): SpawnSyncReturns<string> | null {
  const script = `d=$1; mount -t tmpfs -o size=${size} tmpfs "$d" || exit 77; shift; ${before}; "$@"; code=$?; ${after}; exit $code`;
  const command = [process.execPath, PROGRAM, ...args];
  const result = spawnSync("unshare", ["-rm", "sh", "-c", script, "sh", at, ...command], {
    encoding: "utf8",
  });
  // What unshare ends with where it may not; the shell's own code where the mount failed.
  const { status, stderr } = result;
  const isRefused = status === null || status === 77 || (status === 1 && stderr.startsWith("unshare:"));
  return isRefused ? null : result;
}
