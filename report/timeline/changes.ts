/** What came and went between two NVRAMs of one VM, as few numbers as tell the story. */
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { EfiVariable, VarstoredBlob } from "../../parsers/model.ts";
import type { Platform } from "../../parsers/platform.ts";
import { type VariableRef, variableRef } from "../../rules/engine/variable-ref.ts";
import { type ChangedVariable, compareNvrams } from "../compare/compare-nvrams.ts";

export interface VariableChange {
  readonly variable: VariableRef;
  readonly kind: "added" | "removed" | "changed";
  /** Length of the data; null where there is no such variable. */
  readonly bytesBefore: number | null;
  readonly bytesAfter: number | null;
  /** Null where the variable holds none in both, and where there are more than are compared. */
  readonly signatures: {
    readonly added: number;
    readonly removed: number;
    /** Under another owner than before. */
    readonly moved: number;
  } | null;
}

/** As many as a daemon takes variables; of a hostile blob no more are told. */
export function changesBetween(
  before: VarstoredBlob,
  after: VarstoredBlob,
  platform: Pick<Platform, "sha256">,
): readonly VariableChange[] {
  const { onlyInA, onlyInB, changed } = compareNvrams(before, after, platform);
  return [
    ...changed.map(changeOf),
    ...onlyInB.map((variable) => oneSided(variable, "added")),
    ...onlyInA.map((variable) => oneSided(variable, "removed")),
  ].slice(0, VARSTORED_LIMITS.MAX_VARIABLE_COUNT);
}

function changeOf({ a, b, data }: ChangedVariable): VariableChange {
  const compared = data?.signatures ?? null;
  return {
    variable: variableRef(a),
    kind: "changed",
    bytesBefore: a.data.length,
    bytesAfter: b.data.length,
    signatures:
      compared === null
        ? null
        : { added: compared.added.length, removed: compared.removed.length, moved: compared.moved.length },
  };
}

function oneSided(variable: EfiVariable, kind: "added" | "removed"): VariableChange {
  const bytes = variable.data.length;
  return {
    variable: variableRef(variable),
    kind,
    bytesBefore: kind === "removed" ? bytes : null,
    bytesAfter: kind === "added" ? bytes : null,
    signatures: null,
  };
}
