/** The four .auth files whose keys a host writes into new VMs. They are known by name where the content does not tell. */
import type { Dump } from "../../parsers/model.ts";
import { basename } from "../../parsers/paths.ts";
import type { World } from "../world.ts";

/** Names that varstored opens (varstored handler.c, auth_info). */
export const HOST_AUTH_FILES: readonly string[] = ["PK.auth", "KEK.auth", "db.auth", "dbx.auth"];

/** Which of the four lie in the folder of this file; null where the file itself does not have one of the four names. */
export function hostAuthFolder(path: string, { beside }: Pick<World, "beside">): readonly string[] | null {
  if (!HOST_AUTH_FILES.includes(basename(path))) return null;
  const { see } = beside(path);
  return HOST_AUTH_FILES.filter((name) => see(name).state !== "missing");
}

/** The dump of an .auth file, with the names of the other .auth files in its folder. */
export function inFolder(dump: Dump, folder: readonly string[]): Dump {
  return { ...dump, certificates: dump.certificates.map((set) => ({ ...set, folder })) };
}
