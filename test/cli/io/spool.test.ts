import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { Spool } from "../../../cli/io/spool.ts";

async function drained(spool: Spool): Promise<string> {
  let all = "";
  await spool.drain(async (text) => {
    all += text;
  });
  return all;
}

function temporaryFiles(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`.varscope-${process.pid}-`));
}

describe("a spool", () => {
  it("gives back what was appended, in its order, and is empty then", async () => {
    const spool = new Spool();
    spool.append("a");
    spool.append("b");
    expect(await drained(spool)).toBe("ab");
    expect(await drained(spool)).toBe("");
  });

  it("keeps in memory only so much: the rest waits in a file that is gone afterwards", async () => {
    const spool = new Spool();
    const piece = "naïve 🖥 ".repeat(8000);
    spool.append(piece);
    expect(temporaryFiles()).toEqual([]);
    for (let i = 0; i < 30; i++) spool.append(piece);
    expect(temporaryFiles()).toHaveLength(1);
    expect(await drained(spool)).toBe(piece.repeat(31));
    expect(temporaryFiles()).toEqual([]);
  });
});
