/** Where every byte of a blob belongs: a sum by kind, and range by range. */
import type { AccountedRange, ByteKind } from "../../parsers/byte-account.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
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
    ...(look.bytes ? rangeTable(ranges, look.columns) : ["  --bytes shows it range by range"]),
  ];
}

function rangeTable(ranges: readonly AccountedRange[], columns: number): string[] {
  const rows = ranges.map(({ start, end, what, path }) => [
    `0x${start.toString(16).padStart(6, "0")}`,
    `0x${end.toString(16).padStart(6, "0")}`,
    String(end - start),
    what,
    path,
  ]);
  return renderTable({ head: ["From", "To", "Bytes", "What", "Path"], rows, flexible: 4, columns });
}
