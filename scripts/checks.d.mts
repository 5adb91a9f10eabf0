/** Types of checks.mjs, for its test. */
export interface CheckModule {
  /** File that holds the schemas, and the name that they have there. */
  readonly source: string;
  readonly name: string;
  readonly target: string;
  /** From the target to the types of a check. */
  readonly misfit: string;
}
export const CHECKS: readonly CheckModule[];
export function checksText(schemas: object, source: string, misfit: string): string;
