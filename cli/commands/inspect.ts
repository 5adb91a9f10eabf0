/** `varscope inspect`: everything that is decoded of one input. */

import { nodeWorld } from "../../cli/io/world.ts";
import { viewOfCopy } from "../../parsers/guest/view.ts";
import type { Dump, VmSource } from "../../parsers/model.ts";
import { isResumeFile } from "../../parsers/suspend-image/copy.ts";
import { type CertificateSetInspection, inspectCertificates } from "../../report/certificates-inspection.ts";
import { chooseCopies } from "../../report/copy-choice.ts";
import { errorReport } from "../../report/error-report.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { inspectVm, isChosen, type VariableChoice, type VmInspection } from "../../report/inspection.ts";
import { type CopyReasoning, NO_REASONING, reasonAboutCopy } from "../../report/reasoning.ts";
import { jsonInspectionWriter, ndjsonInspectionWriter } from "../../report/render/inspection-writer.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { signatureKnowledge } from "../../report/signature-inspection.ts";
import { TOOL } from "../../report/tool.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { isOtherFolder, openOne } from "../io/open-view.ts";
import { didYouMean } from "../nearest.ts";
import type { InspectOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { judgingSettings } from "../settings.ts";

export async function inspect(options: InspectOptions, context: CommandContext): Promise<ExitCode> {
  const { path } = options;
  if (await isOtherFolder(path))
    throw new UsageError(`inspect takes one file, and "${clip(printable(path), 80)}" is a folder.`);
  const { file } = options;
  if (file !== null) return (await import("./disk-file.ts")).inspectDiskFile({ ...options, file }, context);
  const judging = await judgingSettings(options);
  const { platform, knowledge } = judging;
  const { dump, error } = await openOne(path, nodeWorld);
  if (error !== null) context.complain(`${printable(path)}: ${printable(error.message)}`);
  if (dump !== null && dump.vms.length + (dump.certificates ?? []).length === 0)
    context.complain(`${printable(path)}: there is no NVRAM and there are no certificates to show.`);
  const choice = options.variable === null ? null : variableChoice(options.variable);
  const copies = dump === null ? [] : copiesToShow(dump, choice, options);
  const settings = { known: await signatureKnowledge(platform, knowledge), variable: choice };
  const isWhole = choice === null && options.vmUuid === null;
  const certificates = inspectCertificates(isWhole ? (dump?.certificates ?? []) : [], settings.known);
  const input = {
    path,
    format: dump?.format ?? null,
    error: error === null ? null : errorReport(error),
    skipped: dump?.skipped ?? { controlDomains: 0, defaultTemplates: 0 },
    certificates,
  };
  const writer = await makeWriter(input, choice, options, context);
  for (const [i, copy] of copies.entries()) {
    const reasoning =
      choice === null && !isResumeFile(copy) && viewOfCopy(copy) === null
        ? reasonAboutCopy(copy, i, judging)
        : NO_REASONING;
    if (!(await isHeard(writer.vm({ ...inspectVm(copy, settings), ...reasoning }, copy)))) break;
  }
  await isHeard(writer.end());
  return error === null ? EXIT.ok : EXIT.inputFailed;
}

interface Writer {
  readonly vm: (vm: VmInspection & CopyReasoning, copy: VmSource) => Promise<void>;
  readonly end: () => Promise<void>;
}

async function makeWriter(
  input: { readonly path: string; readonly certificates: readonly CertificateSetInspection[] },
  choice: VariableChoice | null,
  options: InspectOptions,
  { output, style, columns }: CommandContext,
): Promise<Writer> {
  if (options.format !== "table") {
    const head = { schemaVersion: SCHEMA_VERSION, tool: TOOL, asOf: options.asOf };
    return options.format === "json"
      ? jsonInspectionWriter(output, head, input)
      : ndjsonInspectionWriter(output, input);
  }
  const { inspectionLines } = await import("../table/inspection-text.ts");
  const { copyReasoningLines } = await import("../table/reasoning-text.ts");
  const look = { ...options, style, columns, detailed: choice !== null };
  if (input.certificates.length > 0) {
    const { certificateSetLines } = await import("../table/certificates-inspection-text.ts");
    for (const set of input.certificates)
      await isHeard(output.write(`${certificateSetLines(input.path, set, look).join("\n")}\n`));
  }
  return {
    vm: async (vm, { nvram }) => {
      const dataOf = (index: number): Uint8Array => nvram?.blob?.variables[index]?.data ?? new Uint8Array(0);
      const lines = [...inspectionLines(input.path, vm, dataOf, look), ...copyReasoningLines(vm, look)];
      await output.write(`${lines.join("\n")}\n`);
    },
    end: async () => {},
  };
}

const NAME_AND_GUID = /^(?<name>.+)-(?<guid>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** `NAME`, or `NAME-GUID` as efivarfs names its files. */
function variableChoice(text: string): VariableChoice {
  const { name = text, guid = null } = NAME_AND_GUID.exec(text)?.groups ?? {};
  return { name, guid: guid?.toLowerCase() ?? null };
}

/** Of a choice of VM or variable only the copies that have it. Throws UsageError where none has. */
function copiesToShow(
  { vms }: Dump,
  choice: VariableChoice | null,
  { vmUuid, variable }: InspectOptions,
): readonly VmSource[] {
  const copies = vmUuid === null ? vms : chooseCopies(vms, { vmUuid, source: null });
  if (choice === null) return copies;
  const having = copies.filter(({ nvram }) => nvram?.blob?.variables.some((one) => isChosen(one, choice)));
  if (having.length > 0 || copies.length === 0) return having;
  const names = new Set(copies.flatMap(({ nvram }) => nvram?.blob?.variables.map(({ name }) => name) ?? []));
  const wanted = clip(printable(variable ?? ""), 80);
  throw new UsageError(
    `There is no variable "${wanted}".${didYouMean(choice.name, [...names].map(printable))}`,
  );
}
