/**
 * An element of a saved report, to be told once more without the evidence. Nothing in it is trusted: what is no part of a report goes, and
 * what a repair would do is said in the words of the rule, never in those of the file.
 */
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import { type Misfit, misfitOf, notLike } from "../../parsers/text/json-misfit.ts";
import { RULES } from "../../rules/index.ts";
import type { Advice } from "../advice.ts";
import type { FindingReport } from "../finding.ts";
import type { InputReport } from "../input.ts";
import type { VmReport } from "../vm.ts";
import { checkSavedInput } from "./check.generated.ts";
import { SAVED_INPUT } from "./saved-schema.ts";
import { shaped } from "./shaped.ts";

export type SavedInput = { readonly report: InputReport } | { readonly misfit: Misfit };

/** `text` is JSON. */
export function savedInput(text: string): SavedInput {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { misfit: notLike("", "JSON") };
  }
  const misfit = misfitOf(checkSavedInput, value);
  if (misfit !== null) return { misfit };
  const report = shaped(value, SAVED_INPUT) as InputReport;
  return {
    report: { ...report, findings: report.findings.map(inOurWords), vms: report.vms.map(savedVm) },
  };
}

/** Without evidence nothing can be tried out: it is said that there is something to try. */
export function savedAdvice({ vms }: InputReport): Advice[] {
  return vms.map(({ findings }) => ({
    kind: findings.some(({ repair }) => repair !== null && repair.applicability !== "manual")
      ? "untried"
      : "nothing",
  }));
}

function savedVm(vm: VmReport): VmReport {
  const { nvram, findings } = vm;
  return {
    ...vm,
    // The limit is the daemon's, whatever a file says.
    nvram: nvram === null ? null : { ...nvram, limitBytes: VARSTORED_LIMITS.TOTAL_LIMIT },
    findings: findings.map(inOurWords),
  };
}

const REPAIRS: ReadonlyMap<string, string> = new Map(RULES.map(({ meta }) => [meta.id, meta.docs.repair]));

function inOurWords(finding: FindingReport): FindingReport {
  const title = REPAIRS.get(finding.ruleId);
  const { repair } = finding;
  return {
    ...finding,
    repair: repair === null || title === undefined ? null : { applicability: repair.applicability, title },
  };
}
