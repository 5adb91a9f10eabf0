/** Reasoning for humans: chains with their answers, who can sign what, and hosts side by side. */

import type { CopyReasoning } from "../../report/reasoning.ts";
import { clip, printable } from "../../report/render/printable.ts";
import type { Style } from "../../report/render/style.ts";
import { wrap } from "../../report/render/text.ts";
import type { Answer } from "../../rules/reasoning/chain.ts";
import type { Holder } from "../../rules/reasoning/claims.ts";
import type {
  AuthorityReport,
  CellReport,
  ChainReport,
  HostReport,
  ReasoningReport,
} from "../../rules/reasoning/report.ts";
import { renderTable } from "./table.ts";

interface ReasoningLook {
  readonly style: Style;
  readonly columns: number;
}

const MAX_SENTENCE = 500;
const MAX_NAME = 60;
const INDENT = 2;

const HOLDERS: Readonly<Record<Holder, string>> = {
  microsoft: "Microsoft's",
  vates: "Vates', who make XCP-ng",
  public: "its private key is public",
  unknown: "its maker's, such as the pool's owner",
};
const MODES: Readonly<Record<AuthorityReport["mode"], string>> = {
  user: "user mode: writes must be signed",
  setup: "setup mode: nothing but a new PK must be signed",
  "not-enforced": "the daemon asks for no signature",
  unknown: "not known: a PK may stand in what cannot be read",
};

/** `Keys` and `Hosts` of one copy. */
export function copyReasoningLines({ keys, hosts }: CopyReasoning, look: ReasoningLook): string[] {
  return [
    ...(keys === null ? [] : ["", ...keyLines(keys, look)]),
    ...(hosts === null ? [] : ["", ...hostLines(hosts, look, 0)]),
  ];
}

function keyLines({ mode, variables }: AuthorityReport, { style, columns }: ReasoningLook): string[] {
  const rows = variables.map(({ variable, needsSignature, signers, reasoning }) => {
    const names = signers.map(
      ({ certificate, holder }) => `${clip(printable(certificate), MAX_NAME)} (${HOLDERS[holder]})`,
    );
    const who = names.length === 0 ? sentence(reasoning.conclusion.text) : names.join("\n");
    const more = reasoning.steps.filter(
      ({ claim }) => claim === "updates-by-signer" || claim === "kek-update",
    );
    const updates = needsSignature === true ? more.map(({ text }) => sentence(text)) : [];
    return [variable, [who, ...updates].join("\n")];
  });
  return [
    `${style.bold("Keys")} (${MODES[mode]})`,
    ...renderTable({
      head: ["Write", "Signed by (whose key), and Microsoft's updates"],
      rows,
      flexible: 1,
      columns,
      indent: INDENT,
    }),
  ];
}

/** One row a host; equal reasons share a number below the table. */
export function hostLines(
  hosts: readonly HostReport[],
  { style, columns }: ReasoningLook,
  indent: number,
): string[] {
  const reasons: string[] = [];
  const cell = ({ answer, because }: CellReport): string => {
    const text = sentence(because.text);
    if (!reasons.includes(text)) reasons.push(text);
    return `${paint(answer, style)} ${style.dim(`[${reasons.indexOf(text) + 1}]`)}`;
  };
  const rows = hosts.map(({ title, loads, nextWrite, migrates }) => [
    title,
    cell(loads),
    cell(nextWrite),
    cell(migrates),
  ]);
  return [
    " ".repeat(indent) + style.bold("Hosts"),
    ...renderTable({
      head: ["", "Loads", "Takes the next dbx", "Migrates, resumes"],
      rows,
      flexible: 0,
      columns,
      indent: indent + INDENT,
    }),
    ...reasons.flatMap((text, i) => hanging(`[${i + 1}] `, text, columns, indent + INDENT)),
  ];
}

/** The chains of one copy, and its hosts where they belong to the rule. */
export function reasoningLines({ chains, hosts }: ReasoningReport, look: ReasoningLook): string[] {
  return [
    ...chains.flatMap((chain) => chainLines(chain, look)),
    ...(hosts === null ? [] : hostLines(hosts, look, 2 * INDENT)),
  ];
}

function chainLines(
  { title, answer, steps, conclusion }: ChainReport,
  { style, columns }: ReasoningLook,
): string[] {
  return [
    ...wrap(`${title} ${paint(answer, style)}`, columns, 2 * INDENT),
    ...steps.flatMap(({ text }) => hanging("- ", sentence(text), columns, 3 * INDENT)),
    ...hanging("So: ", sentence(conclusion.text), columns, 3 * INDENT),
  ];
}

/** A mark before the first line; the others stand below its text. */
function hanging(mark: string, text: string, columns: number, indent: number): string[] {
  const [first = "", ...others] = wrap(text, columns, indent + mark.length);
  return [`${" ".repeat(indent)}${mark}${first.trimStart()}`, ...others];
}

function paint(answer: Answer, style: Style): string {
  const colour = { yes: style.green, no: style.red, unknown: style.yellow }[answer];
  return colour(answer);
}

/** Sentences hold names of certificates, which come from the input. */
function sentence(text: string): string {
  return clip(printable(text), MAX_SENTENCE);
}
