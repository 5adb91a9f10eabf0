/**
 * `daemon.log` and `xensource.log` of a host: what varstored says when it does not start, what xapi and xenopsd say of it, and which
 * VM a domain belongs to. Only what the patterns below take out of a line is kept: lines may hold secrets.
 */

import { PARSER_LIMITS } from "../limits.ts";
import {
  emptyHostFile,
  type HostFile,
  type LoggedFault,
  type LoggedVm,
  type LogTime,
  type StartFault,
} from "./host-file.ts";
import { LineReader } from "./line-reader.ts";
import { LogClock, timeOfLine } from "./log-time.ts";

/** xenopsd starts the daemon under this identifier (xen-api ocaml/xenopsd/xc/service.ml). */
const DAEMON = /\b(?:varstored|uefistored)-(\d{1,10})\[\d{1,10}\]: (.*)$/;

/** What varstored writes before it ends (varstored xapidb-lib.c, handler.c, varstored.c). */
const DAEMON_FAULTS: readonly (readonly [fault: StartFault, pattern: RegExp])[] = [
  [
    "nvram-refused",
    /unserialize_variables: (?:Failed to unserialize variable!|More data than expected: \d{1,20})/,
  ],
  [
    "nvram-refused",
    /xapidb_parse_blob: (?:Init file size is invalid|Invalid init magic|Unsupported init version|Invalid variable count \d{1,20} > \d{1,20})/,
  ],
  [
    "xapi-did-not-answer",
    /get_from_xapi: Failed to (?:communicate with XAPI|lookup VM|get EFI variables|logout)/,
  ],
  ["keys-not-planted", /Aborting keys setup/],
  ["keys-not-planted", /Cannot setup [A-Za-z]{1,8} because auth data is missing!/],
  ["keys-not-planted", /Failed to execute auth data: 0x[0-9a-f]{1,16}/],
  ["initialization-failed", /varstored_initialize: Failed to initialize backend!/],
];

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
/** xapi's error with its three parameters, as OCaml and as Xen Orchestra print it. */
const EMULATOR_FAILED =
  /FAILED_TO_START_EMULATOR(?:, \[|\()\s*(OpaqueRef:[0-9A-Za-z-]{1,64})\s*[;,]\s*([A-Za-z0-9 _.-]{1,60}?)\s*[;,]\s*([^\]\n]{0,160})/;
/** The same of xenopsd, which calls a VM by its UUID (xen-api ocaml/xapi-idl/xen/xenops_interface.ml). */
const XENOPS_FAILED = new RegExp(
  `Failed_to_start_emulator[^0-9A-Za-z]{1,8}(?:S\\()?"?(${UUID})"?\\W{1,8}(?:S\\()?"?([A-Za-z0-9 _.-]{1,60}?)"?\\)?[;,]\\s*(?:S\\()?"?([^\\]")\\n]{0,160})`,
);
/** The message that xapi makes (xen-api ocaml/xapi-consts/api_messages.ml). */
const SECURE_BOOT_FAILED = new RegExp(`VM_SECURE_BOOT_FAILED(?:[^\\n]{0,60}?(${UUID}))?`);
const DOMAIN_OF_VM = new RegExp(`VM = (${UUID}); domid = (\\d{1,10})`);
const TASK_OF_VM = new RegExp(`VM(?:\\.\\w+: VM)? = '(${UUID})`);
const TASK = /\b(R:[0-9a-f]{8,32})\b/;
/** `[level|host|thread task|name|brand]`, as all daemons of the toolstack write (xen-api ocaml/libs/log/debug.ml). */
const TOOLSTACK =
  /^.{0,80} (?:xapi|xenopsd(?:-xc)?|xcp-networkd|squeezed)(?:\[\d+\])?: \[ ?(?:debug|info|warn|error)\|/m;
const LINES_LOOKED_AT = 5;

/** What a line needs that anything is asked of; most have none of it. */
const WORDS: readonly string[] = [
  "varstored-",
  "uefistored-",
  "FAILED_TO_START_EMULATOR",
  "Failed_to_start_emulator",
  "VM_SECURE_BOOT_FAILED",
  "VM = ",
];

/** True for the log of a host that a daemon of XAPI writes to; `text` is the beginning of an input. */
export function looksLikeHostLog(text: string): boolean {
  return (
    looksLikeLog(text) &&
    (TOOLSTACK.test(text) || /\b(?:varstored|uefistored|qemu-dm|xenguest)-\d+(?:-\w+)?\[\d+\]: /.test(text))
  );
}

/** True for lines that begin with times, whoever writes them. */
export function looksLikeLog(text: string): boolean {
  const lines = text.split("\n", LINES_LOOKED_AT).filter((line) => line !== "");
  return lines.length > 0 && lines.some((line) => timeOfLine(line) !== null);
}

type SeenVm = Omit<LoggedVm, "until"> & { until: LogTime | null };

export class HostLogReader {
  private readonly faults: LoggedFault[] = [];
  private readonly vms: SeenVm[] = [];
  private readonly seen = new Map<string, SeenVm>();
  private readonly clock: LogClock = new LogClock();
  private dropped = 0;
  private readonly lines: LineReader = new LineReader((line, number) => this.takeLine(line, number));

  feed(piece: Uint8Array): void {
    this.lines.feed(piece);
  }

  end(): void {
    this.lines.end();
  }

  file(): HostFile {
    const { faults, vms, dropped } = this;
    const { first, last, yearsPassed } = this.clock;
    return { ...emptyHostFile("log"), faults, vms, first, last, yearsPassed, dropped };
  }

  private takeLine(line: string, number: number): void {
    this.clock.see(line);
    if (!WORDS.some((word) => line.includes(word))) return;
    const time = timeOfLine(line);
    const fault = daemonFault(line) ?? toolstackFault(line);
    if (fault !== null) this.keep(this.faults, { ...fault, time, line: number });
    else this.takeVm(line, time);
  }

  private takeVm(line: string, time: LogTime | null): void {
    const [, uuid, domid] = DOMAIN_OF_VM.exec(line) ?? [];
    if (uuid !== undefined) {
      this.seeVm(`domain ${domid} ${uuid}`, { uuid, time, until: time, domid: Number(domid), task: null });
      return;
    }
    const vm = TASK_OF_VM.exec(line)?.[1];
    const task = TASK.exec(line)?.[1];
    if (vm === undefined || task === undefined) return;
    this.seeVm(`${task} ${vm}`, { uuid: vm, time, until: time, domid: null, task });
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
  const daemon = DAEMON.exec(line);
  if (daemon === null) return null;
  const [, domid = "", text = ""] = daemon;
  for (const [fault, pattern] of DAEMON_FAULTS) {
    const message = pattern.exec(text)?.[0];
    if (message === undefined) continue;
    return { fault, domid: Number(domid), uuid: null, ref: null, emulator: "varstored", message };
  }
  return null;
}

/** `ref` is the task's where the line names no other: xapi's lines of one start share it. */
function toolstackFault(line: string): Fault | null {
  const ofXapi = EMULATOR_FAILED.exec(line);
  if (ofXapi !== null) {
    const [, , emulator = "", message = ""] = ofXapi;
    const ref = TASK.exec(line)?.[1] ?? ofXapi[1] ?? null;
    return { fault: "emulator-failed", domid: null, uuid: null, ref, emulator, message: tidy(message) };
  }
  const ofXenops = XENOPS_FAILED.exec(line);
  if (ofXenops !== null) {
    const [, uuid = null, emulator = "", message = ""] = ofXenops;
    const ref = TASK.exec(line)?.[1] ?? null;
    return { fault: "emulator-failed", domid: null, uuid, ref, emulator, message: tidy(message) };
  }
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

function tidy(message: string): string {
  return message.replace(/[\s)\]]+$/, "");
}
