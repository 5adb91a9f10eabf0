/** What threads are asked, and what they answer. */
import type { KeyObject } from "node:crypto";
import type { Wanted } from "../../library/judge/judged-copies.ts";
import type { Outcome } from "../../library/judge/outcome.ts";
import type { FileTask } from "../../library/judge/task.ts";
import type { CaseOptions } from "../corpus/case-work.ts";
import type { JudgeOptions } from "./judge.ts";

/** What a thread is asked. Errors do not survive the way between threads, so tasks that have one are never sent. */
export interface BatchRequest {
  readonly tasks: readonly Omit<FileTask, "error">[];
  readonly wanted: Wanted;
}

/** For each task its outcomes; null where the main thread has to judge it. */
export type BatchReply = readonly (readonly Outcome[] | null)[];

/** Characters of text in one reply: many large replies may be on their way, and one text must not be too long for V8. */
export const MAX_REPLY_LENGTH = 67_108_864; // 64 Mi

/** What a thread is for, and with what it judges. */
export type ThreadWork =
  | { readonly kind: "files"; readonly options: JudgeOptions }
  | { readonly kind: "cases"; readonly options: CaseOptions };

/** As a thread gets it. */
export type ThreadData = ThreadWork & { readonly remoteKey: KeyObject | null };
