/** Commands that take one dump also take what a guest shows of itself as a folder, or as an archive that holds nothing else. */

import { type OpenedInput, type OpenOptions, openInput } from "../../library/input/open-input.ts";
import type { Element } from "../../library/judge/element.ts";
import type { World } from "../../library/world.ts";
import { viewOfCopy } from "../../parsers/guest/view.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { isFolder } from "./byte-source.ts";
import { openGuestFolder } from "./guest-folder.ts";

/** True for a folder that is no view of a guest: those commands do not walk it. */
export async function isOtherFolder(path: string): Promise<boolean> {
  return (await isFolder(path)) && (await openGuestFolder(path)) === null;
}

/** As `openInput`; of an archive with the view of one guest, that. */
export async function openOne(
  path: string,
  world: World,
  options: OpenOptions = { suspended: true },
): Promise<OpenedInput> {
  const opened = await openInput(path, world, undefined, options);
  if (opened.dump !== null || path === STANDARD_INPUT || !isOfArchive(opened)) return opened;
  const view = await onlyView(path, world);
  return view === null ? opened : { ...opened, dump: view.dump, error: view.error };
}

/** What an archive comes to that is no export. */
function isOfArchive({ error }: OpenedInput): boolean {
  return error?.code === "unrecognised" || error?.code === "no-ova-xml";
}

async function onlyView(path: string, world: World): Promise<Element | null> {
  const { openElements } = await import("../../library/judge/elements.ts");
  let found: Element | null = null;
  for await (const element of openElements(path, world)) {
    const vms = element.dump?.vms ?? [];
    if (vms.length === 0) continue;
    if (found !== null || !vms.every((vm) => viewOfCopy(vm) !== null)) return null;
    found = element;
  }
  return found;
}
