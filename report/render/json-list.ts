/** A document that is a head and one long list: as `jsonText(…, 2)` writes it, without a text of the whole. */
import { nested } from "./element-text.ts";
import { Pieces } from "./pieces.ts";
import { jsonText } from "./printable.ts";

export async function writeJsonList(
  head: Readonly<Record<string, unknown>>,
  name: string,
  list: Iterable<unknown>,
  write: (text: string) => Promise<void>,
): Promise<void> {
  const pieces = new Pieces(write);
  for (const [key, value] of Object.entries(head))
    await pieces.put(
      `${key === Object.keys(head)[0] ? "{" : ","}\n  ${jsonText(key, 0)}: ${nested(value, 1)}`,
    );
  await pieces.put(`,\n  ${jsonText(name, 0)}: [`);
  let count = 0;
  for (const one of list) await pieces.put(`${count++ === 0 ? "" : ","}\n    ${nested(one, 2)}`);
  await pieces.put(count === 0 ? "]\n}\n" : "\n  ]\n}\n");
  await pieces.flush();
}

/** The same as lines, one for each of the list. */
export async function writeJsonLines(
  list: Iterable<unknown>,
  write: (text: string) => Promise<void>,
): Promise<void> {
  const pieces = new Pieces(write);
  for (const one of list) await pieces.put(`${jsonText(one, 0)}\n`);
  await pieces.flush();
}
