/** `varscope explain`: what a rule is about, offline; with the evidence of a dump where one is named. */
import { dirname } from "node:path";
import { exportsOf, SeenBackups } from "../../library/judge/seen-backups.ts";
import type { Dump } from "../../parsers/model.ts";
import { TOPICS, type Topic, topicNamed } from "../../report/asks/topics.ts";
import { errorReport } from "../../report/error-report.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { findingReport } from "../../report/finding.ts";
import { programCall } from "../../report/program-call.ts";
import { reasonAboutRule } from "../../report/reasoning.ts";
import { topicLines, topicMarkdown } from "../../report/render/ask-text.ts";
import { clip, jsonText, printable } from "../../report/render/printable.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { TOOL } from "../../report/tool.ts";
import { vmReport } from "../../report/vm.ts";
import type { LookedAtDisks } from "../../rules/boot/judged-boot.ts";
import { analyzeBackups, analyzeCertificates, analyzeVms } from "../../rules/engine/analyze.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import type { Rule, RuleMeta } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import { asksForStart } from "../../rules/reasoning/questions.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { openInputs } from "../inputs.ts";
import { BackupFolder } from "../io/backup-folder.ts";
import { nodeWorld } from "../io/world.ts";
import { didYouMean } from "../nearest.ts";
import type { ExplainOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { judgingSettings } from "../settings.ts";
import { type Evidence, evidenceLines, ruleLines, ruleListLines } from "../table/explain-text.ts";

export async function explain(options: ExplainOptions, context: CommandContext): Promise<ExitCode> {
  const { ruleId, path, format } = options;
  const { output, style, columns } = context;
  const topic = ruleId === null ? null : topicNamed(ruleId);
  if (topic !== null) return explainTopic(topic, options, context);
  const rules = ruleId === null ? RULES : [ruleNamed(ruleId)];
  const evidence = path === null ? null : await collectEvidence(rules, path, options, context);
  if (format === "table") {
    const look = { style, columns };
    const lines =
      ruleId === null
        ? ruleListLines(metas(rules), look)
        : metas(rules).flatMap((meta) => ruleLines(meta, look));
    const found = evidence === null ? [] : evidenceLines(evidence, look);
    await isHeard(output.write(`${[...lines, ...found].join("\n")}\n`));
  } else if (format === "markdown") {
    const { explainMarkdown } = await import("../table/explain-markdown.ts");
    await isHeard(output.write(`${explainMarkdown(metas(rules), evidence).join("\n")}\n`));
  } else {
    const document = { schemaVersion: SCHEMA_VERSION, tool: TOOL, rules: metas(rules), evidence };
    const text =
      format === "json"
        ? jsonText(document, 2)
        : metas(rules)
            .map((meta) => jsonText({ ...meta, evidence }, 0))
            .join("\n");
    await isHeard(output.write(`${text}\n`));
  }
  return evidence?.some(({ failed }) => failed) === true ? EXIT.inputFailed : EXIT.ok;
}

/** An event or an error is no rule, so that no input has findings of it. */
async function explainTopic(
  topic: Topic,
  { path, format }: ExplainOptions,
  { output, style, columns }: CommandContext,
): Promise<ExitCode> {
  if (path !== null)
    throw new UsageError(
      `${topic.id} is no rule, so nothing is looked for in a file. Leave the file out, or name a rule: ${topic.ruleIds.join(", ")}.`,
    );
  const program = programCall();
  const rules = metas(RULES.filter(({ meta }) => topic.ruleIds.includes(meta.id)));
  const text = {
    table: () => topicLines(topic, { columns, bold: style.bold, program }).join("\n"),
    markdown: () => topicMarkdown(topic, program).join("\n"),
    json: () =>
      jsonText({ schemaVersion: SCHEMA_VERSION, tool: TOOL, rules, evidence: null, topics: [topic] }, 2),
    ndjson: () => jsonText(topic, 0),
  }[format];
  await isHeard(output.write(`${text()}\n`));
  return EXIT.ok;
}

function metas(rules: readonly Rule[]): RuleMeta[] {
  return rules.map(({ meta }) => meta);
}

function ruleNamed(ruleId: string): Rule {
  const rule = RULES.find(({ meta }) => meta.id === ruleId);
  if (rule !== undefined) return rule;
  const ids = RULES.map(({ meta }) => meta.id);
  const word = clip(printable(ruleId), 80);
  const hint = didYouMean(ruleId, [...ids, ...TOPICS.map(({ id }) => id)]);
  throw new UsageError(`There is no rule "${word}".${hint} ${TOOL.name} explain lists all rules.`);
}

/** What cannot be restored of an input that is a file of its own. */
function backupFindings(path: string, dump: Dump | null, rules: readonly Rule[]): Evidence["findings"] {
  const folder = new BackupFolder(dirname(path));
  const backups = new SeenBackups(() => (path === STANDARD_INPUT || path.includes("!") ? null : folder));
  for (const vm of dump?.vms ?? []) backups.restorableOf(vm);
  const findings = analyzeBackups([...backups.lost, ...exportsOf(path, dump)], rules);
  return findings.map((finding) => ({
    uuid: null,
    nameLabel: null,
    source: "backup",
    finding: findingReport(finding, ""),
  }));
}

const NO_DISKS: LookedAtDisks = { boot: null, why: null };

/** Only where a rule asks for them, or for what starts. */
async function disksFor(rules: readonly Rule[], path: string, dump: Dump, settings: RepairSettings) {
  const asks = rules.some(({ on, meta }) => on === "boot" || asksForStart(meta.id));
  if (!asks || dump.vms.length === 0) return null;
  const { lookedAtDisks } = await import("../../library/boot/starts.ts");
  return lookedAtDisks(path, dump, settings, nodeWorld);
}

async function collectEvidence(
  rules: readonly Rule[],
  path: string,
  options: ExplainOptions,
  { complain }: CommandContext,
): Promise<Evidence[]> {
  const settings = await judgingSettings(options);
  const evidence: Evidence[] = [];
  for await (const { path: of, dump, error, failed } of openInputs(path)) {
    if (failed && error !== null) complain(`${printable(of)}: ${printable(error.message)}`);
    const disks = dump === null ? null : await disksFor(rules, of, dump, settings);
    const analyses = analyzeVms(dump?.vms ?? [], rules, settings, disks?.boots);
    const ofVms = analyses
      .map((analysis, i) => vmReport(analysis, i, settings.platform))
      .flatMap(({ uuid, nameLabel, source, findings }) =>
        findings.map((finding) => ({ uuid, nameLabel, source, finding })),
      );
    const ofCertificates = analyzeCertificates(dump?.certificates ?? [], rules, settings).map((finding) => ({
      uuid: null,
      nameLabel: null,
      source: "certificates",
      finding: findingReport(finding, ""),
    }));
    const found = [...backupFindings(of, dump, rules), ...ofCertificates, ...ofVms];
    const reasoning = analyses.flatMap(({ vm, findings }, i) => {
      const { uuid, nameLabel, source } = vm;
      const ruleIds = [...new Set(findings.map(({ ruleId }) => ruleId))];
      return ruleIds.map((id) => ({
        uuid,
        nameLabel,
        source,
        ...reasonAboutRule(id, vm, i, settings, disks?.disksOf(vm) ?? NO_DISKS),
      }));
    });
    const told = error === null ? null : errorReport(error);
    evidence.push({ path: of, error: told, failed, findings: found, reasoning });
  }
  return evidence;
}
