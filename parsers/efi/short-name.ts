const SHOWN_CHARACTERS = 64;

/** What has no name is called this. */
export const NAMELESS = "(a variable without a name)";

/** A variable's name for a sentence: well-formed, never empty, and cut where it is longer than anybody reads. */
export function shortName(name: string): string {
  if (name === "") return NAMELESS;
  const text = name.toWellFormed();
  return text.length <= SHOWN_CHARACTERS
    ? text
    : `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters)`;
}
