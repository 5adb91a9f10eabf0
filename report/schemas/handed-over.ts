/**
 * JSON that users hand over, as far as it is used: results of earlier runs, expectations of cases, the ignore file. ajv makes the checks
 * of `checks.generated.ts` from these (`node scripts/make-checks.mjs`), so that a run compiles nothing.
 */
import type { Schema } from "./common.ts";
import { DAY, oneOf, SHA256, text } from "./common.ts";
import { VERDICT } from "./report.ts";

/** Those of `needed` must be there, those of `optional` may be; others may be there as well, and are not looked at. */
function members(needed: Readonly<Record<string, Schema>>, optional: typeof needed = {}): Schema {
  return { type: "object", properties: { ...needed, ...optional }, required: Object.keys(needed) };
}

function list(items: Schema): Schema {
  return { type: "array", items };
}

function nullable({ type, ...schema }: Schema): Schema {
  return { ...schema, type: [type, "null"] };
}

const TEXT = text();
const SAYS: Schema = { type: "string", pattern: "\\S" };
const PLACE: Schema = { type: "integer", minimum: 0 };
const SEVERITY = oneOf(["error", "warning", "info"]);
const ERROR = nullable(members({ code: TEXT }, { message: TEXT }));
const VARIABLE = nullable(members({ name: TEXT }, { nameHex: TEXT, guid: nullable(TEXT) }));

/** Reports of before places and severities were written are taken as a baseline all the same. */
function result(finding: Schema, placed: Readonly<Record<string, Schema>>, optional: typeof placed): Schema {
  const copy = members(
    { source: TEXT, verdict: VERDICT, findings: list(finding) },
    { uuid: nullable(TEXT), nameLabel: nullable(TEXT), backup: nullable({ type: "object" }) },
  );
  return members({ path: TEXT, findings: list(finding), vms: list(copy), ...placed }, optional);
}

const FORMAT_AND_ERROR = { format: nullable(TEXT), error: ERROR };

const FINDINGS = list(members({ ruleId: TEXT, path: TEXT }));
const ELEMENT = { vms: list(members({ findings: FINDINGS, repairs: { type: "object" } })) };
const OWN_FINDINGS = { findings: FINDINGS };
const STAND_INS = {
  standIns: { type: "object", propertyNames: SHA256, additionalProperties: SHA256 },
  boot: { const: true },
};

/** By the name of the check. */
export const HANDED_OVER: Readonly<Record<string, Schema>> = {
  /** An element of `inputs`, as far as totals need it. */
  checkResult: result(
    members({ ruleId: TEXT, severity: SEVERITY }, { variable: VARIABLE }),
    { place: PLACE, ...FORMAT_AND_ERROR },
    {},
  ),
  /** The same, as far as a later run is compared with it. */
  checkEarlierResult: result(members({ ruleId: TEXT }, { variable: VARIABLE }), {}, FORMAT_AND_ERROR),
  /** A row of `corpus run`. */
  checkCaseResult: members({ place: PLACE, case: TEXT, status: TEXT, error: ERROR }),
  /** expected.json of one element. */
  checkExpectation: members({ asOf: DAY, ...ELEMENT }, { ...STAND_INS, ...OWN_FINDINGS }),
  /** expected.json of several. */
  checkExpectations: members(
    { asOf: DAY, elements: list(members({ path: TEXT, ...ELEMENT }, OWN_FINDINGS)) },
    STAND_INS,
  ),
  /** --ignore-file: a scope is needed, so that nobody turns off a rule for all VMs of all times. */
  checkIgnoreFile: list({
    ...members({ rule: TEXT, reason: SAYS, until: DAY }, { vm: SAYS, path: SAYS, variable: SAYS }),
    additionalProperties: false,
    anyOf: [{ required: ["vm"] }, { required: ["path"] }, { required: ["variable"] }],
  }),
};
