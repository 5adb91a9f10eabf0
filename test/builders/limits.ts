/** Limits that are too large to be reached in a test are lowered for it: what is tried is that they hold, at n and at n + 1. */
import { PARSER_LIMITS } from "../../parsers/limits.ts";

export type LimitName = keyof typeof PARSER_LIMITS;

/** Runs it with another value of one limit; the value that counts is the one at the time of the check. */
export async function withLimit<T>(name: LimitName, value: number, body: () => T | Promise<T>): Promise<T> {
  const limits = PARSER_LIMITS as Record<LimitName, number>;
  const before = limits[name];
  limits[name] = value;
  try {
    return await body();
  } finally {
    limits[name] = before;
  }
}
