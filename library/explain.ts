/** What rules find in one input, with what follows of it: the evidence of `explain`. */
import type { Dump } from "../parsers/model.ts";
import { errorReport } from "../report/error-report.ts";
import { findingReport } from "../report/finding.ts";
import { reasonAboutRule } from "../report/reasoning.ts";
import type { RuleEvidence } from "../report/rule-evidence.ts";
import { STANDARD_INPUT } from "../report/standard-streams.ts";
import { vmReport } from "../report/vm.ts";
import type { LookedAtDisks } from "../rules/boot/judged-boot.ts";
import { analyzeBackups, analyzeCertificates, analyzeVms } from "../rules/engine/analyze.ts";
import type { RepairSettings } from "../rules/engine/repair.ts";
import type { Rule } from "../rules/engine/rule.ts";
import { needsBootLoaders } from "../rules/reasoning/questions.ts";
import type { Element } from "./judge/element.ts";
import { exportsOf, SeenBackups } from "./judge/seen-backups.ts";
import type { World } from "./world.ts";

export async function evidenceOf(
  { path, dump, error }: Element,
  rules: readonly Rule[],
  settings: RepairSettings,
  world: World,
): Promise<Omit<RuleEvidence, "failed">> {
  const disks = dump === null ? null : await disksFor(rules, path, dump, settings, world);
  const analyses = analyzeVms(dump?.vms ?? [], rules, settings, disks?.boots);
  const ofVms = analyses
    .map((analysis, i) => vmReport(analysis, i, settings.platform))
    .flatMap(({ uuid, nameLabel, source, findings }) =>
      findings.map((finding) => ({ uuid, nameLabel, source, finding })),
    );
  const ofCertificates = analyzeCertificates(dump?.certificates ?? [], rules, settings).map((finding) => ({
    ...OF_NO_VM,
    source: "certificates",
    finding: findingReport(finding, ""),
  }));
  const findings = [...backupFindings(path, dump, rules, world), ...ofCertificates, ...ofVms];
  const reasoning = analyses.flatMap(({ vm, findings: ofCopy }, i) => {
    const { uuid, nameLabel, source } = vm;
    const ruleIds = [...new Set(ofCopy.map(({ ruleId }) => ruleId))];
    return ruleIds.map((id) => ({
      uuid,
      nameLabel,
      source,
      ...reasonAboutRule(id, vm, i, settings, disks?.disksOf(vm) ?? NO_DISKS),
    }));
  });
  return { path, error: error === null ? null : errorReport(error), findings, reasoning };
}

const OF_NO_VM = { uuid: null, nameLabel: null } as const;

/** What cannot be restored of an input that is a file of its own. */
function backupFindings(
  path: string,
  dump: Dump | null,
  rules: readonly Rule[],
  world: World,
): RuleEvidence["findings"] {
  const isFile = path !== STANDARD_INPUT && !path.includes("!");
  const beside = isFile ? world.beside(path) : null;
  const backups = new SeenBackups(() => beside);
  for (const vm of dump?.vms ?? []) backups.restorableOf(vm);
  const findings = analyzeBackups([...backups.lost, ...exportsOf(path, dump)], rules);
  return findings.map((finding) => ({
    ...OF_NO_VM,
    source: "backup",
    finding: findingReport(finding, ""),
  }));
}

const NO_DISKS: LookedAtDisks = { boot: null, why: null };

/** Only where a rule asks for them, or for what starts. */
async function disksFor(
  rules: readonly Rule[],
  path: string,
  dump: Dump,
  settings: RepairSettings,
  world: World,
) {
  const asks = rules.some(({ on, meta }) => on === "boot" || needsBootLoaders(meta.id));
  if (!asks || dump.vms.length === 0) return null;
  const { lookedAtDisks } = await import("./boot/starts.ts");
  return lookedAtDisks(path, dump, settings, world);
}
