/** UUIDs of records as they may stand in commands and names of files: evidence can say anything there. */

const PLAIN_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isPlainUuid(uuid: string | null): uuid is string {
  return uuid !== null && PLAIN_UUID.test(uuid);
}

/** For commands: what is no UUID is not typed for anybody. */
export function uuidInCommand(uuid: string | null): string {
  return isPlainUuid(uuid) ? uuid : "UUID";
}
