/** Reasoning as scripts read it: each step with its claim, its facts, its place and its sentence. */
import type { Span } from "../../parsers/model.ts";
import type { Facts } from "../engine/rule.ts";
import { type VariableRef, variableRef } from "../engine/variable-ref.ts";
import type { Authority } from "./authority.ts";
import type { Answer, Chain, Step } from "./chain.ts";
import type { Claim, Holder } from "./claims.ts";
import { type Cell, HOSTS, type HostId, type HostRow } from "./host-matrix.ts";
import type { Reasoning } from "./questions.ts";
import { sentenceOf } from "./sentences.ts";
import type { Mode } from "./signers.ts";
import { QUESTIONS, type Question } from "./topics.ts";

export interface StepReport {
  readonly claim: Claim;
  readonly text: string;
  readonly facts: Facts;
  readonly variable: VariableRef | null;
  readonly path: string;
  readonly span: Span | null;
}

export interface ChainReport {
  readonly question: Question;
  readonly title: string;
  readonly answer: Answer;
  readonly steps: readonly StepReport[];
  readonly conclusion: StepReport;
}

export interface CellReport {
  readonly answer: Answer;
  readonly because: StepReport;
}

export interface HostReport {
  readonly host: HostId;
  readonly title: string;
  readonly loads: CellReport;
  readonly nextWrite: CellReport;
  readonly migrates: CellReport;
}

export interface SignerReport {
  readonly certificate: string;
  readonly sha256: string;
  readonly through: string;
  readonly holder: Holder;
}

export interface AuthorityReport {
  readonly mode: Mode;
  readonly variables: readonly {
    readonly variable: string;
    readonly needsSignature: boolean | null;
    readonly signers: readonly SignerReport[];
    readonly updates: {
      readonly accepted: readonly string[];
      readonly refused: readonly string[];
      readonly missingSigners: readonly string[];
    } | null;
    readonly reasoning: ChainReport;
  }[];
}

export interface ReasoningReport {
  readonly chains: readonly ChainReport[];
  readonly hosts: readonly HostReport[] | null;
}

/** `prefix` is the route to the EFI variables of this copy, as in a finding's path. */
export function reasoningReport({ chains, hosts }: Reasoning, prefix: string): ReasoningReport {
  return {
    chains: chains.map((chain) => chainReport(chain, prefix)),
    hosts: hosts === null ? null : hostReports(hosts, prefix),
  };
}

function chainReport({ question, answer, steps, conclusion }: Chain, prefix: string): ChainReport {
  return {
    question,
    title: QUESTIONS[question],
    answer,
    steps: steps.map((one) => stepReport(one, prefix)),
    conclusion: stepReport(conclusion, prefix),
  };
}

function stepReport({ claim, facts, because }: Step, prefix: string): StepReport {
  const { variable, path, span } = because;
  return {
    claim,
    text: sentenceOf(claim, facts),
    facts,
    variable: variable === null ? null : variableRef(variable),
    path: path === "" ? prefix : `${prefix}.${path}`,
    span,
  };
}

export function hostReports(rows: readonly HostRow[], prefix: string): readonly HostReport[] {
  const cell = ({ answer, because }: Cell): CellReport => ({ answer, because: stepReport(because, prefix) });
  return rows.map(({ host, loads, nextWrite, migrates }) => ({
    host,
    title: HOSTS[host].title,
    loads: cell(loads),
    nextWrite: cell(nextWrite),
    migrates: cell(migrates),
  }));
}

export function authorityReport({ mode, variables }: Authority, prefix: string): AuthorityReport {
  return {
    mode,
    variables: variables.map(({ variable, needsSignature, signers, updates, chain }) => ({
      variable,
      needsSignature,
      signers: signers.map(({ certificate, sha256, through, holder }) => ({
        certificate,
        sha256,
        through,
        holder,
      })),
      updates,
      reasoning: chainReport(chain, prefix),
    })),
  };
}
