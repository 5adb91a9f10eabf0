/** The repair of a blob that goes on where no variable can stand: what can be read there stays, the others go. */
import { shortName } from "../../parsers/efi/short-name.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { VarstoredBlob } from "../../parsers/model.ts";
import { type Leftover, leftoverOf } from "../../parsers/nvram/leftover.ts";
import type { Repair } from "./rule.ts";
import { counted, listed } from "./sentences.ts";

const SHOWN_NAMES = 8;

/** Never safe: what goes may have been part of a variable. */
export function dropLeftover(blob: VarstoredBlob): Repair {
  const leftover = leftoverOf(blob);
  const { records, cut } = leftover;
  const left = blob.variables.length + records.length;
  if (left === 0) return { applicability: "manual", title: "Find a whole copy of this NVRAM", patches: [] };
  if (left > VARSTORED_LIMITS.MAX_VARIABLE_COUNT)
    return { applicability: "manual", title: `Choose which of ${left} variables go`, patches: [] };
  const size = ({ start, end }: { readonly start: number; readonly end: number }) => end - start;
  const gone = [...cut.map(({ span }) => size(span)), ...leftover.unread.map(size)];
  const bytes = gone.reduce((sum, one) => sum + one, 0);
  const title = titleOf(leftover, bytes);
  const patches = [{ op: "take-found" }, { op: "drop-rest" }, { op: "rewrite-header" }] as const;
  return { applicability: "unsafe", title, patches };
}

function titleOf(leftover: Leftover, bytes: number): string {
  const { records, cut, unread } = leftover;
  if (records.length + unread.length === 0 && cut.length === 1)
    return `Drop ${cutText(leftover)} (${counted(bytes, "byte")})`;
  const of = cut.length === 0 ? "" : ` (of ${cutText(leftover)})`;
  const drop = `${counted(bytes, "byte")} behind the last variable${of}`;
  if (records.length === 0) return `Drop ${drop}`;
  const found = `Count in ${shownNames(records)}, which can be read behind the last variable`;
  return bytes === 0 ? found : `${found}; drop ${drop}`;
}

function cutText({ cut }: Leftover): string {
  return `${cut.length === 1 ? "the cut record" : "the cut records"} ${shownNames(cut)}`;
}

function shownNames(items: readonly { readonly name: string }[]): string {
  const names = items.slice(0, SHOWN_NAMES).map(({ name }) => shortName(name));
  return items.length > SHOWN_NAMES
    ? `${names.join(", ")} and ${items.length - SHOWN_NAMES} more`
    : listed(names);
}

/** What can be read in a rest, in words. */
export function foundIn({ records, cut }: Leftover): string[] {
  return [
    ...records.map(({ name, data }) => `${shortName(name)} (whole, ${counted(data.length, "byte")})`),
    ...cut.map(
      ({ name, dataSpan }) =>
        `${shortName(name)} (cut, ${counted(dataSpan.end - dataSpan.start, "byte")} of its data)`,
    ),
  ].slice(0, SHOWN_NAMES);
}
