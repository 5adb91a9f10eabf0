/** `varscope forecast`: what the daemon would answer to updates, one after the other. */

import { nodeWorld } from "../../cli/io/world.ts";
import type { ForecastUpdate } from "../../daemon/forecast.ts";
import { chooseTarget, type UpdateFile } from "../../daemon/update-target.ts";
import { type CopyForecast, forecastCopy, updateKind } from "../../library/forecast.ts";
import { viewOfCopy } from "../../parsers/guest/view.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { VmSource } from "../../parsers/model.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import { chooseCopies } from "../../report/copy-choice.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import type { ForecastEntry } from "../../report/forecast.ts";
import { notAnUpdate } from "../../report/not-an-update.ts";
import { suspendedRemarks } from "../../report/remarks.ts";
import { forecastLines } from "../../report/render/forecast-text.ts";
import { writeJsonLines, writeJsonList } from "../../report/render/json-list.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TOOL } from "../../report/tool.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { isOtherFolder, openOne } from "../io/open-view.ts";
import { readSmallFile } from "../io/read-small-file.ts";
import { writeAtomically } from "../io/write-file.ts";
import type { ForecastOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { judgingSettings } from "../settings.ts";

export async function forecast(options: ForecastOptions, context: CommandContext): Promise<ExitCode> {
  const { path } = options;
  if (await isOtherFolder(path))
    throw new UsageError(`forecast takes one file, and ${shown(path)} is a folder.`);
  const updates = await Promise.all(options.updates.map((file) => readUpdate(file, options)));
  const { dump, error } = await openOne(path, nodeWorld, { suspended: false });
  if (error !== null) context.complain(`${printable(path)}: ${printable(error.message)}`);
  if (dump?.vms.length === 0)
    context.complain(`${printable(path)}: there is no NVRAM, so there is nothing to forecast.`);
  for (const remark of suspendedRemarks(path, dump?.vms ?? [], "forecast")) context.complain(remark);
  if (dump?.vms.some((vm) => viewOfCopy(vm) !== null))
    throw new UsageError(
      "This is what a guest shows of its variables. What the daemon answers hangs on more, as on times, on variables that a guest does not see, and on their room: forecast takes the NVRAM that the host keeps.",
    );
  const copies = judgeable(dump?.vms ?? [], options.vmUuid);
  // Of thousands of VMs, as a database has them, what nobody asks for would be in memory all at once.
  const keepsSaved = options.out !== null || dump?.format === "xva";
  const settings = await judgingSettings(options);
  const runs = copies.flatMap((vm) =>
    options.daemons.map((daemon) => {
      const run = forecastCopy(path, vm, daemon, updates, nodeSignatureVerifier, settings);
      return { ...run, vm, saved: keepsSaved ? run.saved : null };
    }),
  );
  const { withStarts } = await import("../../library/boot/forecast-starts.ts");
  const entries = dump === null ? [] : await withStarts(path, dump, runs, nodeWorld);
  await isHeard(report(entries, options, context));
  if (options.out !== null) await writeSaved(runs, options.out, options.force, context);
  if (error !== null || copies.length === 0) return EXIT.inputFailed;
  const refused = entries.some(
    (one) =>
      one.error !== null ||
      (one.start.after?.starts === false && one.start.before?.starts !== false) ||
      (one.keys.after !== null && one.keys.before === null) ||
      one.steps.some(({ status, loadsAfterwards }) => status !== "0x0" || loadsAfterwards !== true),
  );
  return options.failOnRefusal && refused ? EXIT.findings : EXIT.ok;
}

function shown(text: string): string {
  return clip(printable(text), 80);
}

/** Throws UsageError where the file cannot be read, or where nothing tells which variable is meant. */
async function readUpdate(path: string, { variable, append }: ForecastOptions): Promise<ForecastUpdate> {
  const bytes = await readSmallFile(path, PARSER_LIMITS.maxUpdateBytes);
  const label = path.slice(path.lastIndexOf("/") + 1);
  const file: UpdateFile = { label, bytes, kind: updateKind(bytes), variable, append };
  const target = chooseTarget(file, nodeSignatureVerifier);
  if (target !== null) return { file, target };
  const other = notAnUpdate(bytes);
  if (other !== null) throw new UsageError(`${shown(path)} is ${other}`);
  throw new UsageError(
    `Nothing in ${shown(path)} tells which variable it is for: name it with --variable PK|KEK|db|dbx|dbt, and --append or --replace.`,
  );
}

/** What a daemon could be given at all. */
function judgeable(vms: readonly VmSource[], vmUuid: string | null): readonly VmSource[] {
  const copies = chooseCopies(vms, { vmUuid, source: null }).filter(
    ({ nvram }) => nvram?.daemonBytes != null,
  );
  if (copies.length === 0 && vms.length > 0)
    throw new UsageError("The input holds no NVRAM that could be read.");
  return copies;
}

async function writeSaved(
  runs: readonly CopyForecast[],
  out: string,
  force: boolean,
  { inputs }: CommandContext,
): Promise<void> {
  const [run, ...others] = runs;
  if (run === undefined) return;
  if (others.length > 0)
    throw new UsageError("--out takes one NVRAM and one daemon: choose with --vm and --daemon.");
  if (run.saved === null)
    throw new UsageError(
      run.entry.steps.length === 0
        ? "The daemon does not load this NVRAM, so it would save nothing: --out was not written."
        : "What the daemon answers cannot be known, nor what it would save: --out was not written.",
    );
  await writeAtomically(out, run.saved, { force, inputs });
}

async function report(
  entries: readonly ForecastEntry[],
  { format }: ForecastOptions,
  { output, style, columns }: CommandContext,
): Promise<void> {
  switch (format) {
    case "json":
      return writeJsonList({ schemaVersion: SCHEMA_VERSION, tool: TOOL }, "forecasts", entries, output.write);
    case "ndjson":
      return writeJsonLines(entries, output.write);
    case "table":
      return output.write(
        forecastLines(entries, { style, columns })
          .map((line) => `${line}\n`)
          .join(""),
      );
    default:
      return format satisfies never;
  }
}
