/** The licences of the packages that are bundled: each demands that its text goes wherever its code goes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PACKAGE = /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/;
const LICENCE_FILE = /^licen[cs]e/i;
/** The published file is of ASCII. */
const ASCII = new Map([
  ["\u201c", '"'],
  ["\u201d", '"'],
  ["\u2019", "'"],
  ["\u00a9", "(c)"],
]);

/**
 * Lines: each text once, below the names of the packages that have it. `inputs` are those of esbuild's metafile. Throws where
 * a package has none.
 */
export function licenceLines(inputs) {
  const folders = new Set(Object.keys(inputs).flatMap((path) => PACKAGE.exec(path)?.[0] ?? []));
  const namesByText = new Map();
  for (const folder of [...folders].sort()) {
    const text = licenceOf(folder);
    namesByText.set(text, [...(namesByText.get(text) ?? []), titleOf(folder)]);
  }
  return [...namesByText].flatMap(([text, names]) => [`${names.join(", ")}:`, "", ...text.split("\n"), ""]);
}

function titleOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return `${name} ${version} (${license})`;
}

function licenceOf(folder) {
  const file = readdirSync(folder).find((name) => LICENCE_FILE.test(name));
  if (file === undefined) throw new Error(`${folder} has no file with its licence`);
  return readFileSync(join(folder, file), "utf8")
    .trim()
    .replaceAll("\r\n", "\n")
    .replace(/[^\n -~]/gu, (character) => {
      const plain = ASCII.get(character);
      if (plain === undefined) throw new Error(`no ASCII for "${character}" in the licence of ${folder}`);
      return plain;
    });
}
