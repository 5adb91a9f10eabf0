/** What `xe` prints of several fields, as its own printer lays it out (xapi ocaml/xapi-cli-server/cli_printer.ml). */

const RIGHTS: Readonly<Record<string, string>> = {
  uuid: " RO",
  platform: "MRW",
  NVRAM: "MRW",
  "HVM-boot-params": "MRW",
};

export type XeFields = Readonly<Record<string, string | undefined>>;

/** The first label on the left, the others on the right. */
export function xeRecord(fields: XeFields): string {
  const labels = Object.keys(fields).map((name) => `${name} (${RIGHTS[name] ?? " RW"})`);
  const width = 4 + Math.max(...labels.map((label) => label.length));
  const lines = Object.values(fields).map((value, i) => {
    const label = labels[i] ?? "";
    return `${i === 0 ? label.padEnd(width) : label.padStart(width)}: ${value}`;
  });
  return `${lines.join("\n")}\n`;
}

export function xeListing(...records: readonly XeFields[]): string {
  return records.map(xeRecord).join("\n\n");
}
