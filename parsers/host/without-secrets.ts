/**
 * A line of a log that is shown: what may be a secret in it is left out. A reference of a session opens xapi to whoever has it
 * (xen-api, Datamodel of session), so no reference is shown; nor is a long value, which may be a key or an NVRAM. Where a value ends cannot
 * be known in a text of any program: behind a word that says "secret" the whole rest of the line is left out.
 *
 * Anybody may have written such a line, and it has up to `maxHostLineBytes`. So each repetition below has an upper bound, or nothing
 * follows that could make it give back what it took: no place of a line costs more than some hundred steps.
 */

import { ascii } from "../bytes.ts";
import { decodeUtf8 } from "../text/text-encoding.ts";

const LEFT_OUT = "[left out]";

/** Words behind which nothing is shown, whatever separates the value from them. */
const NAMED =
  /(?:passw(?:or)?d|pass[_-]?(?:phrase|code|key)|pwd|secret|credential|(?:private|api|access|shared)[_ -]?key|(?:access|auth|bearer|csrf|refresh)[_-]?token|(?<![a-z])(?:psk|bearer|cookie|authorization|session[_-]?(?:id|ref|key|token)))\w*["'\\]{0,4}\s{0,3}(?:=>|->|[=:]|%3[ad]|(?:is|was)\b)?["'\\]{0,4}\s{0,3}/gi;
/** Words that mean something else, too: a separator shows that a value follows. */
const ASSIGNED =
  /(?:(?<![a-z])(?:(?:pass|pw)["'\\]{0,4}\s{0,3}(?:=>|->|[=:]|%3[ad]|(?:is|was)\b)|(?:token|session)["'\\]{0,4}\s{0,3}(?:=>?|%3d))|(?<![\w-])--?(?:pass|pw|token|session)\s)["'\\]{0,4}\s{0,3}/gi;
/** `user:password@`, and whatever stands before the `@` of an address. */
const OF_ADDRESS = /(\/\/)[^\s/]{1,200}@/g;
const USER_AND_PASSWORD = /(?<![^\s"'=(,;[<])[^\s/@:]{1,64}:\S{1,128}@/g;
/** The units of systemd have an `@` as well. */
const MAIL =
  /[\w.+-]{1,64}@(?![\w.-]{0,80}\.(?:service|socket|target|mount|slice|timer)\b)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g;
const REFERENCE = /((?:Opaque|\b)Ref(?::|%3A)\s{0,3})[\w-]+/gi;
/** Sessions of xapi have UUIDs. */
const SESSION = /(\bsession[\s:]{1,3})[0-9a-f-]{36}(?![\w-])/gi;
const IP_V4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)/g;
const IP_V6 = /(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?![\w:])/gi;
const MAC = /(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])/gi;
/** Eight bytes or more, each by itself. */
const BYTES = /(?<![\w:-])(?:(?:0x)?[0-9a-f]{2},?[ :-]){7,}(?:0x)?[0-9a-f]{2}(?!\w)/gi;
/** JSON Web Token: its parts are JSON in base64url (RFC 7519). */
const JSON_WEB_TOKEN = /(?<![A-Za-z0-9])eyJ[\w.-]{5,}/g;
/** As long as 16 bytes in base64 or base64url, or longer; paths and names with hyphens are such runs, too. */
const RUN = /[\w+/%-]{22,}={0,2}/g;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** A part of a name, a number, an address in memory. */
const WORD = /^(?:[a-z]{0,16}\d{0,20}|(?:0x)?[0-9a-f]{1,16})$/i;
/** No name in a program or a path is longer where it has no digit. */
const MAX_NAME = 40;

/** All of them: a test looks at how they repeat. */
export const EXPRESSIONS: readonly RegExp[] = [
  NAMED,
  ASSIGNED,
  OF_ADDRESS,
  USER_AND_PASSWORD,
  MAIL,
  REFERENCE,
  SESSION,
  JSON_WEB_TOKEN,
  BYTES,
  MAC,
  RUN,
  UUID,
  WORD,
  IP_V4,
  IP_V6,
];

/** Of a line that was read with one character a byte, as lines of logs are: logs are UTF-8. */
export function shownText(line: string): string {
  return withoutSecrets(decodeUtf8(ascii(line)).trim());
}

export function withoutSecrets(line: string): string {
  return withoutRest(withoutRest(line, NAMED), ASSIGNED)
    .replace(OF_ADDRESS, `$1${LEFT_OUT}@`)
    .replace(USER_AND_PASSWORD, `${LEFT_OUT}@`)
    .replace(MAIL, LEFT_OUT)
    .replace(REFERENCE, `$1${LEFT_OUT}`)
    .replace(SESSION, `$1${LEFT_OUT}`)
    .replace(JSON_WEB_TOKEN, LEFT_OUT)
    .replace(BYTES, LEFT_OUT)
    .replace(MAC, LEFT_OUT)
    .replace(RUN, (run) => (isName(run) ? run : LEFT_OUT))
    .replace(IP_V4, LEFT_OUT)
    .replace(IP_V6, (address) => (isAddress(address) ? LEFT_OUT : address));
}

/** Up to the first word of a secret; a line that ends with that word has no secret behind it. */
function withoutRest(line: string, word: RegExp): string {
  const first = line.search(word);
  if (first < 0) return line;
  const told = new RegExp(word.source, "iy");
  told.lastIndex = first;
  const end = first + (told.exec(line)?.[0].length ?? 0);
  return /[^\s.,;:!?()'"\]}>]/.test(line.slice(end)) ? `${line.slice(0, end)}${LEFT_OUT}` : line;
}

/** True for a path, a UUID, a name in a program: each of its parts is a word or a number. */
function isName(run: string): boolean {
  if (run.endsWith("=")) return false;
  const rest = run.replace(UUID, "");
  if (!/\d/.test(rest)) return rest.split(/[+/_%-]/).every((part) => part.length <= MAX_NAME);
  return rest.split(/[+/_%-]/).every((part) => WORD.test(part));
}

/** True for no time, such as 10:11:12. */
function isAddress(text: string): boolean {
  return /[0-9a-f]/i.test(text) && (text.includes("::") || text.split(":").length === 8);
}
