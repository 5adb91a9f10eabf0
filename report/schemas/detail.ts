/** What `--pictures` adds to a copy: `vms[].detail`. */
import {
  array,
  count,
  flag,
  object,
  oneOf,
  orNull,
  type Schema,
  SHA256,
  SPAN,
  text,
  VARIABLE,
  variableWith,
} from "./common.ts";

const NAMED_GUID = object({ guid: text(), name: orNull(text()) });
const ANSWER = oneOf(["yes", "no", "unknown"]);

const DATABASE = object(
  {
    name: oneOf(["PK", "KEK", "db", "dbx", "dbt"]),
    bytes: count("length of its data"),
    timestamp: orNull(text("YYYY-MM-DDThh:mm:ss; null when all zero")),
    lists: count(),
    entries: count(),
    distinct: count("entries that differ in type or data, whoever owns them"),
    runs: array(
      object({
        owner: NAMED_GUID,
        repeats: flag("each of them stands before this one already, under any owner"),
        count: count(),
        bytes: count(),
      }),
      "entries of one owner side by side",
    ),
    inOrder: flag("false where there are too many runs, and each owner has one"),
    owners: array(
      object({
        owner: NAMED_GUID,
        count: count("different entries"),
        alone: count("that no other owner has"),
      }),
    ),
    certificates: array(
      object({
        owner: NAMED_GUID,
        span: SPAN,
        sha256: SHA256,
        commonName: orNull(text()),
        subject: orNull(text()),
        notBefore: orNull(text()),
        notAfter: orNull(text()),
        purpose: orNull(text("what a known one is for")),
      }),
    ),
    isCut: flag("it holds more entries than were looked at"),
  },
  "a signature database; of two variables of one name the first",
);

const UPDATE = object(
  {
    id: text("of the release of dbx"),
    addedCount: count(),
    addedBytes: count(),
    dbxBytesAfter: count(),
    effect: oneOf(["fits", "kills", "blocked"], "kills: a daemon before its fix never loads the NVRAM again"),
    bytesMissing: count(),
  },
  "a known update that a stored key verifies",
);

const STEP = object({
  claim: text(),
  text: text(),
  facts: { type: "object" },
  variable: orNull(VARIABLE),
  path: text(),
  span: orNull(SPAN),
});
const CELL = object({ answer: ANSWER, because: STEP });

const KEYS = object({
  mode: oneOf(["setup", "user"]),
  variables: array(
    object({
      variable: text(),
      needsSignature: { anyOf: [{ type: "boolean" }, { type: "null" }] },
      signers: array(object({ certificate: text(), sha256: SHA256, through: text(), holder: text() })),
      updates: orNull(
        object({ accepted: array(text()), refused: array(text()), missingSigners: array(text()) }),
      ),
      reasoning: object({
        question: text(),
        title: text(),
        answer: ANSWER,
        steps: array(STEP),
        conclusion: STEP,
      }),
    }),
  ),
});

export const DETAIL: Schema = object(
  {
    databases: array(DATABASE, "PK, KEK, db, dbx, dbt, as far as they are there"),
    updates: array(UPDATE, "the newest first"),
    repair: orNull(
      object({
        strategy: oneOf(["merge", "compact", "remove"]),
        bytes: count("of the repaired blob"),
        verdict: text(),
        loads: flag(),
        kept: count("signatures"),
        reowned: count(),
        merged: count(),
        removed: count(),
        databases: array(DATABASE),
        updates: array(UPDATE),
      }),
    ),
    beyondRepair: orNull(text("why no strategy repairs it")),
    keys: orNull(KEYS),
    hosts: orNull(
      array(object({ host: text(), title: text(), loads: CELL, nextWrite: CELL, migrates: CELL })),
    ),
    variables: array(
      variableWith({
        index: count(),
        guidName: orNull(text()),
        attributes: array(text()),
        bytes: count(),
        timestamp: orNull(text()),
        says: orNull(text("what the data means; null where nobody knows, and of a secret")),
        offset: count("of its record in the blob"),
      }),
    ),
    evidence: array(
      orNull(
        object({
          start: count(),
          end: count(),
          lines: array(object({ at: count(), hex: text("-- for a byte of a secret beside it") })),
          leftOut: count("bytes between the last two lines"),
        }),
      ),
      "one for each finding",
    ),
  },
  "only with --pictures: what pictures need",
);
