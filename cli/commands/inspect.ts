/** `varscope inspect`: everything that is decoded of one input. */
import { errorReport, SCHEMA_VERSION } from "../../rules/report.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { inspectVm } from "../inspection.ts";
import { isFolder } from "../io/byte-source.ts";
import { openInput } from "../io/open-input.ts";
import { nodePlatform } from "../io/platform-node.ts";
import type { InspectOptions } from "../options.ts";
import { clip, jsonText, printable } from "../render/printable.ts";
import { TOOL } from "../version.ts";

export async function inspect(options: InspectOptions, context: CommandContext): Promise<ExitCode> {
  const { path, format, asOf, all } = options;
  const { output, style, columns, complain } = context;
  if (await isFolder(path))
    throw new UsageError(`inspect takes one file, and "${clip(printable(path), 80)}" is a folder.`);
  const { dump, error } = await openInput(path, nodePlatform);
  if (error !== null) complain(`${printable(path)}: ${printable(error.message)}`);
  const input = {
    path,
    format: dump?.format ?? null,
    error: error === null ? null : errorReport(error),
    skipped: dump?.skipped ?? { controlDomains: 0, defaultTemplates: 0 },
    vms: (dump?.vms ?? []).map((vm) => inspectVm(vm, nodePlatform)),
  };
  if (format === "table") {
    const { inspectionLines } = await import("../render/inspection-text.ts");
    for (const vm of input.vms) {
      await output.write(`${inspectionLines(path, vm, { style, columns, all, asOf }).join("\n")}\n`);
    }
  } else if (format === "json") {
    await output.write(
      `${jsonText({ schemaVersion: SCHEMA_VERSION, tool: TOOL, asOf, inputs: [input] }, 2)}\n`,
    );
  } else {
    await output.write(`${jsonText(input, 0)}\n`);
  }
  return error === null ? EXIT.ok : EXIT.inputFailed;
}
