/** A thread that judges: batches in, what they come to out. */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { asMessage, asMessageAtOnce, type Outcome, textLength } from "../../library/judge/outcome.ts";
import type { TextForm } from "../../report/render/element-text.ts";
import type { CaseRequest } from "../corpus/case-work.ts";
import { useRemoteKey } from "../io/remote-key.ts";
import { WriteError } from "../io/write-file.ts";
import { type JudgeOptions, makeFileJudge } from "./judge.ts";
import { type BatchReply, type BatchRequest, MAX_REPLY_LENGTH, type ThreadData } from "./thread-work.ts";

/** Serves this thread's parent until that ends it. Null where there is none, whatever the environment says. */
export function serve(): Promise<void> | null {
  return parentPort === null ? null : serveParent(parentPort);
}

async function serveParent(port: MessagePort): Promise<void> {
  const { kind, options, remoteKey } = workerData as ThreadData;
  useRemoteKey(remoteKey);
  const answer =
    kind === "files"
      ? await fileAnswers(options)
      : await (await import("../corpus/check-in-order.ts")).caseAnswers(options);
  port.on("message", async (request: BatchRequest & CaseRequest) => port.postMessage(await answer(request)));
}

async function fileAnswers(options: JudgeOptions): Promise<(request: BatchRequest) => Promise<BatchReply>> {
  const judge = await makeFileJudge({ ...options, maxHeldLength: MAX_REPLY_LENGTH });
  const form = options.form === "line" || options.form === "indented" ? options.form : null;
  return async ({ tasks, wanted }) => {
    const reply: (readonly Outcome[] | null)[] = [];
    let left = MAX_REPLY_LENGTH;
    for (const task of tasks) {
      const whole = { ...task, error: null };
      const atOnce = judge.judgeAtOnce(whole, wanted);
      const outcomes =
        atOnce === null
          ? await asMessages(judge.judge(whole, wanted), form, left)
          : messageAtOnce(atOnce, form, left);
      for (const outcome of outcomes ?? []) left -= textLength(outcome);
      reply.push(outcomes);
    }
    return reply;
  };
}

function messageAtOnce(
  outcome: Outcome,
  form: TextForm | null,
  maxLength: number,
): readonly Outcome[] | null {
  const message = asMessageAtOnce(outcome, form, maxLength);
  return message === null ? null : [message];
}

/** Null where they do not fit into a reply: the main thread writes them in pieces. */
async function asMessages(
  outcomes: AsyncIterable<Outcome>,
  form: TextForm | null,
  maxLength: number,
): Promise<readonly Outcome[] | null> {
  const messages: Outcome[] = [];
  let left = maxLength;
  try {
    for await (const outcome of outcomes) {
      const message = await asMessage(outcome, form, left);
      if (message === null) return null;
      left -= textLength(message);
      messages.push(message);
    }
  } catch (thrown) {
    if (thrown instanceof WriteError) return null;
    throw thrown;
  }
  return messages;
}
