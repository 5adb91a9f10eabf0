/**
 * Exports of before 2007 end with a table of checksums, behind the blocks: a struct of XML-RPC with the name of each block
 * and its SHA-1 (xapi ocaml/xapi/importexport.ml, checksum_table_of_rpc; import.ml, stream_import: `export_vsn` below 2).
 */
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { nextMember, readValue, xmlMember, xmlString } from "../text/xml-rpc.ts";
import { expectTag, readTag, xmlCursor } from "../text/xml-scanner.ts";
import { readExportHeader } from "./export-header.ts";

/** importexport.ml: 0 has no checksums but the table (Rio beta 2), 1 has both (Rio), 2 has none of it (since Miami). */
export const FIRST_VERSION_WITHOUT_TABLE = 2;

const VERSION = /^\d{1,9}$/;

/** `export_vsn` of ova.xml; null where it cannot be told. */
export function readExportVersion(ovaXml: Uint8Array): number | null {
  const value = xmlMember(readExportHeader(ovaXml), "export_vsn");
  const text = value === null ? null : xmlString(ovaXml, value);
  return text !== null && VERSION.test(text) ? Number(text) : null;
}

/** What is wrong with one block, or with the whole table (`name` is null). */
export interface TableProblem {
  readonly code:
    | "checksum-missing"
    | "checksum-mismatch"
    | "checksum-without-block"
    | "checksum-table-unreadable";
  readonly name: string | null;
  readonly message: string;
}

/** Remembers what each block gave, until the table comes. */
export class ChecksumTable {
  private readonly maxBlocks: number;
  private readonly digests = new Map<string, string>();
  private blocks = 0;

  constructor(maxBlocks: number = PARSER_LIMITS.maxXvaTableBlocks) {
    this.maxBlocks = maxBlocks;
  }

  get isEmpty(): boolean {
    return this.blocks === 0;
  }

  add(name: string, digest: string): void {
    this.blocks++;
    if (this.blocks <= this.maxBlocks) this.digests.set(name, digest);
  }

  /** `right` counts blocks that the table agrees with. */
  compare(table: Uint8Array): { readonly right: number; readonly problems: readonly TableProblem[] } {
    const problems: TableProblem[] = [];
    if (this.blocks > this.maxBlocks)
      problems.push(unreadable(`more than ${this.maxBlocks} blocks are not compared with it`));
    const missing = new Map(this.digests);
    let right = 0;
    try {
      for (const [name, stored] of tableEntries(table)) {
        const actual = missing.get(name);
        missing.delete(name);
        if (actual === stored) right++;
        else if (actual !== undefined) problems.push(mismatch(name, actual, stored));
        else if (!this.digests.has(name) && this.blocks <= this.maxBlocks) problems.push(without(name));
      }
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return { right, problems: [...problems, unreadable(error.message)] };
    }
    for (const name of missing.keys())
      problems.push({
        code: "checksum-missing",
        name,
        message: "the table at the end does not have the block",
      });
    return { right, problems };
  }
}

/** Throws ParseError where the table is no struct of texts. */
function* tableEntries(table: Uint8Array): Generator<readonly [name: string, checksum: string]> {
  const cursor = xmlCursor(table, 0);
  expectTag(cursor, "open", "value");
  expectTag(cursor, "open", "struct");
  for (let name = nextMember(cursor); name !== null; name = nextMember(cursor)) {
    cursor.elements = 0;
    const value = readValue(cursor, readTag(cursor), true);
    expectTag(cursor, "close", "member");
    yield [name, xmlString(table, value) ?? ""];
  }
  expectTag(cursor, "close", "value");
}

function mismatch(name: string, actual: string, stored: string): TableProblem {
  const message = `the block's data gives ${actual}, the table at the end says ${stored}`;
  return { code: "checksum-mismatch", name, message };
}

function without(name: string): TableProblem {
  return {
    code: "checksum-without-block",
    name,
    message: "the table at the end names a block that is not there",
  };
}

function unreadable(why: string): TableProblem {
  return { code: "checksum-table-unreadable", name: null, message: why };
}
