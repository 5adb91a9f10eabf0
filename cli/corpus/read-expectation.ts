/** expected.json, read as far as judging needs it: whoever wants every field checked has `varscope schema case`. */

import { readAll } from "../../library/input/read-all.ts";
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { type Misfit, misfitOf, notLike } from "../../parsers/text/json-misfit.ts";
import { type JsonValue, parseJson } from "../../parsers/text/json-text.ts";
import { unwrapText } from "../../parsers/text/text-encoding.ts";
import type { CaseTerms, Expectation } from "../../report/corpus/expectation.ts";
import { isDay } from "../../report/day.ts";
import { checkExpectation, checkExpectations } from "../../report/schemas/checks.generated.ts";
import { openSource } from "../io/byte-source.ts";
import { EXPECTATION_FILE } from "./case-folder.ts";

/** Null where the file is missing. Throws ParseError for one that cannot be read or understood. */
export async function readExpectation(path: string): Promise<Expectation | null> {
  try {
    const source = await openSource(path);
    try {
      const bytes = await readAll(source.bytes, PARSER_LIMITS.maxExpectationBytes);
      return checked(parseJson(unwrapText(bytes)));
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    if (error.code === "not-found") return null;
    throw error.within(EXPECTATION_FILE);
  }
}

/** The terms alone: what an update keeps of an expectation. */
export function termsOf({ asOf, standIns, boot }: CaseTerms): CaseTerms {
  return {
    asOf,
    ...(standIns === undefined ? {} : { standIns }),
    ...(boot === undefined ? {} : { boot }),
  };
}

function checked(value: JsonValue): Expectation {
  const isWhole = typeof value === "object" && value !== null && Object.hasOwn(value, "elements");
  const misfit = misfitOf(isWhole ? checkExpectations : checkExpectation, value);
  if (misfit !== null) throw wrong(misfit);
  const expectation = value as unknown as Expectation;
  // No pattern knows the lengths of months.
  if (!isDay(expectation.asOf)) throw wrong(notLike("asOf", "a day as YYYY-MM-DD"));
  return expectation;
}

function wrong({ path, expected, found }: Misfit): ParseError {
  return new ParseError({
    code: "bad-structure",
    path,
    expected,
    found,
    next: "Correct it; or delete it and have corpus update write it anew.",
  });
}
