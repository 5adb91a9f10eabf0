/** What a line of results must be like, whatever it is read for: `corpus merge`, `--resume` and `--baseline`. */
import {
  list,
  type Misfit,
  members,
  OBJECT,
  oneOf,
  orNull,
  PLACE,
  type Shape,
  TEXT,
} from "../../report/json-shape.ts";
import { VERDICTS } from "../../report/render/verdicts.ts";

const SEVERITY: Shape = oneOf(["error", "warning", "info"]);
const ERROR: Shape = orNull(members({ code: TEXT }, { message: TEXT }));
const VARIABLE: Shape = orNull(members({ name: TEXT }, { nameHex: TEXT, guid: orNull(TEXT) }));

/** Reports of before places and severities were written are taken as a baseline all the same. */
function result(finding: Shape, placed: Readonly<Record<string, Shape>>, optional: typeof placed): Shape {
  const copy = members(
    { source: TEXT, verdict: oneOf(VERDICTS), findings: list(finding) },
    { uuid: orNull(TEXT), nameLabel: orNull(TEXT), backup: orNull(OBJECT) },
  );
  return members({ path: TEXT, findings: list(finding), vms: list(copy), ...placed }, optional);
}

const FORMAT_AND_ERROR = { format: orNull(TEXT), error: ERROR };

/** An element of `inputs`, as far as totals need it. */
export const INPUT_RESULT: Shape = result(
  members({ ruleId: TEXT, severity: SEVERITY }, { variable: VARIABLE }),
  { place: PLACE, ...FORMAT_AND_ERROR },
  {},
);

/** The same, as far as a later run is compared with it. */
export const EARLIER_RESULT: Shape = result(
  members({ ruleId: TEXT }, { variable: VARIABLE }),
  {},
  FORMAT_AND_ERROR,
);

/** A row of `corpus run`. */
const CASE_RESULT: Shape = members({
  place: PLACE,
  case: TEXT,
  status: TEXT,
  error: ERROR,
});

/** A line of either kind. */
export function resultMisfit(value: unknown): Misfit | null {
  const isCase = typeof value === "object" && value !== null && Object.hasOwn(value, "case");
  return isCase ? CASE_RESULT(value) : INPUT_RESULT(value);
}
