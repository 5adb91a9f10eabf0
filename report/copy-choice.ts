/** Which copies of an NVRAM a command is about, where an input holds several. */
import type { VmSource } from "../parsers/model.ts";
import { clip, printable } from "./render/printable.ts";

/** An input has no copy that fits the choice, in words for the one who chose. */
export class NoSuchCopy extends Error {
  override readonly name: string = "NoSuchCopy";
}

export interface CopyChoice {
  /** In lower case; null for every VM. */
  readonly vmUuid: string | null;
  /** As the report names it, such as `snapshot_metadata.NVRAM`; null for every copy. */
  readonly source: string | null;
}

const MAX_LISTED = 10;
const MAX_NAME = 60;

/** Copies with an NVRAM, in their order. Throws NoSuchCopy where the choice leaves none of several. */
export function chooseCopies(vms: readonly VmSource[], { vmUuid, source }: CopyChoice): readonly VmSource[] {
  const withNvram = vms.filter(({ nvram }) => nvram !== null && nvram.state !== "not-in-record");
  const chosen = withNvram.filter(
    (vm) =>
      (vmUuid === null || vm.uuid?.toLowerCase() === vmUuid) && (source === null || vm.source === source),
  );
  if (chosen.length > 0 || (vmUuid === null && source === null)) return chosen;
  const wanted = [
    vmUuid === null ? "" : `of the VM ${vmUuid}`,
    source === null ? "" : `named ${clip(printable(source), MAX_NAME)}`,
  ];
  throw new NoSuchCopy(
    `The input has no NVRAM ${wanted.filter((part) => part !== "").join(" and ")}. ${copiesText(withNvram)}`,
  );
}

/** `It has 2 NVRAMs: …`, for the one who has to choose. */
export function copiesText(copies: readonly VmSource[]): string {
  if (copies.length === 0) return "It has none at all.";
  const names = copies.slice(0, MAX_LISTED).map(({ uuid, source, nameLabel }) => {
    const label = nameLabel === null ? "" : ` (${clip(printable(nameLabel), MAX_NAME)})`;
    return `${uuid === null ? "" : `${clip(printable(uuid), MAX_NAME)} `}${printable(source)}${label}`;
  });
  const more = copies.length > MAX_LISTED ? ", …" : "";
  return `It has ${copies.length}: ${names.join(", ")}${more}.`;
}
