/** Names of packages as rpm prints them: `name-version-release.arch` (rpm, doc/manual/queryformat). */
import type { HostPackage } from "./host-file.ts";

const ARCH = "x86_64|noarch|i[3-6]86|aarch64|src";
/** The epoch stands before the name in yum's log, and after it in other places. */
const FULL_NAME = new RegExp(
  `^(?:\\d+:)?([A-Za-z0-9][A-Za-z0-9_+.-]{0,127})-(?:\\d+:)?([A-Za-z0-9_.+~^]{1,64}-[A-Za-z0-9_.+~^]{1,96}?)(?:\\.(${ARCH}))?$`,
);

/** Null for a text that is no such name. */
export function readPackageName(text: string): HostPackage | null {
  const match = FULL_NAME.exec(text);
  if (match === null) return null;
  const [, name = "", version = "", arch] = match;
  return { name, version, arch: arch ?? null };
}

/** The daemon that holds the NVRAM of VMs, of XCP-ng 8.2 and 8.3, and what belongs to it. */
const WATCHED: ReadonlySet<string> = new Set([
  "varstored",
  "varstored-tools",
  "uefistored",
  "uefistored-tools",
]);

export function isWatched({ name }: HostPackage): boolean {
  return WATCHED.has(name);
}
