/** How many threads the system has open files for: what a thread lacks would be told as a fault of its inputs. */
import { readFileSync } from "node:fs";

/** Of a thread's own, and of an input that is an archive in archives. */
const FILES_OF_THREAD = 32;
/** Of the program itself. */
const FILES_OF_PROGRAM = 32;

/** `jobs`, or fewer; 1 where all is to be done without threads. */
export function affordableJobs(jobs: number, maxFiles: number = maxOpenFiles()): number {
  return Math.max(1, Math.min(jobs, Math.floor((maxFiles - FILES_OF_PROGRAM) / FILES_OF_THREAD)));
}

/** Infinite where nobody tells (proc(5), /proc/pid/limits; Node has raised it as far as it may). */
function maxOpenFiles(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
