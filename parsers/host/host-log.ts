/**
 * `daemon.log` and `xensource.log` of a host: what varstored says when it does not start, what xapi and xenopsd say of it, and which
 * VM a domain belongs to. Only what the patterns below take out of a line is kept, since lines may hold secrets; of varstored's own lines,
 * those that no pattern knows are kept without what may be secret in them.
 */

import { PARSER_LIMITS } from "../limits.ts";
import {
  emptyHostFile,
  type HostFile,
  type LoggedCloneFailure,
  type LoggedFault,
  type LoggedVm,
  type LogTime,
  type StartFault,
} from "./host-file.ts";
import { LINE_END, LineReader } from "./line-reader.ts";
import { LogClock, lineOfLog, timeOfLine } from "./log-time.ts";
import { nameOfLine, StartFailureReader, taskOf, tellsStartFailure } from "./start-failure.ts";
import { endOfDaemon, isUsual, UnknownLines } from "./unknown-lines.ts";
import { shownText } from "./without-secrets.ts";
import { YumLogReader, yumTransactionOf } from "./yum-log.ts";

/** xenopsd starts the daemon under this identifier (xen-api ocaml/xenopsd/xc/service.ml). */
const DAEMON = /\b(?:varstored|uefistored)-(\d{1,10})\[\d{1,10}\]: (.*)$/;

/** The same where something between host and file has left out who writes, as `journalctl -o cat` does: each begins with its function. */
const BARE =
  /^[>|\s]{0,16}(?:(?:varstored|uefistored)-\d{1,10}(?:\[\d{1,10}\])?: )?((?:unserialize_variables|xapidb_parse_blob|get_from_xapi|load_one_auth_data|varstored_initialize): .{1,400})$/;

