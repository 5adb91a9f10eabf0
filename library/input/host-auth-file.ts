/** The four files from which a host writes the keys of VMs: known by their names, where what they hold does not tell it. */
import type { Dump } from "../../parsers/model.ts";
import { basename } from "../../parsers/paths.ts";
import type { World } from "../world.ts";

/** Names that varstored opens (varstored handler.c, auth_info). */
export const HOST_AUTH_FILES: readonly string[] = ["PK.auth", "KEK.auth", "db.auth", "dbx.auth"];

/** Which of them lie in the folder of a file that is called as one of them; null for every other file. */
export function hostAuthFolder(path: string, { beside }: Pick<World, "beside">): readonly string[] | null {
  if (!HOST_AUTH_FILES.includes(basename(path))) return null;
  const { see } = beside(path);
  return HOST_AUTH_FILES.filter((name) => see(name).state !== "missing");
}

/** The dump of one of them with what lies around it. */
export function inFolder(dump: Dump, folder: readonly string[]): Dump {
  return { ...dump, certificates: dump.certificates.map((set) => ({ ...set, folder })) };
}
