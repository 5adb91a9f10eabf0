/**
 * A report for CI, as Jenkins, GitLab and their like read it (Jenkins xunit plugin, junit-10.xsd): a suite an input, a
 * case a copy. The totals that some put at the very front are optional there, so each suite is written as it comes. A case has
 * one failure at most, with all that failed in it: of several, Jenkins and Azure Pipelines show the first alone.
 */

import type { ErrorReport } from "../error-report.ts";
import { type FailOn, isFailure } from "../exit-codes.ts";
import type { FindingReport } from "../finding.ts";
import type { InputReport } from "../input.ts";
import { TOOL } from "../tool.ts";
import type { VmReport } from "../vm.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";
import type { Output } from "./output.ts";
import { Pieces } from "./pieces.ts";
import type { JudgedInput, ReportWriter } from "./report-writer.ts";
import { verdictLabel, verdictSentence } from "./verdicts.ts";

export function junitHead(): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${markup`<testsuites name="${TOOL.name}">`.text}\n`;
}

/** All else as a reference (XML 1.0 §4.1): some readers guess the encoding, whatever the file says of it. */
export function inAscii(xml: string): string {
  return xml.replace(/[^\0-\x7f]/gu, (character) => `&#x${character.codePointAt(0)?.toString(16)};`);
}

export function junitWriter(output: Output, failOn: FailOn): ReportWriter {
  let head = junitHead();
  const write = (text: string): Promise<void> => {
    const all = head + text;
    head = "";
    return output.write(inAscii(all));
  };
  return {
    input: async (input) => {
      const pieces = new Pieces(write);
      for (const { text } of suite(input, failOn)) await pieces.put(text);
      await pieces.flush();
    },
    end: () => write("</testsuites>\n"),
  };
}

interface Case {
  readonly name: string;
  /** Why the input could not be judged. */
  readonly error: ErrorReport | null;
  /** Why nothing is said about it. */
  readonly skipped: string | null;
  readonly failures: readonly FindingReport[];
  /** What else is said of it. */
  readonly told: readonly Markup[];
}

function* suite({ report, tally }: JudgedInput, failOn: FailOn): Generator<Markup, void, undefined> {
  const cases = casesOf(report, tally.failed, failOn);
  const count = (counts: (one: Case) => boolean): number => cases.filter(counts).length;
  yield markup`  <testsuite name="${report.path}" tests="${cases.length}" failures="${count(
    ({ failures }) => failures.length > 0,
  )}" errors="${count(({ error }) => error !== null)}" skipped="${count(
    ({ skipped }) => skipped !== null,
  )}" time="0">
`;
  for (const one of cases) yield testCase(report.path, one);
  yield markup`  </testsuite>\n`;
}

function casesOf({ error, findings, vms }: InputReport, failed: boolean, failOn: FailOn): Case[] {
  const ofVms = vms.map((vm, i) => caseOfVm(vm, vms.length > 1 ? `vms[${i}] ` : "", failOn));
  const skipped = error !== null && !failed ? error.message : null;
  const read = { name: "the input", error: failed ? error : null, skipped, failures: [], told: [] };
  const whole = {
    name: error === null ? "the input" : "the input as a whole",
    error: null,
    skipped: null,
    ...sorted(findings, failOn),
  };
  const isAlone = findings.length === 0 && ofVms.length === 0;
  return [...(error !== null || isAlone ? [read] : []), ...(findings.length > 0 ? [whole] : []), ...ofVms];
}

function caseOfVm(vm: VmReport, place: string, failOn: FailOn): Case {
  const { nameLabel, uuid, source, verdict, findings } = vm;
  const { failures, told } = sorted(findings, failOn);
  const isUnknown = verdict === "unknown" && failures.length === 0;
  const sentence = verdictSentence(vm);
  return {
    name: [nameLabel ?? "", uuid ?? `${place}NVRAM of no name`, source]
      .filter((part) => part !== "")
      .join(" "),
    error: null,
    skipped: isUnknown ? sentence : null,
    failures,
    told: [markup`${verdictLabel(verdict, vm)}: ${sentence}`, ...told],
  };
}

function sorted(findings: readonly FindingReport[], failOn: FailOn): Pick<Case, "failures" | "told"> {
  const fails = ({ severity, ignored }: FindingReport): boolean =>
    ignored === undefined && isFailure(severity, failOn);
  const others = findings.filter((finding) => !fails(finding));
  const told = others.map((finding) => markup`${lineOf(finding)}${ignoredText(finding)}`);
  return { failures: findings.filter(fails), told };
}

function ignoredText({ ignored, ignoredUntil }: FindingReport): string {
  if (ignored === undefined) return "";
  return ` [ignored${ignoredUntil === undefined ? "" : ` until ${ignoredUntil}`}: ${ignored}]`;
}

function testCase(path: string, { name, error, skipped, failures, told }: Case): Markup {
  const output = told.map((line, i) => (i === 0 ? line : markup`\n${line}`));
  return markup`    <testcase classname="${path}" name="${name}" time="0">
${skipped === null ? NOTHING : markup`      <skipped message="${skipped}"/>\n`}${
  error === null ? NOTHING : markup`      <error type="${error.code}" message="${error.message}"/>\n`
}${failure(failures)}${
  output.length === 0 ? NOTHING : markup`      <system-out>${output}</system-out>\n`
}    </testcase>
`;
}

function failure(findings: readonly FindingReport[]): Markup {
  const [first, ...others] = findings;
  if (first === undefined) return NOTHING;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const lines = findings.map((finding, i) => markup`${i === 0 ? NOTHING : markup`\n`}${lineOf(finding)}`);
  return markup`      <failure type="${first.ruleId}" message="${first.message}${more}">${lines}</failure>\n`;
}

function lineOf(finding: FindingReport): string {
  const { severity, ruleId, message } = finding;
  return `${severity.toUpperCase()} ${ruleId}: ${message} (${place(finding)})`;
}

function place({ path, span }: FindingReport): string {
  return span === null ? path : `${path}, bytes ${span.start} to ${span.end}`;
}
