/** One part of a run that several machines share. */
import { createHash } from "node:crypto";
import type { Task } from "../../library/judge/task.ts";

/** `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Bytes of the hash that decide: as many as a number holds exactly. */
const DECIDING_BYTES = 6;

/** True where this part of the run judges the task. The end of a folder belongs to every part. */
export function isInShard(task: Task, shard: Shard): boolean {
  return task.kind === "folder-end" || isPathInShard(task.below, shard);
}

/**
 * The SHA-256 of the path below the named folder decides, so that every machine agrees whatever the folder is called
 * there.
 */
export function isPathInShard(below: string, { index, count }: Shard): boolean {
  const hash = createHash("sha256").update(below).digest();
  return hash.readUIntBE(0, DECIDING_BYTES) % count === index - 1;
}
