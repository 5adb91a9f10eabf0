/** `varscope boot`: does the VM of an export start, its own boot loader against its own keys. */
import { bootInput } from "../../library/boot/boot.ts";
import { type BootInput, decisive } from "../../report/boot.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { bootLines, bootMarkdown } from "../../report/render/boot-text.ts";
import { writeJsonLines, writeJsonList } from "../../report/render/json-list.ts";
import { printable } from "../../report/render/printable.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TOOL } from "../../report/tool.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { isFolder } from "../io/byte-source.ts";
import { nodeWorld } from "../io/world.ts";
import type { BootOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { judgingSettings } from "../settings.ts";

const STANDARD_INPUT = "-";
const UPDATE = "update:";

export async function boot(options: BootOptions, context: CommandContext): Promise<ExitCode> {
  const { paths, nvram, vmUuid, scenarios } = options;
  for (const path of paths) {
    if (path === STANDARD_INPUT || (await isFolder(path)))
      throw new UsageError("boot takes files: it has to look into them more than once.");
  }
  const repair = await judgingSettings(options);
  checkUpdates(options, repair);
  const entries: BootInput[] = [];
  for (const path of paths) {
    const entry = await bootInput(path, { nvramPath: nvram, vmUuid, scenarios, repair }, nodeWorld);
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
  { format, quiet }: BootOptions,
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
    default:
      return format satisfies never;
  }
}
