/**
 * The database of a pool: state.db of a host, what `xe pool-dump-database` writes, the database of a metadata backup, and
 * xapi-db.xml of a bug report, which ElementTree has written anew.
 */
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { readTag, xmlCursor } from "../text/xml-scanner.ts";
import { databaseReader } from "../xapi-db/database-reader.ts";
import type { StreamedFormat } from "./format.ts";

const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

declare module "../model.ts" {
  interface FormatIds {
    "xapi-db": true;
  }
}

export const xapiDb: StreamedFormat = {
  id: "xapi-db",
  title: "a database of xapi",
  maxBytes: PARSER_LIMITS.maxXapiDbBytes,
  ending: ".xml",
  probe: isDatabase,
  reader: databaseReader,
};

/** `<database>` with a manifest or a table in it. */
function isDatabase(head: Uint8Array): boolean {
  const isMarked = BYTE_ORDER_MARK.every((byte, i) => head[i] === byte);
  try {
    const cursor = xmlCursor(head, isMarked ? BYTE_ORDER_MARK.length : 0);
    const root = readTag(cursor);
    if (root.name !== "database" || root.kind !== "open") return false;
    const { name } = readTag(cursor);
    return name === "manifest" || name === "table";
  } catch (error) {
    if (error instanceof ParseError) return false;
    throw error;
  }
}
