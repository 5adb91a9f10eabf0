/** What follows from a copy of an NVRAM, as plain values: for `inspect` as a whole, for `explain` about one rule. */
import type { VmSource } from "../parsers/model.ts";
import type { LookedAtDisks } from "../rules/boot/judged-boot.ts";
import { type AnalysisSettings, contextOf } from "../rules/engine/analyze.ts";
import { authority } from "../rules/reasoning/authority.ts";
import { hostMatrix } from "../rules/reasoning/host-matrix.ts";
import { reasonAbout } from "../rules/reasoning/questions.ts";
import {
  type AuthorityReport,
  authorityReport,
  type HostReport,
  hostReports,
  type ReasoningReport,
  reasoningReport,
} from "../rules/reasoning/report.ts";

/** Both null where there is no VARS blob. */
export interface CopyReasoning {
  /** Who can still sign what. */
  readonly keys: AuthorityReport | null;
  readonly hosts: readonly HostReport[] | null;
}

export const NO_REASONING: CopyReasoning = { keys: null, hosts: null };

/** `index` is the copy's place in the report's `vms`. */
export function reasonAboutCopy(vm: VmSource, index: number, settings: AnalysisSettings): CopyReasoning {
  const context = contextOf(vm, settings);
  if (context === null || context.blob === null) return NO_REASONING;
  const prefix = prefixOf(vm, index);
  return {
    keys: authorityReport(authority(context), prefix),
    hosts: hostReports(hostMatrix(context.blob, context), prefix),
  };
}

export function reasonAboutRule(
  ruleId: string,
  vm: VmSource,
  index: number,
  settings: AnalysisSettings,
  disks: LookedAtDisks,
): ReasoningReport {
  const context = contextOf(vm, settings);
  if (context === null) return { chains: [], hosts: null };
  return reasoningReport(reasonAbout(ruleId, { ...context, disks }), prefixOf(vm, index));
}

/** As the paths of findings begin (rules/engine/report.ts). */
function prefixOf({ source }: VmSource, index: number): string {
  return `vms[${index}].${source}.EFI-variables`;
}
