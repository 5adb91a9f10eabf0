/** UUIDs for commands and file names. The field of a record may hold any text, so it is checked first. */

const PLAIN_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isPlainUuid(uuid: string | null): uuid is string {
  return uuid !== null && PLAIN_UUID.test(uuid);
}

/** The UUID for a printed command; the word UUID where the text is none, so that no command runs what an input says. */
export function uuidInCommand(uuid: string | null): string {
  return isPlainUuid(uuid) ? uuid : "UUID";
}
