/** expected.json, read as far as judging needs it: whoever wants every field checked has `varscope schema case`. */
import type { ParseError } from "../../parsers/errors.ts";
import { type Misfit, misfitError, misfitOf, notLike } from "../../parsers/text/json-misfit.ts";
import { parseJson } from "../../parsers/text/json-text.ts";
import { unwrapText } from "../../parsers/text/text-encoding.ts";
import { isDay } from "../day.ts";
import { checkExpectation, checkExpectations } from "../schemas/checks.generated.ts";
import type { CaseTerms, Expectation } from "./expectation.ts";

/** The terms alone: what an update keeps of an expectation. */
export function termsOf({ asOf, standIns, boot }: CaseTerms): CaseTerms {
  return {
    asOf,
    ...(standIns === undefined ? {} : { standIns }),
    ...(boot === undefined ? {} : { boot }),
  };
}

/** Throws ParseError where it cannot be understood. */
export function parseExpectation(bytes: Uint8Array): Expectation {
  const value = parseJson(unwrapText(bytes));
  const isWhole = typeof value === "object" && value !== null && Object.hasOwn(value, "elements");
  const misfit = misfitOf(isWhole ? checkExpectations : checkExpectation, value);
  if (misfit !== null) throw wrong(misfit);
  const expectation = value as unknown as Expectation;
  // No pattern knows the lengths of months.
  if (!isDay(expectation.asOf)) throw wrong(notLike("asOf", "a day as YYYY-MM-DD"));
  return expectation;
}

function wrong(misfit: Misfit): ParseError {
  return misfitError(misfit, "Correct it; or delete it and have corpus update write it anew.");
}
