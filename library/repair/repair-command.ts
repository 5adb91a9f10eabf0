/** The commands of `repair` that a runbook has people type. */
import { isPlainUuid } from "../../parsers/uuid.ts";
import { programCall } from "../../report/program-call.ts";
import { shellPath } from "../../report/render/shell.ts";
import type { Strategy } from "../../rules/engine/strategy.ts";

/** With what a repair was asked for. */
export interface AskedRepair {
  readonly path: string;
  readonly strategy: Strategy;
  /** The only VM that is repaired; null for all. */
  readonly vmUuid: string | null;
  /** The folder of `--add-certificates`. */
  readonly addCertificates: string | null;
}

/** Where a runbook writes the texts of an input that was not emitted. */
export const EMIT_FOLDER = "repaired";

/** `target`: the words of `--emit` and `--out`, as they are typed. */
export function repairCommand(
  asked: AskedRepair,
  target: string,
  only: string | null = asked.vmUuid,
): string {
  return `${programCall()} repair ${shellPath(asked.path)}${target}${strategyWords(asked)}${vmWords(only)}`;
}

/** The texts alone, of the one VM where the whole input was repaired. */
export function emitCommand(asked: AskedRepair, folder: string, uuid: string | null): string {
  return repairCommand(asked, emitWords(folder), asked.vmUuid ?? uuid);
}

export function emitWords(folder: string): string {
  return ` --emit efivars --out ${shellPath(folder)}`;
}

function strategyWords({ strategy, addCertificates }: AskedRepair): string {
  const certificates = addCertificates === null ? "" : ` --add-certificates ${shellPath(addCertificates)}`;
  return `${strategy === "merge" ? "" : ` --strategy ${strategy}`}${certificates}`;
}

/** Of a UUID that is none, `--vm` knows nothing. */
function vmWords(uuid: string | null): string {
  return uuid === null || !isPlainUuid(uuid) ? "" : ` --vm ${uuid}`;
}
