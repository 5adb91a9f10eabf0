import fc from "fast-check";
import { expect, it } from "vitest";
import { libraryTable, plainTable } from "../../../cli/table/table.ts";

/** What stands in a cell: words and spaces, colours, signs of ours. */
const cell = fc
  .array(
    fc.constantFrom("word", " ", "  ", "a", "\x1b[31mred\x1b[39m", "\x1b[1mb\x1b[22m", "█", "–", "é", "0x1"),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(""));
const WIDTH = 40;

it("is the table that the library makes, wherever nothing is to be wrapped", () => {
  const tables = fc.integer({ min: 1, max: 4 }).chain((columns) => {
    const row = fc.array(cell, { minLength: columns, maxLength: columns });
    const rows = fc.array(row, { minLength: 1, maxLength: 5 });
    return fc.record({ head: row, rows, hasHead: fc.boolean() });
  });
  fc.assert(
    fc.property(tables, ({ head, rows, hasHead }) => {
      const natural = head.map(() => WIDTH);
      const layout = { ...(hasHead ? { head } : {}), rows, flexible: 0, columns: 400 };
      const trimmed = (lines: readonly string[] | null) => lines?.map((line) => line.trimEnd());
      const widths = natural.map((width) => width + 2);
      expect(trimmed(plainTable(layout, natural, WIDTH))).toEqual(
        trimmed(libraryTable(layout, widths, WIDTH)),
      );
    }),
  );
});

it("is none where something is to be wrapped, or of another width", () => {
  const layout = (text: string) => ({ rows: [[text]], flexible: 0, columns: 80 });
  expect(plainTable(layout("x".repeat(30)), [30], 20)).toBeNull();
  expect(plainTable(layout("a\nb"), [1], 20)).toBeNull();
  expect(plainTable(layout("漢"), [2], 20)).toBeNull();
});
