/** What a terminal printed, as HTML: the colours and weights that varscope uses (ECMA-48 §8.3.117, SGR). */

const STYLES: Readonly<Record<string, string>> = {
  1: "font-weight:bold",
  2: "opacity:.7",
  4: "text-decoration:underline",
  31: "color:#ff7b72",
  32: "color:#7ee787",
  33: "color:#e3b341",
  34: "color:#79c0ff",
  35: "color:#d2a8ff",
  36: "color:#76e3ea",
  90: "color:#8b949e",
};
/** That end what one of the others began: normal weight, no underline, the usual colour. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  22: ["1", "2"],
  24: ["4"],
  39: ["31", "32", "33", "34", "35", "36", "90"],
};

export function terminalHtml(command: string, printed: string): string {
  const active = new Set<string>();
  const parts = printed.replaceAll("\r", "").split(/\x1b\[([0-9;]*)m/);
  const drawn = parts.map((part, i) => {
    if (i % 2 === 0)
      return `<span style="${[...active].map((code) => STYLES[code] ?? "").join(";")}">${escaped(part)}</span>`;
    for (const code of part.split(";")) {
      if (code === "" || code === "0") active.clear();
      for (const ended of ENDS[code] ?? []) active.delete(ended);
      if (code in STYLES) active.add(code);
    }
    return "";
  });
  return `<!doctype html><meta charset="utf-8"><style>body{margin:0}pre{margin:0;padding:18px 22px;width:max-content;background:#0d1117;color:#e6edf3;font:14px/1.4 "DejaVu Sans Mono",monospace}</style>
<pre><b>$</b> ${escaped(command)}\n${drawn.join("")}</pre>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
