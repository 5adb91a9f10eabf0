import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { Spool, SpoolRoom } from "../../../cli/io/spool.ts";
import { WriteError } from "../../../cli/io/write-file.ts";

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

  it("shares memory and file with others of its room, and may be drained before or after them", async () => {
    const room = new SpoolRoom();
    const spools = [new Spool(room), new Spool(room), new Spool(room)];
    const texts = ["", "", ""];
    for (let round = 0; round < 40; round++)
      for (const [i, spool] of spools.entries()) {
        const piece = `${i}:${round} naïve 🖥 `.repeat(i === 2 ? 1 : 900);
        spool.append(piece);
        texts[i] += piece;
      }
    expect(temporaryFiles()).toHaveLength(1);
    for (const i of [1, 0, 2]) expect((await drained(spools[i]!)) === texts[i]).toBe(true);
    expect(temporaryFiles()).toEqual([]);
    spools[0]?.append("anew");
    expect(await drained(spools[0]!)).toBe("anew");
  });

  it("leaves nothing where nobody reads on", () => {
    const room = new SpoolRoom();
    new Spool(room).append("x".repeat(300_000));
    expect(temporaryFiles()).toHaveLength(1);
    room.discard();
    expect(temporaryFiles()).toEqual([]);
  });

  it("keeps all in memory where its room says how much, and takes not one character more", () => {
    const room = new SpoolRoom(10);
    const spool = new Spool(room);
    spool.append("12345");
    new Spool(room).append("67890");
    expect(() => spool.append("1")).toThrow(WriteError);
    const large = new Spool(new SpoolRoom(1_000_000));
    large.append("x".repeat(1_000_000));
    expect(temporaryFiles()).toEqual([]);
  });
});
