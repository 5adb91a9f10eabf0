/** JSON Schema of a case's expected.json. */
import { STRATEGIES } from "../../rules/engine/strategy.ts";
import { array, DAY, document, flag, object, orNull, type Schema, SHA256, text } from "./common.ts";
import { FINDING_PROPERTIES, VERDICT, VM_KIND } from "./report.ts";

const { message: _message, ...properties } = FINDING_PROPERTIES;
const FINDING = object(properties);

const REPAIR = { anyOf: [SHA256, { type: "string", enum: ["nothing-to-repair", "refused"] }] };
const REPAIRS = object(
  Object.fromEntries(STRATEGIES.map((strategy) => [strategy, REPAIR])),
  "by strategy the SHA-256 of the repaired NVRAM, or why there is none",
);

const VM = object({
  source: text("which copy: NVRAM, snapshot_metadata.NVRAM, …"),
  kind: VM_KIND,
  verdict: VERDICT,
  loads: orNull(flag("would varstored load this; null where there is none, or where it is redacted")),
  refusal: orNull(text("code of the reason for which it would not")),
  findings: array(FINDING),
  repairs: REPAIRS,
});

const ELEMENT: Readonly<Record<string, Schema>> = {
  format: orNull(text("id of the format that opened it")),
  error: orNull(text("code of its error")),
  vms: array(VM, "one element per copy of an NVRAM"),
};
const FINDINGS = array(FINDING, "of the input as a whole; left out where there are none");

const TERMS: Readonly<Record<string, Schema>> = {
  asOf: { ...DAY, description: "the day by which validity is judged" },
};
const STAND_INS: Schema = {
  type: "object",
  propertyNames: SHA256,
  additionalProperties: SHA256,
  description:
    "certificates of this case that are judged as if they were well-known ones, by their fingerprints; left out where there are none",
};

const BOOT: Schema = { const: true, description: "the disks of the export are read as well, as with --boot" };

function optional(schema: Schema, more: Readonly<Record<string, Schema>>): Schema {
  return { ...schema, properties: { ...(schema["properties"] as Schema), ...more } };
}

const PLACED = optional(object({ path: text('begins with "!" for a member of an archive'), ...ELEMENT }), {
  findings: FINDINGS,
});

export const CASE_SCHEMA: Schema = document("varscope corpus: expected.json", {
  anyOf: [
    optional(object({ ...TERMS, ...ELEMENT }), {
      standIns: STAND_INS,
      boot: BOOT,
      findings: FINDINGS,
    }),
    optional(object({ ...TERMS, elements: array(PLACED, "where the input holds several") }), {
      standIns: STAND_INS,
      boot: BOOT,
    }),
  ],
});
