/** `inspect --file` and `extract --file`: one program out of the disks of an export. */
import { join } from "node:path";
import { type DiskFile, filesOnDisks } from "../../library/boot/disk-file.ts";
import { ParseError } from "../../parsers/errors.ts";
import { basename } from "../../parsers/paths.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import { inspectFile } from "../../report/disk-file.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { safeName } from "../../report/output-names.ts";
import { diskFileLines } from "../../report/render/disk-file-text.ts";
import { writeJsonLines, writeJsonList } from "../../report/render/json-list.ts";
import { printable } from "../../report/render/printable.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TOOL } from "../../report/tool.ts";
import type { CommandContext } from "../context.ts";
import { nodeWorld } from "../io/world.ts";
import type { ExtractOptions, InspectOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { writeFiles } from "../write-files.ts";

type Asked = Pick<InspectOptions, "path" | "vmUuid"> & { readonly file: string };

async function filesOf({ path, file, vmUuid }: Asked, { complain }: CommandContext): Promise<DiskFile[]> {
  try {
    return await filesOnDisks(path, file, vmUuid, nodeWorld);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    complain(`${printable(path)}: ${printable(error.message)}`);
    return [];
  }
}

export async function inspectDiskFile(
  options: InspectOptions & { readonly file: string },
  context: CommandContext,
): Promise<ExitCode> {
  const found = await filesOf(options, context);
  const settings = { verifier: nodeSignatureVerifier, platform: nodePlatform };
  const entries = found.map(({ content, ...place }) => ({ ...place, ...inspectFile(content, settings) }));
  await isHeard(report(entries, options, context));
  return found.length === 0 ? EXIT.inputFailed : EXIT.ok;
}

type Entry = Omit<DiskFile, "content"> & ReturnType<typeof inspectFile>;

async function report(
  entries: readonly Entry[],
  { format, path, quiet }: InspectOptions,
  { output, style, columns }: CommandContext,
): Promise<void> {
  switch (format) {
    case "json":
      return writeJsonList(
        { schemaVersion: SCHEMA_VERSION, tool: TOOL, path },
        "files",
        entries,
        output.write,
      );
    case "ndjson":
      return writeJsonLines(entries, output.write);
    case "table":
      return output.write(
        entries
          .flatMap((entry) => diskFileLines(entry, entry, { style, columns, quiet }))
          .map((line) => `${line}\n`)
          .join(""),
      );
    default:
      return format satisfies never;
  }
}

/** Each under its own name in the folder; of several VMs with their UUIDs before it. */
export async function extractDiskFile(
  options: ExtractOptions & { readonly file: string },
  context: CommandContext,
): Promise<ExitCode> {
  const found = await filesOf(options, context);
  const { out, force, format } = options;
  const files = found.map(({ vm, path, content }, i) => {
    const name = safeName(basename(path.replaceAll("\\", "/")));
    const first = found.length === 1 ? "" : `${safeName(vm.uuid ?? String(i))}.`;
    return { content, target: join(out, `${first}${name}`) };
  });
  await writeFiles(files, { folder: out, force, inputs: context.inputs });
  const entries = found.map(({ content, ...place }, i) => ({
    ...place,
    bytes: content.length,
    target: files[i]?.target ?? "",
  }));
  const { output } = context;
  if (format === "json")
    await isHeard(
      writeJsonList({ schemaVersion: SCHEMA_VERSION, tool: TOOL }, "files", entries, output.write),
    );
  else if (format === "ndjson") await isHeard(writeJsonLines(entries, output.write));
  else
    await isHeard(
      output.write(entries.map(({ target, bytes }) => `${printable(target)}  ${bytes} bytes\n`).join("")),
    );
  return found.length === 0 ? EXIT.inputFailed : EXIT.ok;
}
