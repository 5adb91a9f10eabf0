/** expected.json, read as far as judging needs it: whoever wants every field checked has `varscope schema case`. */
import { ParseError } from "../../parsers/errors.ts";
import { isArray, isObject, type JsonObject, type JsonValue, parseJson } from "../../parsers/json-text.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { unwrapText } from "../../parsers/text-encoding.ts";
import type { CaseTerms, Expectation } from "../../rules/corpus/expectation.ts";
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
  const whole = object(value, "");
  const { asOf, standIns } = whole;
  if (typeof asOf !== "string" || !isDay(asOf)) throw wrong("asOf", "a day as YYYY-MM-DD");
  if (standIns !== undefined) {
    for (const [name, part] of Object.entries(object(standIns, "standIns")))
      if (!SHA256.test(name) || typeof part !== "string" || !SHA256.test(part))
        throw wrong("standIns", "fingerprints (SHA-256, lower-case hexadecimal)");
  }
  const { elements } = whole;
  if (elements === undefined) checkElement(whole, "");
  else for (const [i, one] of array(elements, "elements").entries()) checkPlaced(one, `elements[${i}]`);
  return whole as unknown as Expectation;
}

const SHA256 = /^[0-9a-f]{64}$/;

function checkPlaced(value: JsonValue, path: string): void {
  const element = object(value, path);
  if (typeof element["path"] !== "string") throw wrong(`${path}.path`, "a text");
  checkElement(element, `${path}.`);
}

function checkElement({ findings, vms }: JsonObject, prefix: string): void {
  if (findings !== undefined) checkFindings(findings, `${prefix}findings`);
  for (const [i, value] of array(vms, `${prefix}vms`).entries()) {
    const path = `${prefix}vms[${i}]`;
    const vm = object(value, path);
    checkFindings(vm["findings"], `${path}.findings`);
    object(vm["repairs"], `${path}.repairs`);
  }
}

function checkFindings(value: JsonValue | undefined, path: string): void {
  for (const [i, one] of array(value, path).entries()) {
    const { ruleId, path: place } = object(one, `${path}[${i}]`);
    if (typeof ruleId !== "string" || typeof place !== "string")
      throw wrong(`${path}[${i}]`, "a finding with ruleId and path");
  }
}

function object(value: JsonValue | undefined, path: string): JsonObject {
  if (value === undefined || !isObject(value)) throw wrong(path, "an object");
  return value;
}

function array(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (value === undefined || !isArray(value)) throw wrong(path, "an array");
  return value;
}

function wrong(path: string, expected: string): ParseError {
  return new ParseError({
    code: "bad-structure",
    path,
    expected,
    found: "something else",
    next: "Correct it; or delete it and have corpus update write it anew.",
  });
}
