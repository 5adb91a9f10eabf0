const SHOWN_CHARACTERS = 64;

/** A variable's name for a sentence: well-formed, and cut where it is longer than anybody reads. */
export function shortName(name: string): string {
  const text = name.toWellFormed();
  return text.length <= SHOWN_CHARACTERS
    ? text
    : `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters)`;
}
