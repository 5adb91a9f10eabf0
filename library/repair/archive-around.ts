/** What a runbook is to know of the archive that a record came in. */
import { isAllZero } from "../../parsers/bytes.ts";
import type { Dump } from "../../parsers/model.ts";
import { TAR_BLOCK_BYTES, tarPadding } from "../../parsers/packing/tar.ts";
import type { RunbookSubject } from "../../report/runbook/step.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import type { OpenedInput } from "../input/open-input.ts";
import type { World } from "../world.ts";

/** A metadata export has ova.xml alone, and is never compressed (xapi ocaml/xapi/export.ml, export_metadata). */
export async function archiveOf(
  { document, path, compression }: Pick<OpenedInput, "document" | "path" | "compression">,
  { format }: Pick<Dump, "format">,
  world: Pick<World, "open">,
): Promise<RunbookSubject["archive"]> {
  if (format !== "xva" || path === STANDARD_INPUT || document?.member == null) return null;
  const source = await world.open(path);
  try {
    const { size, readAt } = source;
    if (size === null || readAt === null) return null;
    const { length } = document.bytes;
    const end = document.member.dataOffset + length + tarPadding(length).length;
    const block = compression === null ? await readAt(end, TAR_BLOCK_BYTES) : null;
    return { bytes: size, isMetadataOnly: block?.length === TAR_BLOCK_BYTES && isAllZero(block) };
  } finally {
    await source.close();
  }
}
