/** JSON Schema of `repair --format json`. */

import { STRATEGIES } from "../../rules/engine/strategy.ts";
import { SCHEMA_VERSION } from "../report.ts";
import {
  array,
  count,
  document,
  flag,
  object,
  oneOf,
  orNull,
  type Schema,
  SHA256,
  SPAN,
  TOOL_SCHEMA,
  text,
  VARIABLE,
} from "./common.ts";

const CHANGED = object({
  variable: orNull(VARIABLE),
  type: orNull(text("signature type; null for what is no signature")),
  owner: orNull(text()),
  sha256: { ...SHA256, description: "of the signature's data, or of the removed bytes" },
  span: orNull(SPAN),
  reason: text(),
});

const ACCOUNT = object({
  before: count("before = kept + merged + lists + removed"),
  after: count("after = kept + added"),
  kept: count("as they were, or with another owner, other attributes, or in a header that was written anew"),
  merged: count("of signatures that are stored once less"),
  lists: count("of headers of signature lists that were joined, or left with no signature"),
  removed: count("all that removed names"),
  added: count(),
});

const RUNBOOK_STEP = object({
  title: text(),
  machine: text("workstation, host (dom0 of the pool's master) or guest"),
  commands: array(text(), "lines of a shell, to be typed as they are"),
  note: orNull(text()),
  caution: orNull(text("what it may cost")),
});

const REPAIR = object({
  path: text("as given on the command line"),
  vm: object({ uuid: orNull(text()), nameLabel: orNull(text()) }),
  source: text("which copy: NVRAM, snapshot_metadata.NVRAM, …"),
  strategy: oneOf(STRATEGIES),
  output: orNull(text("the file that was written; null when none was")),
  sha256Before: orNull({ ...SHA256, description: "of the blob; null where none can be read" }),
  sha256After: orNull({ ...SHA256, description: "null when refused" }),
  bytesBefore: orNull(count()),
  bytesAfter: orNull(count()),
  kept: count("signatures that stay as they are"),
  merged: count("signatures that are stored once less, because an identical one is there"),
  reowned: count("signatures that moved to Microsoft's owner GUID"),
  removed: array(CHANGED),
  added: array(CHANGED, "certificates that the user supplied"),
  account: orNull(ACCOUNT),
  changedAttributes: array(
    object({ variable: VARIABLE, before: count(), after: count() }),
    "variables whose attributes were set anew, four bytes each",
  ),
  loadsAfterwards: orNull(flag("would varstored load what is there afterwards; null when not known")),
  verdictAfterwards: text(),
  runbook: array(
    RUNBOOK_STEP,
    "what is typed next, in order; empty where nothing was repaired, and of several inputs, or more than five copies of one, unless --runbook asks for it",
  ),
  refused: orNull(
    object(
      { reason: text(), strategy: orNull(oneOf(STRATEGIES, "the one that can")) },
      "null when not refused",
    ),
  ),
});

const SUMMARY = object({
  inputs: count("with a copy of an NVRAM"),
  copies: count(),
  written: count("copies of which the result was written; of a dry run none"),
  files: count("that were written"),
  repairable: count("copies, written or not"),
  refused: count(),
  nothingToRepair: count(),
  failed: count("inputs that could not be read"),
});

export const REPAIR_SCHEMA: Schema = document(
  "varscope repair",
  object({
    schemaVersion: { const: SCHEMA_VERSION },
    tool: TOOL_SCHEMA,
    repairs: array(REPAIR, "--format ndjson prints one of these a line"),
    summary: SUMMARY,
    failed: array(
      object({ path: text(), code: text(), message: text() }),
      "inputs that could not be read; files of a folder that are no dumps are not among them",
    ),
  }),
);
