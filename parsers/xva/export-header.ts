/** The header of ova.xml: who wrote the export (xapi ocaml/xapi/importexport.ml, rpc_of_version). */
import { ParseError } from "../errors.ts";
import { nextMember, readValue, skipMember, type XmlValue } from "../text/xml-rpc.ts";
import { expectTag, readTag, xmlCursor } from "../text/xml-scanner.ts";

const UTF8_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/** The struct `version`, which stands in front of the objects; null where there is none, or where it cannot be read. */
export function readExportHeader(ovaXml: Uint8Array): XmlValue | null {
  try {
    const isMarked = UTF8_MARK.every((byte, i) => ovaXml[i] === byte);
    const cursor = xmlCursor(ovaXml, isMarked ? UTF8_MARK.length : 0);
    expectTag(cursor, "open", "value");
    expectTag(cursor, "open", "struct");
    for (let name = nextMember(cursor); name !== "version"; name = nextMember(cursor)) {
      if (name === null) return null;
      skipMember(cursor);
    }
    return readValue(cursor, readTag(cursor), true);
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}
