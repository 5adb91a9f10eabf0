/** Files of what was dropped or chosen, folders among them, in the order of their paths. */
import type { PageSource } from "./protocol.ts";

/** Files that are taken; a remote of a thousand VMs has some 50,000. */
const MAX_FILES = 200_000;
const MAX_DEPTH = 32;

export interface Chosen {
  readonly sources: readonly PageSource[];
  /** The folder that all are files of; null for files that were named one by one. */
  readonly folder: string | null;
}

/** File System Access API, 2.6: Chromium alone has it. */
interface HandleItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/** Of Streams and File System Standard: TypeScript's types of the DOM have it apart. */
interface Listed {
  values(): AsyncIterable<FileSystemFileHandle | FileSystemDirectoryHandle>;
}

/** A dropped folder; a page opened from a disk gets no files of an entry in Chromium (EncodingError), but of a handle. */
interface Folder {
  readonly entry: FileSystemDirectoryEntry;
  readonly handle: Promise<FileSystemHandle | null> | null;
}

/** Null where there are more than MAX_FILES. */
export async function droppedSources(transfer: DataTransfer): Promise<Chosen | null> {
  // All of them have to be taken before the first pause: then the list is emptied (HTML Standard, drag data store mode).
  const items = [...transfer.items].map((item): File | Folder | null => {
    const entry = item.webkitGetAsEntry();
    if (entry?.isDirectory !== true) return item.getAsFile();
    const handle = (item as HandleItem).getAsFileSystemHandle?.() ?? null;
    return { entry: entry as FileSystemDirectoryEntry, handle };
  });
  const sources: PageSource[] = [];
  const folders: string[] = [];
  for (const item of items) {
    if (item === null) continue;
    if (item instanceof File) {
      sources.push({ name: item.name, file: item });
      continue;
    }
    const { entry } = item;
    folders.push(entry.name);
    const handle = await item.handle;
    const isWhole =
      handle === null
        ? await collect(entry, 0, sources)
        : await collectOf(handle as FileSystemDirectoryHandle, entry.name, 0, sources);
    if (!isWhole) return null;
  }
  const [only, ...others] = folders;
  const folder = only === undefined ? null : others.length === 0 ? only : "the dropped folders";
  return { sources: named(sources), folder };
}

/** Of an input for files or for a folder; null where there are more than MAX_FILES. */
export function chosenSources(files: FileList): Chosen | null {
  if (files.length > MAX_FILES) return null;
  const path = files[0]?.webkitRelativePath ?? "";
  const folder = path === "" ? null : path.slice(0, path.indexOf("/"));
  return {
    sources: named([...files].map((file) => ({ name: file.webkitRelativePath || file.name, file }))),
    folder,
  };
}

/** In order, and no two of one name: files of several folders may share theirs. */
function named(sources: readonly PageSource[]): PageSource[] {
  const taken = new Set<string>();
  const sorted = [...sources].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return sorted.map((source) => {
    let name = source.name;
    for (let count = 2; taken.has(name); count++) name = `${source.name} (${count})`;
    taken.add(name);
    return { ...source, name };
  });
}

async function collectOf(
  folder: FileSystemDirectoryHandle,
  path: string,
  depth: number,
  sources: PageSource[],
): Promise<boolean> {
  if (depth === MAX_DEPTH) return true;
  for await (const child of (folder as unknown as Listed).values()) {
    if (sources.length >= MAX_FILES) return false;
    const name = `${path}/${child.name}`;
    if (child.kind === "file") sources.push({ name, file: await child.getFile() });
    else if (!(await collectOf(child, name, depth + 1, sources))) return false;
  }
  return true;
}

async function collect(entry: FileSystemEntry, depth: number, sources: PageSource[]): Promise<boolean> {
  if (sources.length >= MAX_FILES) return false;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    sources.push({ name: entry.fullPath.replace(/^\//, ""), file });
    return true;
  }
  if (depth === MAX_DEPTH) return true;
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // Chromium hands out at most a hundred at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return true;
    for (const one of some) if (!(await collect(one, depth + 1, sources))) return false;
  }
}
