/** Lines of varstored that no pattern knows: shown without what may be secret, since one of them may be the reason that a VM does not start. */
import { PARSER_LIMITS } from "../limits.ts";
import type { LogTime, UnknownLine } from "./host-file.ts";
import { shownText } from "./without-secrets.ts";

/**
 * What varstored and uefistored write in a start where nothing fails (`INFO` and `WARN` of varstored.c, handler.c), the name of the
 * function before it; and what each line of a failed start ends with, which other patterns read.
 */
const USUAL =
  /^(?:[a-z_]\w{0,63}: )?(?:--\w+ = '|\d+ vCPU|HVM_PARAM_NR_IOREQ_SERVER_PAGES = |Waiting for ioreq server|ioservid = |(?:buffered_)?iopage = |VCPU\d+: \d|\d+ -> \d+|SECURE_BOOT_O(?:N|FF)$|Secure boot enable: |Authenticated variables: |Setting \w+\.\.\.|Auth file '[^']*' is missing!|Continuing keys setup|Terminated$|Hangup$|Interrupt$)/;

/**
 * Who sees a program end: systemd, whose unit xenopsd starts varstored as (xen-api ocaml/xenopsd/lib/fe_systemctl.ml), and its handler
 * of core dumps; the kernel, which kills a program for its memory (Linux mm/oom_kill.c) or for what it did; the audit of the kernel;
 * abrt. And varstored itself under other names than the one with a domain, and varstored-guard, which it asks (xen-api
 * ocaml/xapi-guard).
 */
const WITNESS =
  /^.{0,160}?(?<![\w-])(?=(?:systemd(?:-coredump)?|kernel|audit\w{0,10}|abrt[\w-]{0,30}|((?:varstored|uefistored)(?:-guard)?))(?:\[\d{1,10}\])?: )/;
const OF_VARSTORED = /(?<![\w-])(?:varstored|uefistored)(?:-(\d{1,10}))?(?![\w-])/;
/** Of what others say of it, also that it was started or stopped, only an end that nobody asked for counts. */
const ENDED =
  /\b(?:exited|fail|kill|dump|abort|segfault|trap|fault|denied|reaped|oom|out of memory|time[d-]? ?out|anom_|seccomp|sig(?:nal)?[ =]\d)/i;
/** `[level|host|...]`: a daemon of the toolstack, which may quote any of those. */
const TOOLSTACK = /\[ ?(?:debug|info|warn|error)\|/;

const ERROR =
  /fail|error|invalid|cannot|can't|could ?n.t|unable|unexpected|unsupported|denied|refus|abort|out of memory|too (?:large|small|long|many)|segfault|assert|corrupt|killed|dumped|exited|missing|mismatch|does not match|trap /i;

/** What a line says of the end of varstored that varstored did not write itself; null for any other. */
export function endOfDaemon(
  line: string,
): { readonly domid: number | null; readonly message: string } | null {
  const witness = WITNESS.exec(line);
  if (witness === null || TOOLSTACK.test(line)) return null;
  const [before, own] = witness;
  const message = line.slice(before.length);
  const domain = OF_VARSTORED.exec(message);
  if (own === undefined && (domain === null || !ENDED.test(message))) return null;
  if (own !== undefined && !ERROR.test(message)) return null;
  return { domid: domain?.[1] === undefined ? null : Number(domain[1]), message };
}

export function isUsual(message: string): boolean {
  return USUAL.test(message);
}

/**
 * A code is the reason itself: what follows a word for one, a negative number, a status of UEFI with the bit of errors (UEFI 2.10,
 * appendix D). Other numbers are of processes, domains, addresses, times.
 */
const NUMBER =
  /((?<![a-z])(?:err(?:or|no)?|status|code|result|reason|rc|ret(?:urn(?:ed|s)?)?|sig(?:nal)?|exit(?:ed)?|fail(?:ed|ure)?)[\s:=(#]{1,3}(?:(?:code|number|status|with|value)[\s:=(#]{1,3}){0,2}-?(?:0x)?[0-9a-f]{0,16}\d[0-9a-f]{0,16}\b|(?<![\w-])-\d{1,20}\b|\b0x8[0-9a-f]{15}\b)|\b(?:0x)?[0-9a-f]{0,40}\d[0-9a-f]{0,300}\b/gi;

type Line = Omit<UnknownLine, "times" | "isError">;

export class UnknownLines {
  private readonly errors = new Map<string, UnknownLine>();
  private readonly others = new Map<string, UnknownLine>();
  private dropped = 0;

  /** `isEnd`: where others say that varstored ended, which is an error whatever its words. */
  take(domid: number | null, told: string, time: LogTime | null, line: number, isEnd = false): void {
    const message = shownText(told).slice(0, PARSER_LIMITS.maxUnknownLineCharacters);
    if (message === "") return;
    const isError = isEnd || ERROR.test(told);
    this.keep(isError ? this.errors : this.others, { domid, message, time, line }, isError);
  }

  /** Errors first, each kind in the order of its lines. */
  get lines(): readonly UnknownLine[] {
    return this.all().slice(0, PARSER_LIMITS.maxUnknownLines);
  }

  /** Lines that `lines` does not have. */
  get more(): number {
    const beyond = this.all().slice(PARSER_LIMITS.maxUnknownLines);
    return beyond.reduce((sum, { times }) => sum + times, this.dropped);
  }

  private all(): readonly UnknownLine[] {
    return [...this.errors.values(), ...this.others.values()];
  }

  private keep(lines: Map<string, UnknownLine>, line: Line, isError: boolean): void {
    const key = line.message.replaceAll(NUMBER, (number, code) => (code === undefined ? "#" : number));
    const known = lines.get(key);
    if (known !== undefined) lines.set(key, { ...known, times: known.times + 1 });
    else if (lines.size < PARSER_LIMITS.maxUnknownLines) lines.set(key, { ...line, times: 1, isError });
    else this.dropped++;
  }
}
