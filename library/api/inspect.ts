/** Everything that is decoded of one input: what `varscope inspect --format json` says. */
import { isResumeFile } from "../../parsers/suspend-image/copy.ts";
import { type CertificateSetInspection, inspectCertificates } from "../../report/certificates-inspection.ts";
import { errorReport } from "../../report/error-report.ts";
import type { InputReport } from "../../report/input.ts";
import { inspectVm, type VmInspection } from "../../report/inspection.ts";
import { type CopyReasoning, NO_REASONING, reasonAboutCopy } from "../../report/reasoning.ts";
import { type Report, SCHEMA_VERSION } from "../../report/report.ts";
import { signatureKnowledge } from "../../report/signature-inspection.ts";
import { TOOL } from "../../report/tool.ts";
import { openInput } from "../input/open-input.ts";
import type { Machine } from "../world.ts";
import { InputError } from "./errors.ts";
import { checkSignal, settingsOf } from "./settings.ts";
import { checkSource, worldOf } from "./sources.ts";
import type { Options, Source } from "./types.ts";

export interface InspectedInput extends Pick<InputReport, "path" | "format" | "error" | "skipped"> {
  readonly certificates: readonly CertificateSetInspection[];
  readonly vms: readonly (VmInspection & CopyReasoning)[];
}

export interface Inspection extends Pick<Report, "schemaVersion" | "asOf"> {
  readonly tool: { readonly name: string; readonly version: string };
  readonly inputs: readonly [InspectedInput];
}

export async function inspect(machine: Machine, input: Source, options: Options): Promise<Inspection> {
  await checkSignal(machine, options.signal);
  const settings = await settingsOf(machine, options);
  const { name } = checkSource(input);
  const { dump, error } = await openInput(name, worldOf(machine, [input], { signal: options.signal }));
  await checkSignal(machine, options.signal);
  if (dump === null && error !== null) throw new InputError(error);
  const known = await signatureKnowledge(settings.platform, settings.knowledge);
  const vms = (dump?.vms ?? []).map((vm, i) => ({
    ...inspectVm(vm, { known, variable: null }),
    ...(isResumeFile(vm) ? NO_REASONING : reasonAboutCopy(vm, i, settings)),
  }));
  const inspected = {
    path: name,
    format: dump?.format ?? null,
    error: error === null ? null : errorReport(error),
    skipped: dump?.skipped ?? { controlDomains: 0, defaultTemplates: 0 },
    certificates: inspectCertificates(dump?.certificates ?? [], known),
    vms,
  };
  return { schemaVersion: SCHEMA_VERSION, tool: TOOL, asOf: settings.asOf, inputs: [inspected] };
}
