/** New texts for copies of an NVRAM, put where the old ones stand in the document. */
import { equalBytes } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import type { VmSource } from "../model.ts";
import { EFI_VARIABLES_KEY } from "../nvram/nvram.ts";
import { METADATA, NVRAM, type RecordMap, skippedAs } from "../records/vm-record.ts";
import { type PlacedText, spanOf, valueInMap } from "../text/placed-text.ts";
import type { Splice } from "../text/splice.ts";

/** Base64 by the number of the copy in `Dump.vms`. */
export type NewTexts = ReadonlyMap<number, Uint8Array>;

/** A text of a record by the names that lead to it; null where there is none. */
type FindText = (...names: readonly string[]) => PlacedText | null;

/** Meets the copies in the order in which their format read them, and gathers a splice for each that gets a new text. */
export class Replacements {
  readonly splices: Splice[] = [];
  private next = 0;
  private readonly vms: readonly VmSource[];
  private readonly texts: NewTexts;

  constructor(vms: readonly VmSource[], texts: NewTexts) {
    this.vms = vms;
    this.texts = texts;
  }

  /** A VM's record with one copy or two. Throws ParseError where the place of a copy cannot be told. */
  record(record: RecordMap, find: FindText): void {
    if (skippedAs(record) !== null) return;
    this.copy(() => find(NVRAM, EFI_VARIABLES_KEY) ?? valueInMap(find(NVRAM), EFI_VARIABLES_KEY));
    if (this.vms[this.next]?.source.endsWith(`${METADATA}.${NVRAM}`) !== true) return;
    this.copy(() => valueInMap(valueInMap(find(METADATA), NVRAM), EFI_VARIABLES_KEY));
  }

  /** A copy by itself. Throws as `record` does. */
  copy(find: () => PlacedText | null): void {
    const index = this.next++;
    const bytes = this.texts.get(index);
    if (bytes === undefined) return;
    const { source = "", nvram = null } = this.vms[index] ?? {};
    const placed = find();
    if (placed === null || nvram?.base64 == null || !equalBytes(placed.bytes, nvram.base64.text)) {
      throw new ParseError({
        code: "bad-structure",
        path: source,
        expected: `the text of ${EFI_VARIABLES_KEY} at a place that can be told`,
        found: "another one",
        next: "Write the NVRAM as a text by itself: --emit efivars --out DIR.",
      });
    }
    this.splices.push({ ...spanOf(placed), bytes });
  }
}
