/**
 * Commands that take one dump also take a member of an archive by its name in reports, and what a guest shows of itself as a
 * folder or as an archive that holds nothing else.
 */

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

/** As `openInput`; of an archive with the view of one guest, that; of a member of an archive (`X!member`), the dump in it. */
export async function openOne(
  path: string,
  world: World,
  options: OpenOptions = { suspended: true },
): Promise<OpenedInput> {
  const opened = await openInput(path, world, undefined, options);
  if (opened.error?.code === "not-found") return (await memberOf(path, world, options)) ?? opened;
  if (opened.dump !== null || path === STANDARD_INPUT || !isOfArchive(opened)) return opened;
  const view = await onlyView(path, world);
  return view === null ? opened : { ...opened, dump: view.dump, error: view.error };
}

/** Null where the path names no member of an archive. */
async function memberOf(path: string, world: World, options: OpenOptions): Promise<OpenedInput | null> {
  const { namedMember, severalInside } = await import("../../library/archive/named-member.ts");
  const member = await namedMember(path, world);
  if (member === null) return null;
  const { memberElements } = await import("../../library/judge/elements.ts");
  const read = { path, document: null, compression: null, bytesRead: 0 };
  for await (const { path: one, dump, error } of memberElements(member, world, undefined, options))
    return one === path ? { ...read, dump, error } : { ...read, dump: null, error: severalInside(member) };
  return null;
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
