/** Blobs, and texts of them, of some 10 MB that are made to break their readers. */
import { describe, expect, it } from "vitest";
import { MICROSOFT_OWNER } from "../../parsers/guids.ts";
import { concat, makeBlob, makeSignatureVariable, makeVariable, sha256List } from "../builders/blob.ts";
import { runAll } from "./hostile.ts";
import { base64, put, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();

describe("one list of as many hashes as fit", () => {
  it.each([
    [123_500, ["analyze", "repair", "add", "run"] as const],
    [190_000, null],
  ])("is judged with %d of them", (count, commands) => {
    const blob = makeBlob([makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, count))]);
    const ended = runAll(folder, put(folder, `${count}.vars`, blob), commands);
    expect(ended.analyze?.stdout).toContain("variable-data-over-limit");
    expect(ended.repair?.status).toBe(4);
    expect(ended.repair?.stdout).toContain("--strategy remove");
    expect(ended.run?.status).toBe(0);
  });

  it("is judged as text, where it is opened and written back another way", () => {
    const blob = makeBlob([makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, 150_000))]);
    runAll(folder, put(folder, "text.efivars.b64", base64(blob)), ["json", "repair", "extract", "verify"]);
  });
});

/** Those that walk through the lists of a database each in its own way. */
const LISTS = ["json", "inspect", "repair", "diff", "forecast", "explain"] as const;

describe("blobs of 10 MB", () => {
  it("may be names and nothing else", () => {
    const names = ["x", "y"].map((letter) => makeVariable(letter.repeat(2_400_000), Uint8Array.of(1)));
    runAll(folder, put(folder, "names.vars", makeBlob(names)));
  });

  it("may be empty lists", () => {
    const empty = sha256List(MICROSOFT_OWNER, 0);
    const lists = makeSignatureVariable("dbx", concat(...new Array<Uint8Array>(60_000).fill(empty)));
    runAll(folder, put(folder, "lists.vars", makeBlob(new Array(6).fill(lists))), LISTS);
  });
});
