/** expected.json, read as far as judging needs it: whoever wants every field checked has `varscope schema case`. */
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { type JsonValue, parseJson } from "../../parsers/text/json-text.ts";
import { unwrapText } from "../../parsers/text/text-encoding.ts";
import type { CaseTerms, Expectation } from "../../report/corpus/expectation.ts";
import { list, members, OBJECT, type Shape, TEXT, table, textLike } from "../../report/json-shape.ts";
import { isDay } from "../day.ts";
import { openSource } from "../io/byte-source.ts";
import { readAll } from "../io/read-small-file.ts";
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
export function termsOf({ asOf, standIns }: CaseTerms): CaseTerms {
  return standIns === undefined ? { asOf } : { asOf, standIns };
}

function checked(value: JsonValue): Expectation {
  const isWhole = typeof value === "object" && value !== null && Object.hasOwn(value, "elements");
  const misfit = (isWhole ? SEVERAL : ONE)(value);
  if (misfit !== null) throw wrong(misfit.path, misfit.expected);
  return value as unknown as Expectation;
}

const SHA256 = /^[0-9a-f]{64}$/;
const FINGERPRINT: Shape = textLike("a fingerprint", (text) => SHA256.test(text));
const FINGERPRINTS = "fingerprints (SHA-256, lower-case hexadecimal)";

const TERMS = { asOf: textLike("a day as YYYY-MM-DD", isDay) };
const STAND_INS = { standIns: table((name) => SHA256.test(name), FINGERPRINT, FINGERPRINTS) };
const FINDINGS: Shape = list(members({ ruleId: TEXT, path: TEXT }));
const ELEMENT = { vms: list(members({ findings: FINDINGS, repairs: OBJECT })) };
const OWN_FINDINGS = { findings: FINDINGS };

const ONE: Shape = members({ ...TERMS, ...ELEMENT }, { ...STAND_INS, ...OWN_FINDINGS });
const SEVERAL: Shape = members(
  { ...TERMS, elements: list(members({ path: TEXT, ...ELEMENT }, OWN_FINDINGS)) },
  STAND_INS,
);

function wrong(path: string, expected: string): ParseError {
  return new ParseError({
    code: "bad-structure",
    path,
    expected,
    found: "something else",
    next: "Correct it; or delete it and have corpus update write it anew.",
  });
}
