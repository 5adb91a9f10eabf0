/** `varscope explain`: what a rule is about, offline; with the evidence of a dump where one is named. */
import { evidenceOf } from "../../library/explain.ts";
import { openInputs } from "../../library/judge/named-inputs.ts";
import { TOPICS, type Topic, topicNamed } from "../../report/asks/topics.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { programCall } from "../../report/program-call.ts";
import { topicLines, topicMarkdown } from "../../report/render/ask-text.ts";
import { clip, jsonText, printable } from "../../report/render/printable.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import type { RuleEvidence } from "../../report/rule-evidence.ts";
import { TOOL } from "../../report/tool.ts";
import type { Rule, RuleMeta } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { listTasks } from "../inputs.ts";
import { nodeWorld } from "../io/world.ts";
import { didYouMean } from "../nearest.ts";
import type { ExplainOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { judgingSettings } from "../settings.ts";
import { evidenceLines, ruleLines, ruleListLines } from "../table/explain-text.ts";

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

async function collectEvidence(
  rules: readonly Rule[],
  path: string,
  options: ExplainOptions,
  { complain }: CommandContext,
): Promise<RuleEvidence[]> {
  const settings = await judgingSettings(options);
  const evidence: RuleEvidence[] = [];
  for await (const { element, failed } of openInputs(listTasks([path]), nodeWorld)) {
    const { path: of, error } = element;
    if (failed && error !== null) complain(`${printable(of)}: ${printable(error.message)}`);
    evidence.push({ ...(await evidenceOf(element, rules, settings, nodeWorld)), failed });
  }
  return evidence;
}
