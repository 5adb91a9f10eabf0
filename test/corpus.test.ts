/**
 * Every folder of corpus/ is judged and compared with its expected.json. UPDATE_CORPUS=1 writes what the builders
 * of test/corpus-cases make and what the judgement says, for review; a missing expectation fails.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openInput } from "../cli/io/open-input.ts";
import { nodePlatform } from "../cli/io/platform-node.ts";
import { toHex } from "../parsers/bytes.ts";
import { analyzeCertificates, analyzeVms } from "../rules/engine/analyze.ts";
import { repairVm } from "../rules/engine/repair.ts";
import { STRATEGIES } from "../rules/engine/repair-types.ts";
import { findingReport, vmReport } from "../rules/engine/report.ts";
import { RULES } from "../rules/index.ts";
import type { CorpusCase } from "./builders/corpus-case.ts";
import { roleKnowledge } from "./builders/test-microsoft.ts";
import { testKnowledge } from "./knowledge.ts";

const CORPUS = fileURLToPath(new URL("../corpus/", import.meta.url));
const UPDATE = process.env["UPDATE_CORPUS"] === "1";
const AS_OF = "2026-11-22";

const CASES = new URL("./corpus-cases/", import.meta.url);
const modules: { readonly cases: readonly CorpusCase[] }[] = await Promise.all(
  readdirSync(CASES).map((file) => import(fileURLToPath(new URL(file, CASES)))),
);
const made: CorpusCase[] = modules.flatMap(({ cases }) => cases);

if (UPDATE) {
  for (const { name, title, file, bytes } of made) {
    mkdirSync(`${CORPUS}${name}`, { recursive: true });
    writeFileSync(`${CORPUS}${name}/${file}`, bytes());
    writeFileSync(
      `${CORPUS}${name}/README.md`,
      `${title}\n\nSynthetic: made by the builders under test/, with test keys only.\n`,
    );
  }
}

const folders = readdirSync(CORPUS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

async function judge(folder: string, asOf: string, roles: { readonly knowledge?: "test" }): Promise<unknown> {
  const inputs = readdirSync(`${CORPUS}${folder}`).filter((name) => name.startsWith("input."));
  expect(inputs, "a case has exactly one input.*").toHaveLength(1);
  const { dump, error } = await openInput(`${CORPUS}${folder}/${inputs[0]}`, nodePlatform);
  const settings = {
    platform: nodePlatform,
    asOf,
    rules: RULES,
    knowledge: roles.knowledge === "test" ? roleKnowledge : testKnowledge,
  };
  const ofInput = analyzeCertificates(dump?.certificates ?? [], RULES)
    .map((finding) => findingReport(finding, ""))
    .map(({ message: _message, ...rest }) => rest);
  return {
    asOf,
    ...roles,
    format: dump?.format ?? null,
    error: error?.code ?? null,
    ...(ofInput.length === 0 ? {} : { findings: ofInput }),
    vms: analyzeVms(dump?.vms ?? [], RULES, settings).map((analysis, index) => {
      const { vm } = analysis;
      const { source, kind, verdict, nvram, findings } = vmReport(analysis, index);
      const repairs = STRATEGIES.map((strategy) => {
        const outcome = repairVm(vm, strategy, settings);
        return [
          strategy,
          outcome.kind === "repaired" ? toHex(nodePlatform.sha256(outcome.bytes)) : outcome.kind,
        ];
      });
      return {
        source,
        kind,
        verdict,
        loads: nvram?.loads ?? null,
        refusal: nvram?.refusal?.code ?? null,
        findings: findings.map(({ message: _message, ...rest }) => rest),
        repairs: Object.fromEntries(repairs),
      };
    }),
  };
}

describe("the corpus", () => {
  it.each(folders)("%s is judged as expected", async (folder) => {
    const expectedPath = `${CORPUS}${folder}/expected.json`;
    const { asOf = AS_OF, knowledge } = made.find(({ name }) => name === folder) ?? {};
    const roles = knowledge === undefined ? {} : { knowledge };
    const actual = JSON.parse(JSON.stringify(await judge(folder, asOf, roles)));
    if (UPDATE) writeFileSync(expectedPath, `${JSON.stringify(actual, null, 2)}\n`);
    expect(existsSync(expectedPath), `${folder}/expected.json is missing`).toBe(true);
    expect(actual).toEqual(JSON.parse(readFileSync(expectedPath, "utf8")));
  });

  const firing = (folder: string): string[] => {
    const { vms, findings = [] } = JSON.parse(readFileSync(`${CORPUS}${folder}/expected.json`, "utf8"));
    return [{ findings }, ...vms].flatMap((one: { findings: { ruleId: string }[] }) =>
      one.findings.map(({ ruleId }) => ruleId),
    );
  };

  it.each(RULES.map(({ meta }) => meta.id))(
    "rule %s fires in its own case and is silent in its near miss",
    (id) => {
      expect(folders).toContain(id);
      expect(folders).toContain(`${id}-near-miss`);
      expect(firing(id)).toContain(id);
      expect(firing(`${id}-near-miss`)).not.toContain(id);
    },
  );

  it.each(folders.filter((name) => name.startsWith("healthy-")))("nothing fires in %s", (folder) => {
    expect(firing(folder)).toEqual([]);
  });
});
