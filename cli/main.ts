/** The program: arguments in, exit code out. The only place that catches everything. */
import { existsSync } from "node:fs";
import { NoSuchCopy } from "../report/copy-choice.ts";
import { EXIT, type ExitCode } from "../report/exit-codes.ts";
import { calledAs } from "../report/program-call.ts";
import type { Output } from "../report/render/output.ts";
import { printable } from "../report/render/printable.ts";
import { columnsOf, makeStyle, wantsColor } from "../report/render/style.ts";
import { TOOL } from "../report/tool.ts";
import { parseArguments } from "./args.ts";
import { THREAD_MARK } from "./batch/thread-mark.ts";
import { commandOf } from "./command-line/index.ts";
import type { CommandContext } from "./context.ts";
import { UnreadableFile, UsageError } from "./errors.ts";
import { InputFiles } from "./io/input-files.ts";
import { useRemoteKey } from "./io/remote-key.ts";
import { WriteError } from "./io/write-file.ts";
import type { Options } from "./options.ts";
import { fileOutput, OutputClosed, standardOutput } from "./output.ts";
import { ownCall } from "./program-call.ts";
import { clearProgressLine } from "./render/progress-line.ts";

/** How varscope is called in printed commands. Set in every thread, as each prints commands. */
calledAs(ownCall);

async function main(argv: readonly string[]): Promise<ExitCode> {
  const today = new Date().toISOString().slice(0, 10);
  const parsed = await parseArguments(argv, {
    today,
    exists: existsSync,
    shell: process.env["SHELL"],
    columns: process.stdout.columns,
  });
  if (parsed.kind === "run") return run(parsed.options);
  await standardOutput().write(`${parsed.text}\n`);
  return EXIT.ok;
}

async function run(options: Options): Promise<ExitCode> {
  const { force, references, encryptionKeyFile } = options;
  const keyFiles = encryptionKeyFile === null ? [] : [encryptionKeyFile];
  const inputs = new InputFiles([...commandOf(options).inputs(options), ...references, ...keyFiles]);
  if (encryptionKeyFile !== null) {
    const { readRemoteKey } = await import("./io/read-remote-key.ts");
    useRemoteKey(readRemoteKey(encryptionKeyFile, complain));
  }
  const output =
    options.output === null ? standardOutput() : await fileOutput(options.output, { force, inputs });
  const exitCode = await dispatch(options, contextFor(output, inputs));
  await output.finish();
  return exitCode;
}

function complain(line: string): void {
  tell(`${TOOL.name}: ${line}\n`);
}

function contextFor(output: Output, inputs: InputFiles): CommandContext {
  return {
    output,
    inputs,
    style: makeStyle(wantsColor(process.env, output.isTerminal)),
    columns: columnsOf(process.env, output.columns),
    // Always on standard error too: the table that also says it may be cut or piped away.
    complain,
  };
}

/** Each command is loaded only when it is asked for: most of the time of a short run is loading. */
async function dispatch(options: Options, context: CommandContext): Promise<ExitCode> {
  switch (options.command) {
    case "analyze":
      return (await import("./commands/analyze.ts")).analyze(options, context);
    case "ask":
      return (await import("./commands/ask.ts")).ask(options, context);
    case "convert":
      return (await import("./commands/convert.ts")).convert(options, context);
    case "repair":
      return (await import("./commands/repair.ts")).repair(options, context);
    case "inspect":
      return (await import("./commands/inspect.ts")).inspect(options, context);
    case "diff":
      return (await import("./commands/diff.ts")).diff(options, context);
    case "extract":
      return (await import("./commands/extract.ts")).extract(options, context);
    case "forecast":
      return (await import("./commands/forecast.ts")).forecast(options, context);
    case "verify":
      return (await import("./commands/verify.ts")).verify(options, context);
    case "boot":
      return (await import("./commands/boot.ts")).boot(options, context);
    case "explain":
      return options.collect
        ? (await import("./commands/ask.ts")).ask(
            { ...options, command: "ask", question: options.ruleId },
            context,
          )
        : (await import("./commands/explain.ts")).explain(options, context);
    case "corpus":
      return (await import("./commands/corpus.ts")).corpus(options, context);
    case "schema":
      return (await import("./commands/schema.ts")).schema(options, context);
    case "completion":
      return (await import("./commands/completion.ts")).completion(options, context);
    default:
      return options satisfies never;
  }
}

function tell(text: string): void {
  clearProgressLine();
  process.stderr.write(text);
}

function wrongUsage(message: string): ExitCode {
  tell(`${TOOL.name}: ${printable(message)}\nSee ${TOOL.name} --help.\n`);
  return EXIT.wrongUsage;
}

function failure(message: string, code: ExitCode): ExitCode {
  tell(`${TOOL.name}: ${printable(message)}\n`);
  return code;
}

function defect(error: unknown): ExitCode {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = text.split("\n").map(printable).join("\n");
  const system = `${TOOL.name} ${TOOL.version}, Node ${process.version}, ${process.platform} ${process.arch}`;
  tell(
    `${TOOL.name}: this is a defect of ${TOOL.name}, not of your input. Please report it with these lines.\n${system}\n${lines}\n`,
  );
  return EXIT.defect;
}

function answer(error: unknown): ExitCode {
  if (error instanceof OutputClosed) return EXIT.ok;
  if (error instanceof UsageError || error instanceof NoSuchCopy) return wrongUsage(error.message);
  // A place that cannot be written was named wrongly, but no help text would say more.
  if (error instanceof WriteError) return failure(error.message, EXIT.wrongUsage);
  if (error instanceof UnreadableFile) return failure(error.message, EXIT.inputFailed);
  return defect(error);
}

/** Runs the command line of this process, or serves as one of its threads. */
export async function start(): Promise<void> {
  // The environment says it, because loading node:worker_threads would take 3 ms of a short run.
  const isThread =
    process.env[THREAD_MARK] !== undefined && (await import("./batch/worker.ts")).serve() !== null;
  if (!isThread) runCommandLine();
}

function runCommandLine(): void {
  // Standard error is closed (`2>&1 | head`), or its disk is full: the exit code still says that something failed.
  process.stderr.on("error", () => {});
  process.once("uncaughtException", (error) => process.exit(defect(error)));
  main(process.argv.slice(2))
    .catch(answer)
    .then((code) => {
      // Not process.exit(): text that is still on its way to a slow pipe must arrive.
      process.exitCode = code;
    });
}
