/** How a file of a folder is counted that is in no known format. */

import { OTHER_HYPERVISOR } from "../parsers/formats/foreign.ts";

/** What no format claims. An empty file is no format's, too; in a folder it is as little a fault as any other. */
export const UNCLAIMED_CODES: readonly string[] = ["unrecognised", "empty-input"];

/** Above files that {@link foreignName} names. */
export const FOREIGN_HEADING = "Of other hypervisors: nothing to import";

/** What a file is that another hypervisor keeps of its VMs, as its error says; null for any other file. */
export function foreignName(
  error: { readonly code: string; readonly message: string } | null,
): string | null {
  if (error === null || error.code === "no-dumps" || !error.message.endsWith(OTHER_HYPERVISOR)) return null;
  const told = error.message.slice(0, -OTHER_HYPERVISOR.length);
  return told.slice(told.lastIndexOf(", found ") + ", found ".length).replace(/\.\s*$/, "");
}