/** What varstored writes before it ends (varstored xapidb-lib.c, handler.c, varstored.c); the name of the function may be missing. */
const DAEMON_FAULTS: readonly (readonly [fault: StartFault, pattern: RegExp])[] = [
  [
    "nvram-refused",
    /(?:unserialize_variables: |^)(?:Failed to unserialize variable!|More data than expected: \d{1,20})/,
  ],
  [
    "nvram-refused",
    /(?:xapidb_parse_blob: |^)(?:Init file size is invalid|Invalid init magic|Unsupported init version|Invalid variable count \d{1,20} > \d{1,20})/,
  ],
  [
    "xapi-did-not-answer",
    /get_from_xapi: Failed to (?:communicate with XAPI|lookup VM|get EFI variables|logout)/,
  ],
  ["keys-not-planted", /Aborting keys setup/],
  ["keys-not-planted", /Cannot setup [A-Za-z]{1,8} because auth data is missing!/],
  ["keys-not-planted", /Failed to execute auth data: 0x[0-9a-f]{1,16}/],
  [
    "auth-file-refused",
    /(?:load_one_auth_data: |^)Auth file '[^'\n]{1,200}' is too large: \d{1,20}|load_one_auth_data: (?:Failed to (?:stat|read) '[^'\n]{1,200}'|Out of memory!)/,
  ],
  [
    "initialization-failed",
    /(?:varstored_initialize: |^)Failed to (?:initialize (?:backend|handler)!|resume!|setup (?:variables|keys))/,
  ],
];

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
/** The message that xapi makes (xen-api ocaml/xapi-consts/api_messages.ml). */
const SECURE_BOOT_FAILED = new RegExp(`VM_SECURE_BOOT_FAILED(?:[^\\n]{0,60}?(${UUID}))?`);
const DOMAIN_OF_VM = new RegExp(`VM = (${UUID}); domid = (\\d{1,10})`);
const TASK_OF_VM = new RegExp(`VM(?:\\.\\w+: VM)? = '(${UUID})(?: \\('?([^\\n]{1,128}?)'?\\)')?`);
/** forkexecd's line about the tool that takes variables out of a clone (xen-api ocaml/xapi/xapi_xenops.ml, nvram_post_clone). */
const CLONE_FAILED = new RegExp(
  `varstore-rm\\b(?:[^\\n]{0,60}?(${UUID}))?[^\\n]{0,200}?exited with code (\\d{1,3})\\b`,
);
/** `[level|host|thread task|name|brand]`, as all daemons of the toolstack write (xen-api ocaml/libs/log/debug.ml). */
const TOOLSTACK =
  /^.{0,80} (?:xapi|xenopsd(?:-xc)?|xcp-networkd|squeezed|forkexecd)(?:\[\d+\])?: \[ ?(?:debug|info|warn|error)\|/m;
const DAEMON_LINE = /\b(?:varstored|uefistored|qemu-dm|xenguest)-\d+(?:-\w+)?\[\d+\]: /;
const LINES_LOOKED_AT = 5;

/** What a line needs that anything is asked of; most have none of it. */
const WORDS: readonly string[] = [
  "varstored",
  "uefistored",
  "unserialize_variables",
  "xapidb_parse_blob",
  "get_from_xapi",
  "load_one_auth_data",
  "VM_SECURE_BOOT_FAILED",
  "VM = ",
  "varstore-rm",
];

/**
 * True for the log of a host that a daemon of XAPI writes to, for a part of one that somebody pasted, and for what a client says of a
 * start that failed; `text` is the beginning of an input.
 */
export function looksLikeHostLog(text: string): boolean {
  if (!TOOLSTACK_WORDS.test(text)) return false;
  if (looksLikeLog(text) && (TOOLSTACK.test(text) || DAEMON_LINE.test(text))) return true;
  return (
    text.split(LINE_END).some((line) => isLineOfToolstack(line) || isBareFault(line)) ||
    tellsStartFailure(text)
  );
}

const TOOLSTACK_WORDS =
  /varstored|unserialize_variables|xapidb_parse_blob|get_from_xapi|load_one_auth_data|uefistored|qemu-dm|xenguest|xapi|xenopsd|xcp-networkd|squeezed|forkexecd|EMULATOR|mulator/;

function isLineOfToolstack(line: string): boolean {
  const own = lineOfLog(line);
  return (
    timeOfLine(own) !== null && (TOOLSTACK.test(own) || DAEMON_LINE.test(own) || endOfDaemon(own) !== null)
  );
}

function isBareFault(line: string): boolean {
  const own = lineOfLog(line);
  return BARE.test(own) && daemonFault(own) !== null;
}

/** True for lines that begin with times, whoever writes them. */
export function looksLikeLog(text: string): boolean {
  const lines = text.split(LINE_END, LINES_LOOKED_AT).filter((line) => line !== "");
  return lines.length > 0 && lines.some((line) => timeOfLine(lineOfLog(line)) !== null);
}

type SeenVm = Omit<LoggedVm, "until"> & { until: LogTime | null };

export class HostLogReader {
  private readonly faults: LoggedFault[] = [];
  private readonly vms: SeenVm[] = [];
  private readonly cloneFailures: LoggedCloneFailure[] = [];
  private readonly seen = new Map<string, SeenVm>();
  /** What clients say of a start that failed takes several lines. */
  private readonly failures = new StartFailureReader();
  /** grep over a folder of logs finds lines of yum's as well. */
  private readonly yum = new YumLogReader();
  private readonly unknown = new UnknownLines();
  private readonly clock: LogClock = new LogClock();
  private dropped = 0;
  private readonly lines: LineReader = new LineReader((line, number) => this.takeLine(line, number));

  feed(piece: Uint8Array): void {
    this.lines.feed(piece);
  }

  end(): void {
    this.lines.end();
    this.keepFailure(this.failures.end());
  }

  file(): HostFile {
    const { faults, vms, cloneFailures, dropped } = this;
    const { first, last, yearsPassed } = this.clock;
    const unknown = { unknownLines: this.unknown.lines, moreUnknownLines: this.unknown.more };
    return {
      ...emptyHostFile("log"),
      faults,
      vms,
      cloneFailures,
      ...unknown,
      first,
      last,
      yearsPassed,
      dropped,
    };
  }

  /** The lines of yum's log that stood among the others; null where there were none. */
  yumFile(): HostFile | null {
    const file = this.yum.file();
    return file.transactions.length === 0 ? null : file;
  }

  private takeLine(whole: string, number: number): void {
    const line = lineOfLog(whole);
    this.clock.see(line);
    this.keepFailure(this.failures.take(line, number));
    if (!WORDS.some((word) => line.includes(word))) return;
    if (yumTransactionOf(line) !== null) {
      this.yum.takeLine(line, number);
      return;
    }
    const time = timeOfLine(line);
    const fault = daemonFault(line) ?? secureBootFault(line);
    const [, uuid = null, exitCode] = CLONE_FAILED.exec(line) ?? [];
    if (fault !== null) this.keepFault({ ...fault, time, line: number });
    else if (exitCode === undefined) {
      if (!this.takeUnknown(line, time, number)) this.takeVm(line, time);
    } else if (Number(exitCode) !== 0) {
      this.keep(this.cloneFailures, { uuid, exitCode: Number(exitCode), time, line: number });
    }
  }

  /** True for a line of varstored, or one about its end: it says of no VM whose domain it is. */
  private takeUnknown(line: string, time: LogTime | null, number: number): boolean {
    const [, domid, told] = DAEMON.exec(line) ?? [];
    if (told !== undefined) {
      if (!isUsual(told)) this.unknown.take(Number(domid), told, time, number);
      return true;
    }
    const end = endOfDaemon(line);
    if (end !== null) this.unknown.take(end.domid, end.message, time, number, true);
    return end !== null;
  }

  private keepFailure(failure: LoggedFault | null): void {
    if (failure !== null) this.keepFault(failure);
  }

  private keepFault(fault: LoggedFault): void {
    this.keep(this.faults, { ...fault, message: shownText(fault.message) });
  }

  private takeVm(line: string, time: LogTime | null): void {
    const [, uuid, domid] = DOMAIN_OF_VM.exec(line) ?? [];
    if (uuid !== undefined) {
      this.seeVm(`domain ${domid} ${uuid}`, { uuid, time, until: time, domid: Number(domid), task: null });
      return;
    }
    const [, vm, nameLabel] = TASK_OF_VM.exec(line) ?? [];
    const task = taskOf(line);
    if (vm === undefined || task === null) return;
    const name = nameLabel === undefined ? {} : { nameLabel: nameOfLine(nameLabel) };
    this.seeVm(`${task} ${vm}`, { uuid: vm, ...name, time, until: time, domid: null, task });
  }

  /** xenopsd and xapi say it in many lines of one start. */
  private seeVm(key: string, vm: SeenVm): void {
    const known = this.seen.get(key);
    if (known !== undefined) {
      known.until = vm.until;
      return;
    }
    if (this.vms.length < PARSER_LIMITS.maxHostEvents) this.seen.set(key, vm);
    this.keep(this.vms, vm);
  }

  private keep<T>(list: T[], one: T): void {
    if (list.length < PARSER_LIMITS.maxHostEvents) list.push(one);
    else this.dropped++;
  }
}

type Fault = Omit<LoggedFault, "time" | "line">;

function daemonFault(line: string): Fault | null {
  const [, domid, told] = DAEMON.exec(line) ?? [];
  const text = told ?? BARE.exec(line)?.[1];
  if (text === undefined) return null;
  for (const [fault, pattern] of DAEMON_FAULTS) {
    const message = pattern.exec(text)?.[0];
    if (message === undefined) continue;
    return {
      fault,
      domid: domid === undefined ? null : Number(domid),
      uuid: null,
      ref: null,
      emulator: "varstored",
      message,
    };
  }
  return null;
}

function secureBootFault(line: string): Fault | null {
  const secureBoot = SECURE_BOOT_FAILED.exec(line);
  if (secureBoot === null) return null;
  const message = "The VM failed to pass Secure Boot verification.";
  return {
    fault: "secure-boot-refused",
    domid: null,
    uuid: secureBoot[1] ?? null,
    ref: null,
    emulator: null,
    message,
  };
}
