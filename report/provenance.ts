/** What a report is about and what it was made of: the ticket that it is for, the tables, the files as they were read. */
import { TABLES_DATE } from "../rules/knowledge/tables-date.ts";
import type { FileReport, InputReport } from "./input.ts";
import { clip, printable } from "./render/printable.ts";
import type { NvramReport } from "./vm.ts";

/** Title and ticket that the user gave; null where none was given. */
export interface Ticket {
  readonly title: string | null;
  readonly referenceId: string | null;
}

export const NO_TICKET: Ticket = { title: null, referenceId: null };

/** As they stand at the head of a report for programs; only what was given. */
export function ticketFields({ title, referenceId }: Ticket): {
  readonly title?: string;
  readonly referenceId?: string;
} {
  return { ...(title === null ? {} : { title }), ...(referenceId === null ? {} : { referenceId }) };
}

const MAX_TITLE = 200;

/** Printable; `standard` where no title was given. */
export function titleText({ title, referenceId }: Ticket, standard: string): string {
  const text = title === null ? standard : clip(printable(title), MAX_TITLE);
  return referenceId === null ? text : `${text} (${clip(printable(referenceId), MAX_TITLE)})`;
}

/** The saved report that `convert` reads; null for what it does not say. */
export interface SavedFrom {
  /** Version of varscope that wrote it; printable. */
  readonly version: string | null;
  /** `YYYY-MM-DD`, the day by which it judged. */
  readonly asOf: string | null;
}

/** Who judged, with what and by which day. */
export function judgedBy(
  tool: { readonly name: string; readonly version: string },
  asOf: string,
  saved: SavedFrom | null = null,
): string {
  if (saved !== null) {
    const version = saved.version === null ? "a version that it does not name" : saved.version;
    const day = saved.asOf === null ? "" : `, which judged as of ${saved.asOf}`;
    return `Told by ${tool.name} ${tool.version} from a saved report of ${version}${day}. Names, findings and their sentences are those of that file, and were not checked; what to do is said by ${tool.name} itself.`;
  }
  return `Judged by ${tool.name} ${tool.version}, whose tables are of ${TABLES_DATE}, as of ${asOf}.`;
}

/** Size, time and digest of a file, as far as they are known. */
export function fileFacts({ bytes, modified, sha256 }: FileReport): string {
  const facts = [
    bytes === null ? "" : `${bytes} bytes`,
    modified === null ? "" : `modified ${modified}`,
    sha256 === null ? "SHA-256 not taken, only a part was read" : `SHA-256 ${sha256}`,
  ];
  return facts.filter((fact) => fact !== "").join(" · ");
}

/** Files, each once: the members of an archive share it, and the archive comes before them. */
export class ToldFiles {
  #place = -1;

  /** The file, the first time that it comes; null later, and where it could not be opened or is no dump. */
  take({ place, file }: Pick<InputReport, "place" | "file">, isClaimed: boolean): FileReport | null {
    if (file === null || !isClaimed || place === this.#place) return null;
    this.#place = place;
    return file;
  }
}

/** Digests of a copy and of the file that it alone stands in: the file's where it is not the same. */
export function digestLines(nvram: NvramReport | null, file: FileReport | null): string[] {
  const ofNvram = nvram?.sha256 ?? null;
  const ofFile = file?.sha256 ?? null;
  return [
    ...(ofNvram === null ? [] : [`NVRAM sha256 ${ofNvram}`]),
    ...(ofFile === null || ofFile === ofNvram ? [] : [`file sha256 ${ofFile}`]),
  ];
}
