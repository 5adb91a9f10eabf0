/** JSON Schema of `analyze --format json`. */
import { SCHEMA_VERSION } from "../../rules/engine/report.ts";
import {
  array,
  count,
  DAY,
  document,
  flag,
  object,
  oneOf,
  orNull,
  TOOL_SCHEMA,
  text,
  VARIABLE,
  variableWith,
} from "./common.ts";

const SPAN = object({ start: count(), end: count() }, "bytes of the blob, the end not included");

const FACT = {
  anyOf: [
    { type: "string" },
    { type: "number" },
    { type: "boolean" },
    { type: "null" },
    { type: "array", items: { anyOf: [{ type: "string" }, { type: "number" }] } },
  ],
};

const FINDING = object({
  ruleId: text("`varscope explain RULE` says more"),
  severity: oneOf(["error", "warning", "info"], "how loudly it speaks"),
  breaks: orNull(oneOf(["start", "update", "secure-boot", "restore"], "what goes wrong because of it")),
  variable: orNull(VARIABLE),
  path: text("such as vms[0].NVRAM.EFI-variables.variables[3].data"),
  span: orNull(SPAN),
  message: text(),
  facts: {
    type: "object",
    additionalProperties: FACT,
    description: "what the message is made of; depends on the rule",
  },
  repair: orNull(object({ applicability: oneOf(["safe", "unsafe", "manual"]), title: text() })),
});

export const ERROR = object({
  code: text("stable"),
  message: text(),
  path: text("the place inside the input; empty for the input itself"),
  offset: orNull(count("bytes from the start of that place")),
});

const REFUSAL = object(
  { code: text("stable"), message: text(), offset: count("byte of the blob"), variable: orNull(VARIABLE) },
  "why varstored would not load it",
);

const NVRAM_VARIABLE = variableWith({
  index: count("its place in the blob"),
  attributes: count(),
  bytes: count("length of its data"),
  timestamp: orNull(text("YYYY-MM-DDThh:mm:ss as stored; null when all zero")),
});

const NVRAM = object(
  {
    state: oneOf(["present", "empty", "redacted", "unreadable"]),
    version: orNull(count()),
    bytes: orNull(count("length of the blob")),
    variableCount: count(),
    usedBytes: count("the daemon's accounting of what the blob holds: name + data + 128 each"),
    limitBytes: count(),
    runtimeBytes: count("what the daemon adds to usedBytes at start"),
    loads: orNull(flag("would varstored load this; null only when redacted")),
    refusal: orNull(REFUSAL),
    variables: array(NVRAM_VARIABLE),
  },
  "null when the record has none",
);

const VM = object({
  uuid: orNull(text()),
  nameLabel: orNull(text()),
  kind: oneOf([
    "vm",
    "template",
    "default-template",
    "snapshot",
    "control-domain",
    "pool",
    "host",
    "unknown",
  ]),
  source: text("which copy: NVRAM, snapshot_metadata.NVRAM, …"),
  secureBoot: orNull(flag("from platform; null when not known")),
  nvram: orNull(NVRAM),
  verdict: oneOf(["no-nvram", "unknown", "unreadable", "unbootable", "at-risk", "healthy"]),
  findings: array(FINDING),
});

const CERTIFICATES = object({
  kind: oneOf(["pool", "host", "unknown"]),
  uuid: orNull(text()),
  nameLabel: orNull(text()),
  source: text("field of the record; archive where there is none"),
  active: orNull(flag("false where another set counts before this one; null when not known")),
  plants: array(
    object({
      name: oneOf(["PK", "KEK", "db", "dbx"]),
      bytes: count("length of its signature lists"),
      signatures: count(),
      certificates: array(text(), "names of its X.509 certificates"),
      timestamp: orNull(text("YYYY-MM-DDThh:mm:ss; null when all zero")),
    }),
    "what a VM gets when it starts for the first time",
  ),
});

const INPUT = object({
  path: text("as given on the command line"),
  format: orNull(text("id of the format that opened it")),
  error: orNull(ERROR),
  findings: array(FINDING, "of the host or the container as a whole"),
  certificates: array(CERTIFICATES, "Secure Boot certificates that pool and host records carry"),
  skipped: object({ controlDomains: count(), defaultTemplates: count() }),
  vms: array(VM, "one element per copy of an NVRAM"),
});

const COUNTS = { type: "object", additionalProperties: count() };

const SUMMARY = object({
  inputs: count(),
  failed: count("with an error other than unrecognised"),
  unrecognised: count("that no format claims"),
  vms: count("records"),
  sources: count("copies of an NVRAM"),
  byVerdict: COUNTS,
  byRule: COUNTS,
});

export const REPORT_SCHEMA = document(
  "varscope analyze",
  object({
    schemaVersion: { const: SCHEMA_VERSION },
    tool: TOOL_SCHEMA,
    asOf: DAY,
    inputs: array(INPUT, "--format ndjson prints one of these a line"),
    summary: SUMMARY,
  }),
);
