/** The expected.json of a case, read. */

import { readAll } from "../../library/input/read-all.ts";
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { Expectation } from "../../report/corpus/expectation.ts";
import { parseExpectation } from "../../report/corpus/parse-expectation.ts";
import { openSource } from "../io/byte-source.ts";
import { EXPECTATION_FILE } from "./case-folder.ts";

/** Null where the file is missing. Throws ParseError for one that cannot be read or understood. */
export async function readExpectation(path: string): Promise<Expectation | null> {
  try {
    const source = await openSource(path);
    try {
      const bytes = await readAll(source.bytes, PARSER_LIMITS.maxExpectationBytes);
      return parseExpectation(bytes);
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    if (error.code === "not-found") return null;
    throw error.within(EXPECTATION_FILE);
  }
}
