/** Lines of varstored that no pattern knows: shown without what may be secret, since one of them may be the reason that a VM does not start. */
import { PARSER_LIMITS } from "../limits.ts";
import type { LogTime, UnknownLine } from "./host-file.ts";
import { withoutSecrets } from "./without-secrets.ts";

/**
 * What varstored and uefistored write in a start where nothing fails (`INFO` and `WARN` of varstored.c, handler.c), the name of the
 * function before it; and what each line of a failed start ends with, which other patterns read.
 */
const USUAL =
  /^(?:[a-z_]\w{0,63}: )?(?:--\w+ = '|\d+ vCPU|HVM_PARAM_NR_IOREQ_SERVER_PAGES = |Waiting for ioreq server|ioservid = |(?:buffered_)?iopage = |VCPU\d+: \d|\d+ -> \d+|SECURE_BOOT_O(?:N|FF)$|Secure boot enable: |Authenticated variables: |Setting \w+\.\.\.|Auth file '[^']*' is missing!|Continuing keys setup|Terminated$|Hangup$|Interrupt$)/;

/** What systemd says of the unit that xenopsd starts varstored as (xen-api ocaml/xenopsd/lib/fe_systemctl.ml), and the kernel of its program. */
const ENDED =
  /\b(?:systemd(?:\[\d+\])?: (?:Unit )?(?:varstored|uefistored)-(\d{1,10})\.service\b[^\n]{0,200}?(?:exited|fail|killed|dumped)|kernel: [^\n]{0,80}?\b(?:varstored|uefistored)(?:-\d{1,10})?\[\d+\][: ])/;
const WRITER = /^.{0,200}?\b(?=(?:systemd|kernel)\b)/;

const ERROR =
  /fail|error|invalid|cannot|can't|could ?n.t|unable|unexpected|unsupported|denied|refus|abort|out of memory|too (?:large|small|long|many)|segfault|assert|corrupt|killed|dumped|exited|missing|mismatch|does not match|trap /i;

/** What a line says of the end of varstored that varstored did not write itself; null for any other. */
export function endOfDaemon(
  line: string,
): { readonly domid: number | null; readonly message: string } | null {
  const match = ENDED.exec(line);
  if (match === null) return null;
  return {
    domid: match[1] === undefined ? null : Number(match[1]),
    message: line.replace(WRITER, ""),
  };
}

export function isUsual(message: string): boolean {
  return USUAL.test(message);
}

type Line = Omit<UnknownLine, "times" | "isError">;

export class UnknownLines {
  private readonly errors = new Map<string, UnknownLine>();
  private readonly others = new Map<string, UnknownLine>();
  private dropped = 0;

  take(domid: number | null, told: string, time: LogTime | null, line: number): void {
    const message = withoutSecrets(told.trim()).slice(0, PARSER_LIMITS.maxUnknownLineCharacters);
    if (message === "") return;
    const isError = ERROR.test(message);
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
    const key = line.message.replaceAll(/\b(?:0x)?[0-9a-f]*\d[0-9a-f]*\b/gi, "#");
    const known = lines.get(key);
    if (known !== undefined) lines.set(key, { ...known, times: known.times + 1 });
    else if (lines.size < PARSER_LIMITS.maxUnknownLines) lines.set(key, { ...line, times: 1, isError });
    else this.dropped++;
  }
}
