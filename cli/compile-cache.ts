/**
 * Where Node may keep V8's compiled code of the program (node:module, enableCompileCache; Node 22.8 and newer), which halves
 * the time of a short run. What lies there is run: so it has to be a folder of the user's own that nobody else can write to.
 */
import { existsSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join, sep } from "node:path";

/** The folder; null where there is none that is safe: then nothing is cached. */
export function compileCacheFolder(env: NodeJS.ProcessEnv = process.env): string | null {
  // Windows has no owner and no mode to look at.
  const uid = process.getuid?.();
  if (uid === undefined) return null;
  try {
    const cache = userCache(env);
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    const base = realpathSync(cache);
    if (isShared(base)) return null;
    const folder = join(base, "varscope");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stats = lstatSync(folder);
    return stats.isDirectory() && stats.uid === uid && (stats.mode & 0o077) === 0 ? folder : null;
  } catch {
    // No home, or one that cannot be written.
    return null;
  }
}

/** XDG Base Directory Specification; macOS keeps caches in Library. Throws where the user has no home. */
function userCache(env: NodeJS.ProcessEnv): string {
  const named = env["XDG_CACHE_HOME"];
  if (named !== undefined && isAbsolute(named)) return named;
  const home = realpathSync(env["HOME"] ?? homedir());
  return process.platform === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache");
}

/** True for the folder of temporary files, where another user may have made the folder first. */
function isShared(base: string): boolean {
  const shared = [tmpdir(), "/tmp", "/var/tmp"].filter((folder) => existsSync(folder));
  return shared.some((folder) => `${base}${sep}`.startsWith(`${realpathSync(folder)}${sep}`));
}
