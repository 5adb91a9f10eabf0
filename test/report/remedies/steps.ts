/** Next steps of inputs that are made by hand. */
import type { Advice } from "../../../report/advice.ts";
import type { InputReport } from "../../../report/input.ts";
import { needsOfInput } from "../../../report/remedies/collector.ts";
import { NextStepsBuilder, type NextStepsReport } from "../../../report/remedies/next-steps.ts";
import type { Products } from "../../../report/remedies/product.ts";
import type { VmReport } from "../../../report/vm.ts";
import { judgedInputOf } from "../../builders/judged.ts";

export function stepsOfInput(
  fields: Partial<InputReport>,
  { advice = [], products = null }: { advice?: readonly Advice[]; products?: Products } = {},
): NextStepsReport[] {
  const { report } = judgedInputOf(fields);
  const builder = new NextStepsBuilder("varscope");
  const needs = needsOfInput(report, advice, report.error !== null, null);
  builder.add({ input: 0, path: report.path, format: report.format, needs, products });
  return builder.end();
}

export function commandsFor(vms: readonly VmReport[], fields: Partial<InputReport> = {}): string[] {
  return stepsOfInput({ vms, ...fields }).flatMap(({ steps }) => steps.flatMap(({ commands }) => commands));
}
