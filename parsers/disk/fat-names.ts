/** Names on a FAT volume, as EDK2 compares them (FatPkg/EnhancedFatDxe/DirectoryManage.c, UnicodeCollation EnglishDxe). */

const SHORT_NAME = /^([^.]{1,8})(?:\.([^.]{0,3}))?$/;
const SHORT_CHARACTERS = /^[0-9A-Z_^$~!#%&\-{}()@`']*$/;
const INVALID = /["*/:<>?|\u0000-\u001f]/;
const SPACE = 0x20;

/** Upper and lower case are told apart only up to U+00FF; nothing above is folded. */
export function foldedName(name: string): string {
  return name.replace(/[a-z\u00e0-\u00f6\u00f8-\u00fe]/g, (letter) =>
    String.fromCharCode(letter.charCodeAt(0) - 0x20),
  );
}

/** The 11 bytes, as Latin-1, of a name that fits 8.3; null for one that does not. */
export function shortForm(name: string): string | null {
  const [, base, extension = ""] = SHORT_NAME.exec(name.replace(/[a-z]/g, (c) => c.toUpperCase())) ?? [];
  if (base === undefined || !SHORT_CHARACTERS.test(base + extension)) return null;
  return base.padEnd(8) + extension.padEnd(3);
}

/** No code page: each byte is the character of its number. */
export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** What a short entry is called, by its two flags of case. */
export function shortName(bytes: Uint8Array, caseFlags: number): string {
  const text = (start: number, end: number, isLower: boolean): string => {
    let last = end;
    while (last > start && bytes[last - 1] === SPACE) last--;
    const part = latin1(bytes.subarray(start, last));
    return isLower ? part.replace(/[A-Z]/g, (c) => c.toLowerCase()) : part;
  };
  const extension = text(8, 11, (caseFlags & 0x10) !== 0);
  const base = text(0, 8, (caseFlags & 0x08) !== 0);
  return extension === "" ? base : `${base}.${extension}`;
}

/** The parts of a path, `.` left out; null where one could not be a name. */
export function pathParts(path: string): string[] | null {
  const parts: string[] = [];
  for (const part of path.split("\\")) {
    const name = part.replace(/^ +/, "").replace(/[ .]+$/, "");
    if (part === "..") parts.pop();
    if (name === "") continue;
    if (INVALID.test(name)) return null;
    parts.push(name);
  }
  return parts;
}
