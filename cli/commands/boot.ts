/** `varscope boot`: does the VM of an export start, its own boot loader against its own keys. */

import { bootInput } from "../../library/boot/boot.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { type BootInput, decisive } from "../../report/boot.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { bootLines, bootMarkdown } from "../../report/render/boot-text.ts";
import { writeJsonLines, writeJsonList } from "../../report/render/json-list.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TOOL } from "../../report/tool.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { isFolder } from "../io/byte-source.ts";
import { nodeWorld } from "../io/world.ts";
import type { BootOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { startByteProgress } from "../render/byte-progress.ts";
import { judgingSettings } from "../settings.ts";

const STANDARD_INPUT = "-";
const UPDATE = "update:";

export async function boot(options: BootOptions, context: CommandContext): Promise<ExitCode> {
  const { paths, nvram, vmUuid, scenarios, progress, quiet } = options;
  for (const path of paths) {
    if (path === STANDARD_INPUT)
      throw new UsageError(
        "boot looks into its input more than once, which standard input cannot be: save it to a file, and name that.",
      );
    if (await isFolder(path))
      throw new UsageError(
        `boot takes files, and ${clip(printable(path), 80)} is a folder: name the exports in it, such as FOLDER/*.xva, or run analyze --boot on it.`,
      );
  }
  const repair = await judgingSettings(options);
  checkUpdates(options, repair);
  const entries: BootInput[] = [];
  for (const path of paths) {
    // Of a compressed export all is read up to the last block that is wanted: how much that is nobody knows before.
    const watch = (read: () => number): (() => void) => startByteProgress(progress && !quiet, null, read);
    const settings = { nvramPath: nvram, vmUuid, scenarios, watch, repair };
    const entry = await bootInput(path, settings, nodeWorld);
    if (entry.error !== null) context.complain(`${printable(path)}: ${printable(entry.error.message)}`);
    complainOfUnknown(entry, context);
    entries.push(entry);
  }
  await isHeard(report(entries, options, context));
  if (entries.some(({ error }) => error !== null)) return EXIT.inputFailed;
  const fails = entries.some(({ vms }) => vms.some((vm) => decisive(vm)?.starts === false));
  return fails && options.failOn !== "never" ? EXIT.findings : EXIT.ok;
}

/** Throws UsageError for an update that nobody knows. */
function checkUpdates({ scenarios }: BootOptions, { knowledge }: RepairSettings): void {
  const names = (scenarios ?? []).filter((name) => name.startsWith(UPDATE));
  if (names.length === 0) return;
  const known = knowledge.dbxTable().releases.map(({ id }) => `${UPDATE}${id}`);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined)
    throw new UsageError(
      `${printable(wrong)} is no known update: there are ${known.join(", ")}. --reference FILE adds newer ones.`,
    );
}

function complainOfUnknown({ path, vms }: BootInput, { complain }: CommandContext): void {
  for (const vm of vms) {
    const unknown = decisive(vm)?.unknown;
    if (unknown != null)
      complain(`${printable(path)}: ${printable(vm.nameLabel ?? vm.uuid ?? "VM")}: ${unknown}`);
  }
}

async function report(
  entries: readonly BootInput[],
  { format, quiet, asOf }: BootOptions,
  { output, style, columns }: CommandContext,
): Promise<void> {
  switch (format) {
    case "json":
      return writeJsonList({ schemaVersion: SCHEMA_VERSION, tool: TOOL }, "inputs", entries, output.write);
    case "ndjson":
      return writeJsonLines(entries, output.write);
    case "markdown":
      return output.write(`${entries.flatMap((entry) => bootMarkdown(entry)).join("\n")}\n`);
    case "table":
      return output.write(
        entries
          .flatMap((entry) => bootLines(entry, { style, columns, quiet }))
          .map((line) => `${line}\n`)
          .join(""),
      );
    case "html": {
      const { bootHtml } = await import("../../report/render/boot-html.ts");
      return output.write(bootHtml(entries, { asOf, sha256: nodePlatform.sha256 }));
    }
    default:
      return format satisfies never;
  }
}
