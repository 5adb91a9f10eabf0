/** Paths of POSIX, as words: nothing here looks at a disk. The same as Node's `path.posix` (compared in a test). */

/** The last part of the path; a slash at the end is ignored. */
export function basename(path: string): string {
  const trimmed = withoutEndingSlashes(path);
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

/** The path without its last part: `.` for a name alone, `/` at the root. */
export function dirname(path: string): string {
  const at = withoutEndingSlashes(path).lastIndexOf("/");
  if (at === 1 && isAbsolute(path)) return "//";
  if (at > 0) return path.slice(0, at);
  return isAbsolute(path) ? "/" : ".";
}

export function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

/** The path without `.`, double slashes, and `NAME/..`. */
export function normalize(path: string): string {
  if (path === "") return ".";
  const isFromRoot = isAbsolute(path);
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.length > 0 && names.at(-1) !== "..") names.pop();
    else if (!isFromRoot) names.push("..");
  }
  const inside = names.join("/");
  const end = path.endsWith("/") && inside !== "" ? "/" : "";
  if (isFromRoot) return `/${inside}${end}`;
  return inside === "" ? (path.endsWith("/") ? "./" : ".") : `${inside}${end}`;
}

export function join(...parts: readonly string[]): string {
  const all = parts.filter((part) => part !== "").join("/");
  return all === "" ? "." : normalize(all);
}

function withoutEndingSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}
