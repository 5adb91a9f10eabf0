/** What differs between two copies of an NVRAM, as plain values: what `diff` shows and prints as JSON. */
import { toHex } from "../parsers/bytes.ts";
import type { DecodedData } from "../parsers/efi/decoded-data.ts";
import { holdsSecret } from "../parsers/efi/secret-variables.ts";
import type { SignatureListFault } from "../parsers/efi/signature-list.ts";
import { decodeVariable } from "../parsers/efi/variable-forms.ts";
import { viewOfCopy } from "../parsers/guest/view.ts";
import type { EfiVariable, VarstoredBlob, VmSource } from "../parsers/model.ts";
import { type VariableRef, variableRef } from "../rules/engine/variable-ref.ts";
import {
  type BlobField,
  type ChangedVariable,
  compareNvrams,
  type FieldDifference,
  type VariableField,
} from "./compare/compare-nvrams.ts";
import type { SignatureComparison } from "./compare/compare-signatures.ts";
import {
  inspectSignature,
  type NamedGuid,
  named,
  type SignatureFields,
  type SignatureInspection,
  type SignatureKnowledge,
} from "./signature-inspection.ts";
import { seenVariable, type VariableReport } from "./vm.ts";

/** One of the two. */
export interface DiffSide {
  readonly path: string;
  readonly vm: { readonly uuid: string | null; readonly nameLabel: string | null };
  readonly source: string;
  /** Of the blob; null, as its hash, for what a guest shows of itself. */
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly variableCount: number;
}

/** Spans of entries are bytes of their variable's data. */
export interface DiffSignature extends SignatureInspection {
  readonly type: NamedGuid;
}

export interface UnmatchedDiffSignature extends DiffSignature {
  /** The other one holds the same type and data all the same: once less, or under other owners. */
  readonly isInOther: boolean;
}

export interface MovedDiffSignature extends DiffSignature {
  readonly ownerInB: NamedGuid;
}

export interface SignaturesDifference {
  readonly kept: number;
  readonly added: readonly UnmatchedDiffSignature[];
  readonly removed: readonly UnmatchedDiffSignature[];
  readonly moved: readonly MovedDiffSignature[];
  readonly faultInA: SignatureListFault | null;
  readonly faultInB: SignatureListFault | null;
}

export interface DataReport {
  readonly bytes: number;
  readonly sha256: string;
  readonly decoded: DecodedData | null;
  /** Hexadecimal of the bytes around the first difference. */
  readonly excerpt: string;
}

export interface ChangedReport {
  readonly variable: VariableRef;
  readonly indexInA: number;
  readonly indexInB: number;
  readonly fields: readonly FieldDifference<VariableField>[];
  /** Null where the data is the same. */
  readonly data: {
    readonly a: DataReport;
    readonly b: DataReport;
    readonly firstDifference: number;
    readonly excerptStart: number;
    /** Null for a variable that holds none, and for more signatures than are compared. */
    readonly signatures: SignaturesDifference | null;
  } | null;
}

export interface DiffReport {
  readonly a: DiffSide;
  readonly b: DiffSide;
  readonly isSame: boolean;
  readonly fields: readonly FieldDifference<BlobField>[];
  readonly onlyInA: readonly VariableReport[];
  readonly onlyInB: readonly VariableReport[];
  /** What the other side cannot hold, or does not tell of: no difference. Empty where both are blobs. */
  readonly notHeldByA: readonly VariableReport[];
  readonly notHeldByB: readonly VariableReport[];
  readonly changed: readonly ChangedReport[];
  readonly unchanged: number;
}

/** A copy that could be read. */
export interface DiffInput {
  readonly path: string;
  readonly vm: VmSource;
  readonly blob: VarstoredBlob;
}

export function diffReport(a: DiffInput, b: DiffInput, known: SignatureKnowledge): DiffReport {
  const views = { a: viewOfCopy(a.vm), b: viewOfCopy(b.vm) };
  const { fields, onlyInA, onlyInB, notHeldByA, notHeldByB, changed, unchanged, isSame } = compareNvrams(
    a.blob,
    b.blob,
    known.platform,
    views,
  );
  const ofA = (variable: EfiVariable): VariableReport => seenVariable(variable, views.a);
  const ofB = (variable: EfiVariable): VariableReport => seenVariable(variable, views.b);
  return {
    a: sideOf(a, known),
    b: sideOf(b, known),
    isSame,
    fields,
    onlyInA: onlyInA.map(ofA),
    onlyInB: onlyInB.map(ofB),
    notHeldByA: notHeldByA.map(ofB),
    notHeldByB: notHeldByB.map(ofA),
    changed: changed.map((change) => changedReport(change, known)),
    unchanged,
  };
}

function sideOf({ path, vm, blob }: DiffInput, { platform }: SignatureKnowledge): DiffSide {
  const { uuid, nameLabel, source } = vm;
  const isView = viewOfCopy(vm) !== null;
  const sha256 = isView ? null : toHex(platform.sha256(blob.bytes));
  const variableCount = blob.variables.length;
  const bytes = isView ? null : blob.bytes.length;
  return { path, vm: { uuid, nameLabel }, source, bytes, sha256, variableCount };
}

function changedReport({ a, b, fields, data }: ChangedVariable, known: SignatureKnowledge): ChangedReport {
  const report = { variable: variableRef(a), indexInA: a.index, indexInB: b.index, fields };
  if (data === null) return { ...report, data };
  const { firstDifference, signatures } = data;
  const excerptStart = excerptStartOf(firstDifference);
  return {
    ...report,
    data: {
      a: dataReport(a, excerptStart, known),
      b: dataReport(b, excerptStart, known),
      firstDifference,
      excerptStart,
      signatures: signatures === null ? null : signaturesReport(signatures, known),
    },
  };
}

const EXCERPT_BYTES = 32;
const BYTES_A_LINE = 16;

/** The line of a dump that the difference stands in. */
function excerptStartOf(firstDifference: number): number {
  return firstDifference - (firstDifference % BYTES_A_LINE);
}

function dataReport(variable: EfiVariable, start: number, { platform }: SignatureKnowledge): DataReport {
  const { data } = variable;
  const secret = holdsSecret(variable);
  return {
    bytes: data.length,
    sha256: toHex(platform.sha256(data)),
    decoded: secret ? null : decodeVariable(variable),
    excerpt: secret ? "" : toHex(data.subarray(start, start + EXCERPT_BYTES)),
  };
}

function signaturesReport(comparison: SignatureComparison, known: SignatureKnowledge): SignaturesDifference {
  const { kept, added, removed, moved, faultInA, faultInB } = comparison;
  const inspected = (signature: SignatureFields): DiffSignature => ({
    type: named(signature.type),
    ...inspectSignature(signature, known),
  });
  return {
    kept,
    added: added.map((one) => ({ ...inspected(one), isInOther: one.isInOther })),
    removed: removed.map((one) => ({ ...inspected(one), isInOther: one.isInOther })),
    moved: moved.map((one) => ({ ...inspected(one), ownerInB: named(one.ownerInB) })),
    faultInA,
    faultInB,
  };
}
