const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
/** Of a tag: its number, without class and form. */
const NUMBER = 0x1f;

/**
 * OpenSSL 3.5 refuses a time that is too short anywhere, the 3.0 of the daemon and of Node 20 reads it as no time: whether
 * a change at one of these places made a time, or a time's length another.
 */
export function hasNewTime(bytes: Uint8Array, places: readonly number[]): boolean {
  if (process.versions.openssl.startsWith("3.0.")) return false;
  const isTime = (at: number) => [UTC_TIME, GENERALIZED_TIME].includes((bytes[at] ?? 0) & NUMBER);
  return places.some((place) => isTime(place % bytes.length) || isTime((place % bytes.length) - 1));
}
