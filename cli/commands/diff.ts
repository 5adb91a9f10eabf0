/** `varscope diff`: what one copy of an NVRAM has that another has not; the order of variables means nothing. */

import { nodeWorld } from "../../cli/io/world.ts";
import { chooseCopies, copiesText } from "../../report/copy-choice.ts";
import { type DiffInput, diffReport } from "../../report/difference.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { clip, jsonText, printable } from "../../report/render/printable.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { signatureKnowledge } from "../../report/signature-inspection.ts";
import { TOOL } from "../../report/tool.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { isOtherFolder, openOne } from "../io/open-view.ts";
import type { DiffOperand, DiffOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { judgingSettings } from "../settings.ts";

export async function diff(options: DiffOptions, context: CommandContext): Promise<ExitCode> {
  const { platform, knowledge } = await judgingSettings(options);
  const a = await openSide(options.a, context);
  const b = await openSide(options.b, context);
  if (a.input === null || b.input === null) return EXIT.inputFailed;
  const report = diffReport(a.input, b.input, await signatureKnowledge(platform, knowledge));
  const { format, all, asOf } = options;
  const { output, style, columns } = context;
  if (format === "table") {
    const { diffLines } = await import("../table/diff-text.ts");
    await isHeard(output.write(`${diffLines(report, { style, columns, all, asOf }).join("\n")}\n`));
  } else {
    const document = { schemaVersion: SCHEMA_VERSION, tool: TOOL, ...report };
    await isHeard(output.write(`${jsonText(document, format === "json" ? 2 : 0)}\n`));
  }
  if (a.failed || b.failed) return EXIT.inputFailed;
  return report.isSame || options.failOn === "never" ? EXIT.ok : EXIT.findings;
}

interface Side {
  /** Null, and told, where there is none that can be read. */
  readonly input: DiffInput | null;
  readonly failed: boolean;
}

/** The one copy that is meant. Throws UsageError where it is not one. */
async function openSide({ path, ...choice }: DiffOperand, { complain }: CommandContext): Promise<Side> {
  const name = clip(printable(path), 80);
  if (await isOtherFolder(path)) throw new UsageError(`diff takes two files, and "${name}" is a folder.`);
  const { dump, error } = await openOne(path, nodeWorld);
  if (error !== null) complain(`${printable(path)}: ${printable(error.message)}`);
  const copies = dump === null ? [] : chooseCopies(dump.vms, choice);
  if (copies.length > 1) {
    throw new UsageError(
      `diff needs one NVRAM of ${name}. ${copiesText(copies)} Choose with --vm UUID and --source NAME; two values with a comma between them are for A and B.`,
    );
  }
  const [vm] = copies;
  const blob = vm?.nvram?.blob ?? null;
  if (vm !== undefined && blob !== null) return { input: { path, vm, blob }, failed: error !== null };
  const state = vm === undefined ? "there is no NVRAM" : `its NVRAM is ${vm.nvram?.state}`;
  if (error === null) complain(`${printable(path)}: ${state}, so there is nothing to compare.`);
  return { input: null, failed: true };
}
