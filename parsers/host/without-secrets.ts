/**
 * A line of a log that is shown: what may be a secret in it is left out. A reference of a session opens xapi to whoever has it
 * (xen-api, Datamodel of session), so no reference is shown; nor is a long value, which may be a key or an NVRAM.
 */

const LEFT_OUT = "[left out]";

/** The value after a name that says that it is secret, up to a space or the end of its quotation. */
const NAMED =
  /\b(\w{0,40}(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|session(?:_id|_ref)?|api_?key|cookie|authorization)\w{0,40}["']?\s{0,3}[=:]\s{0,3})(?:(?:bearer|basic)\s{1,3})?("[^"]*"?|'[^']*'?|[^\s,;&)\]}]+)/gi;
/** `user:password@` of an address. */
const OF_ADDRESS = /(\/\/)[^\s/@]{1,200}@/g;
const REFERENCE = /\b(OpaqueRef:)[\w-]+/gi;
const IP_V4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g;
/** As long as 16 bytes in base64, or longer. A UUID has hyphens, and a place in a program is `address+0x1d/0x20`. */
const LONG = /(?<![\w+/=-])(?=[A-Za-z/+]*[\d=])(?!\w*\+0x)[A-Za-z0-9+/]{22,}={0,2}(?![\w+/=-])/g;

export function withoutSecrets(line: string): string {
  return line
    .replace(NAMED, `$1${LEFT_OUT}`)
    .replace(OF_ADDRESS, `$1${LEFT_OUT}@`)
    .replace(REFERENCE, `$1${LEFT_OUT}`)
    .replace(LONG, LEFT_OUT)
    .replace(IP_V4, LEFT_OUT);
}
