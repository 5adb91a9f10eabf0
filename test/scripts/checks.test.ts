/** What users hand over is checked by ajv's own code: it is what the schemas come to, and needs nothing at run time. */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Check, misfitOf, misfitText } from "../../parsers/text/json-misfit.ts";
import { checkSavedInput } from "../../report/saved/check.generated.ts";
import { SAVED_SCHEMAS } from "../../report/saved/saved-schema.ts";
import * as generated from "../../report/schemas/checks.generated.ts";
import { HANDED_OVER } from "../../report/schemas/handed-over.ts";
import { checkDbxInfo } from "../../rules/knowledge/dbx-info-check.generated.ts";
import { DBX_INFO_SCHEMAS } from "../../rules/knowledge/dbx-info-schema.ts";
import { CHECKS, checksText } from "../../scripts/checks.mjs";

const SCHEMAS: Readonly<Record<string, typeof HANDED_OVER>> = {
  HANDED_OVER,
  SAVED_SCHEMAS,
  DBX_INFO_SCHEMAS,
};
const MADE: Readonly<Record<string, Check>> = { ...generated, checkDbxInfo, checkSavedInput };

describe.each(CHECKS)("the checks of $source", ({ source, name, target, misfit }) => {
  const schemas = SCHEMAS[name] ?? {};

  it("are what ajv makes of it (else: node scripts/make-checks.mjs)", () => {
    expect(readFileSync(target, "utf8") === checksText(schemas, source, misfit)).toBe(true);
  });

  it("import nothing but a type, and make no code", () => {
    const text = readFileSync(target, "utf8");
    expect(text.match(/^import .*/gm)).toEqual([`import type { Check } from "${misfit}";`]);
    expect(text).not.toMatch(/\brequire\b|\beval\b|\bFunction\(/);
  });

  it.each(Object.keys(schemas))("say of any JSON what ajv says of it: %s", (check) => {
    const validate = new Ajv({ allowUnionTypes: true }).compile(schemas[check] ?? {});
    const made = MADE[check] as Check;
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(made(value)).toBe(validate(value));
        const told = misfitOf(made, value);
        expect(told === null).toBe(made(value));
        if (told !== null) expect(misfitText(told)).toMatch(/ (?:is|has) /);
      }),
    );
  });
});
