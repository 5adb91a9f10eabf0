import { describe, expect, it } from "vitest";
import { renderTable } from "../../../cli/table/table.ts";
import { bar } from "../../../report/render/bar.ts";
import { columnsOf, makeStyle, wantsColor } from "../../../report/render/style.ts";
import { counted, displayWidth, moreLine, padEnd, wrap } from "../../../report/render/text.ts";

describe("colour", () => {
  it("is only for terminals", () => {
    expect(wantsColor({}, true)).toBe(true);
    expect(wantsColor({}, false)).toBe(false);
    expect(wantsColor({ TERM: "dumb" }, true)).toBe(false);
  });

  it("obeys NO_COLOR before FORCE_COLOR", () => {
    expect(wantsColor({ NO_COLOR: "1" }, true)).toBe(false);
    expect(wantsColor({ NO_COLOR: "" }, true)).toBe(true);
    expect(wantsColor({ FORCE_COLOR: "1" }, false)).toBe(true);
    expect(wantsColor({ FORCE_COLOR: "0" }, true)).toBe(false);
    expect(wantsColor({ FORCE_COLOR: "1", NO_COLOR: "1" }, true)).toBe(false);
  });

  it("leaves the text alone where it is not wanted", () => {
    const { bold, red } = makeStyle(false);
    expect(bold(red("x"))).toBe("x");
    expect(makeStyle(true).red("x")).toBe("\u001b[31mx\u001b[39m");
  });
});

describe("columns", () => {
  it("come from COLUMNS, then the terminal, then a default, and stay readable", () => {
    expect(columnsOf({ COLUMNS: "80" }, 120)).toBe(80);
    expect(columnsOf({}, 120)).toBe(120);
    expect(columnsOf({}, undefined)).toBe(100);
    expect(columnsOf({}, 0)).toBe(100);
    expect(columnsOf({ COLUMNS: "x" }, 90)).toBe(90);
    expect(columnsOf({ COLUMNS: "5" }, undefined)).toBe(40);
    expect(columnsOf({ COLUMNS: "9999" }, undefined)).toBe(140);
  });
});

describe("running text", () => {
  it("counts what a terminal shows", () => {
    expect(displayWidth("abc")).toBe(3);
    expect(displayWidth("サーバー")).toBe(8);
    expect(displayWidth("e\u0301")).toBe(1);
    expect(displayWidth("\u001b[1mab\u001b[22m")).toBe(2);
    expect(padEnd("サ", 4)).toBe("サ  ");
  });

  it("is broken at spaces, and never inside a word", () => {
    expect(wrap("aaaa bbbb cccc dddd eeee", 24, 4)).toEqual(["    aaaa bbbb cccc dddd", "    eeee"]);
    const path = "x".repeat(90);
    expect(wrap(`see ${path} there`, 40)).toEqual(["see", path, "there"]);
  });

  it("counts one and many", () => {
    expect(counted(1, "file")).toBe("1 file");
    expect(counted(0, "entry", "entries")).toBe("0 entries");
    expect(moreLine(0, "x")).toEqual([]);
    expect(moreLine(3, "files")).toEqual(["… 3 more files"]);
  });
});

describe("a bar", () => {
  it("is full only where all is used, and empty only where nothing is", () => {
    expect(bar(0, 100, 10)).toBe("░░░░░░░░░░");
    expect(bar(1, 100, 10)).toBe("█░░░░░░░░░");
    expect(bar(50, 100, 10)).toBe("█████░░░░░");
    expect(bar(99, 100, 10)).toBe("█████████░");
    expect(bar(100, 100, 10)).toBe("██████████");
    expect(bar(300, 100, 10)).toBe("██████████");
  });
});

describe("a table", () => {
  const rows = [
    ["a", "some words that are too long for one line", "z"],
    ["b", "x".repeat(60), "z"],
  ];

  it("keeps to its columns, and loses nothing of a word that is longer than a line", () => {
    const lines = renderTable({ head: ["1", "2", "3"], rows, flexible: 1, columns: 40 });
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(40);
    expect(lines.join("").match(/x/g)).toHaveLength(60);
    expect(lines.join(" ")).not.toContain("…");
  });

  it("is nothing without rows", () => {
    expect(renderTable({ head: ["1"], rows: [], flexible: 0, columns: 40 })).toEqual([]);
  });
});
