/** One program out of the disks of an input: what `inspect --file` shows and `extract --file` writes. */
import type { OpenedDisk, Volume } from "../../firmware/boot-manager.ts";
import { findLoaders, isSystemPartition } from "../../firmware/loaders.ts";
import { ParseError } from "../../parsers/errors.ts";
import type { World } from "../world.ts";
import { eachVm } from "./boot.ts";

export interface DiskFile {
  readonly vm: { readonly uuid: string | null; readonly nameLabel: string | null };
  readonly disk: string;
  readonly partition: number;
  readonly path: string;
  readonly content: Uint8Array;
}

const MAX_SUGGESTED = 8;

/** Of each VM the first volume that has it, system partitions before others. Throws ParseError where none has. */
export async function filesOnDisks(
  path: string,
  wanted: string,
  vmUuid: string | null,
  world: World,
): Promise<DiskFile[]> {
  const found: DiskFile[] = [];
  const others: string[] = [];
  // An operating system's slashes are as good: no name on a FAT volume has one.
  const inside = wanted.replaceAll("/", "\\");
  await eachVm(path, { nvramPath: null, vmUuid }, world, async (vm, disks) => {
    const { uuid = null, nameLabel = null } = vm ?? {};
    const file = await fileOn(disks, inside);
    if (file !== null) found.push({ vm: { uuid, nameLabel }, ...file });
    else if (others.length < MAX_SUGGESTED)
      for (const loader of (await findLoaders(disks)).found) others.push(loader.path);
  });
  if (found.length > 0) return found;
  const names = [...new Set(others)]
    .slice(0, MAX_SUGGESTED)
    .map((name) => JSON.stringify(name).replaceAll("\\\\", "\\"));
  throw new ParseError({
    code: "not-found",
    path: inside,
    expected: "a file on a FAT volume of the disks",
    found: "none",
    next: names.length === 0 ? "" : `There are ${names.join(", ")}.`,
  });
}

async function fileOn(disks: readonly OpenedDisk[], path: string): Promise<Omit<DiskFile, "vm"> | null> {
  const volumes = disks.flatMap((disk) => disk.volumes);
  const system = volumes.filter(isSystemPartition);
  for (const volume of [...system, ...volumes.filter((one) => !isSystemPartition(one))]) {
    const content = await contentOf(volume, path);
    if (content !== null) return { disk: volume.disk, partition: volume.partition.number, path, content };
  }
  return null;
}

async function contentOf(volume: Volume, path: string): Promise<Uint8Array | null> {
  const fat = await volume.fat();
  const entry = await fat?.find(path);
  return fat == null || entry == null || entry.isFolder ? null : fat.read(entry);
}
