/** Bytes as the tools of a terminal show them. */
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
const ROW = 16;

type Style = "hexdump -C" | "hexdump" | "xxd" | "xxd -p" | "od -x" | "od -t x1" | "Format-Hex";

export const STYLES: readonly Style[] = [
  "hexdump -C",
  "hexdump",
  "xxd",
  "xxd -p",
  "od -x",
  "od -t x1",
  "Format-Hex",
];

/** Rows that repeat the one before are `*`, as hexdump and od write them. */
const SQUEEZED: readonly Style[] = ["hexdump -C", "hexdump", "od -x", "od -t x1"];

const shown = (bytes: readonly number[]): string =>
  bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");

const words = (bytes: readonly number[]): string[] =>
  Array.from({ length: Math.ceil(bytes.length / 2) }, (_, i) =>
    hex((bytes[2 * i + 1] ?? 0) * 256 + (bytes[2 * i] ?? 0), 4),
  );

function row(style: Style, at: number, bytes: readonly number[]): string {
  const single = bytes.map((byte) => hex(byte, 2));
  switch (style) {
    case "hexdump -C": {
      const halves = [single.slice(0, 8).join(" "), single.slice(8).join(" ")].filter((half) => half !== "");
      return `${hex(at, 8)}  ${halves.join("  ").padEnd(48)}  |${shown(bytes)}|`;
    }
    case "hexdump":
      return `${hex(at, 7)} ${words(bytes).join(" ")}`;
    case "od -x":
      return `${at.toString(8).padStart(7, "0")} ${words(bytes).join(" ")}`;
    case "od -t x1":
      return `${at.toString(8).padStart(7, "0")} ${single.join(" ")}`;
    case "xxd": {
      const pairs = single.map((two, i) => (i % 2 === 1 ? `${two} ` : two)).join("");
      return `${hex(at, 8)}: ${pairs.padEnd(41)}${shown(bytes)}`;
    }
    case "xxd -p":
      return single.join("");
    case "Format-Hex":
      return `${hex(at, 8)}   ${single.join(" ").padEnd(47)}  ${shown(bytes)}`;
    default:
      return style satisfies never;
  }
}

export function hexDumpOf(bytes: Uint8Array, style: Style): string {
  const lines: string[] = [];
  let before = "";
  const width = style === "xxd -p" ? 30 : ROW;
  for (let at = 0; at < bytes.length; at += width) {
    const line = [...bytes.subarray(at, at + width)];
    const key = line.join();
    const isRepeated = SQUEEZED.includes(style) && line.length === ROW && key === before;
    if (!isRepeated) lines.push(row(style, at, line));
    else if (lines.at(-1) !== "*") lines.push("*");
    before = key;
  }
  if (style === "hexdump -C") lines.push(hex(bytes.length, 8));
  if (style === "hexdump") lines.push(hex(bytes.length, 7));
  if (style.startsWith("od")) lines.push(bytes.length.toString(8).padStart(7, "0"));
  return `${lines.join("\n")}\n`;
}
