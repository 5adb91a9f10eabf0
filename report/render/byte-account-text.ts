/** Where every byte of a blob belongs: a sum by kind, and range by range. */
import { largest } from "../../parsers/arrays.ts";
import type { AccountedRange, ByteKind } from "../../parsers/nvram/byte-account.ts";
import type { Style } from "./style.ts";
import { wrap } from "./text.ts";

interface AccountLook {
  readonly style: Style;
  readonly columns: number;
  /** Range by range, not the sum alone. */
  readonly bytes: boolean;
}

const GROUP_OF: Readonly<Record<ByteKind, string>> = {
  magic: "header",
  version: "header",
  "variable-count": "header",
  "data-length-of-all": "header",
  mor_key: "mor_key and ppi_vdata",
  ppi_vdata: "mor_key and ppi_vdata",
  "name-length": "other fields of the records",
  "data-length": "other fields of the records",
  guid: "other fields of the records",
  attributes: "other fields of the records",
  timestamp: "other fields of the records",
  digest: "other fields of the records",
  name: "names",
  data: "data",
  "signature-list-header": "headers of signature lists",
  "signature-header": "headers of signature lists",
  signatures: "signatures",
  slack: "slack in signature lists",
  "not-decoded": "not decoded",
};

export function byteAccountLines(ranges: readonly AccountedRange[], look: AccountLook): string[] {
  const sums = new Map<string, number>();
  let total = 0;
  for (const { what, start, end } of ranges) {
    sums.set(GROUP_OF[what], (sums.get(GROUP_OF[what]) ?? 0) + end - start);
    total += end - start;
  }
  const parts = [...sums].map(([group, bytes]) => `${bytes} ${group}`);
  return [
    "",
    look.style.bold("Byte account"),
    ...wrap(`${total} bytes: ${parts.join(", ")}`, look.columns, 2),
    ...(look.bytes ? rangeLines(ranges) : ["  --bytes shows it range by range"]),
  ];
}

const MAX_KIND = largest(Object.keys(GROUP_OF).map(({ length }) => length));

/** Thousands of lines of one form, for which a table would be slow. */
function rangeLines(ranges: readonly AccountedRange[]): string[] {
  const line = (from: string, to: string, bytes: string, what: string, path: string): string =>
    `${from.padEnd(11)}${to.padEnd(11)}${bytes.padEnd(8)}${what.padEnd(MAX_KIND + 2)}${path}`;
  const hex = (offset: number): string => `0x${offset.toString(16).padStart(6, "0")}`;
  return [
    line("From", "To", "Bytes", "What", "Path"),
    ...ranges.map(({ start, end, what, path }) =>
      line(hex(start), hex(end), String(end - start), what, path),
    ),
  ];
}
