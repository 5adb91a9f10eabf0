/** Which VMs did not start, and why: what varstored, xenopsd and xapi say of one start is put together. */

import { PARSER_LIMITS } from "../limits.ts";
import type { HostFile, LoggedFault, LoggedVm, LogTime, StartFault } from "./host-file.ts";
import { secondsOf } from "./log-time.ts";
import { dated, yearBefore } from "./years.ts";

export type StartCause =
  | Exclude<StartFault, "initialization-failed" | "emulator-failed">
  /** An emulator that is not varstored, such as the one of the devices. */
  | "other-emulator"
  /** varstored was not ready in time. */
  | "timed-out"
  /** varstored ended, and no log says why. */
  | "unexplained";

export interface FailedStart {
  /** `YYYY-MM-DDThh:mm:ss`, without the year where that is not known; null where the line has no time. */
  readonly time: string | null;
  readonly cause: StartCause;
  readonly uuid: string | null;
  /** Of the VM; null where no line tells it. */
  readonly nameLabel: string | null;
  readonly domid: number | null;
  readonly emulator: string | null;
  /** What the logs say, each once. */
  readonly messages: readonly string[];
  readonly file: string;
  readonly line: number;
}

/** Lines of one start lie so close to each other. */
const ONE_START_SECONDS = 60;
/** varstored and xapi may wait for each other. */
const SAME_START_SECONDS = 120;
/** How long before its fault a domain was last spoken of. */
const DOMAIN_SECONDS = 600;
/** What varstored and xapi say of one start are three or four. */
const MAX_MESSAGES = 16;
/** Where neither a line nor the report tells a year, distances are those within one. */
const ANY_YEAR = 2000;
const NVRAM_DAEMON = /^(?:varstored|uefistored)/;

interface Start {
  readonly fault: LoggedFault;
  readonly file: string;
  readonly seconds: number | null;
  lastSeconds: number | null;
  uuid: string | null;
  nameLabel: string | null;
  domid: number | null;
  cause: StartCause;
  readonly messages: Set<string>;
}

/** All starts that failed, the first of them first. `reportedAt` as that of `dateTransactions`. */
export function failedStarts(logs: readonly HostFile[], reportedAt: string | null): FailedStart[] {
  const yearOf = (time: LogTime): number | null =>
    time.year ?? (reportedAt === null ? null : yearBefore(time, reportedAt));
  const secondsAt = (time: LogTime | null): number | null =>
    time === null ? null : secondsOf(dated(time, yearOf(time) ?? ANY_YEAR));
  const vms = new KnownVms(
    logs.flatMap(({ vms }) => vms),
    secondsAt,
  );
  const groups = new Groups();
  for (const { name, faults } of logs) {
    for (const fault of faults) {
      const seconds = secondsAt(fault.time);
      const uuid = fault.uuid ?? vms.uuidOf(fault, seconds);
      groups.add(fault, name, seconds, uuid);
    }
  }
  const names = namesOf(logs);
  return joined(groups.starts)
    .sort((a, b) => (a.seconds ?? 0) - (b.seconds ?? 0))
    .map(({ fault, file, uuid, nameLabel, domid, cause, messages }) => ({
      time: fault.time === null ? null : dated(fault.time, yearOf(fault.time)),
      cause,
      uuid,
      nameLabel: nameLabel ?? names.get(uuid ?? "") ?? null,
      domid,
      emulator: fault.emulator,
      messages: [...messages],
      file,
      line: fault.line,
    }));
}

/** Names of VMs by their UUID, as the logs tell them. */
function namesOf(logs: readonly HostFile[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { vms } of logs) {
    for (const { uuid, nameLabel } of vms) if (nameLabel !== undefined) names.set(uuid, nameLabel);
  }
  return names;
}

interface DomainOfVm {
  readonly uuid: string;
  readonly from: number;
  readonly until: number;
}

class KnownVms {
  private readonly byDomid = new Map<number, DomainOfVm[]>();
  private readonly byTask = new Map<string, string>();

  constructor(vms: readonly LoggedVm[], secondsAt: (time: LogTime | null) => number | null) {
    for (const { uuid, domid, task, time, until } of vms) {
      if (task !== null) this.byTask.set(task, uuid);
      const from = secondsAt(time);
      if (domid === null || from === null) continue;
      const known = this.byDomid.get(domid) ?? [];
      known.push({ uuid, from, until: secondsAt(until) ?? from });
      this.byDomid.set(domid, known);
    }
    for (const domains of this.byDomid.values()) domains.sort((a, b) => a.from - b.from);
  }

  /** Numbers of domains begin anew when a host starts: only a line shortly before counts. */
  uuidOf({ domid, ref }: LoggedFault, seconds: number | null): string | null {
    if (ref !== null) return this.byTask.get(ref) ?? null;
    if (domid === null || seconds === null) return null;
    const latest = lastUpTo(this.byDomid.get(domid) ?? [], seconds + ONE_START_SECONDS);
    return latest === null || latest.until < seconds - DOMAIN_SECONDS ? null : latest.uuid;
  }
}

/** Of a sorted list: a crafted log has thousands of lines about one domain. */
function lastUpTo(domains: readonly DomainOfVm[], seconds: number): DomainOfVm | null {
  let low = 0;
  let high = domains.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (domains[middle]!.from <= seconds) low = middle + 1;
    else high = middle;
  }
  return domains[low - 1] ?? null;
}

/** Lines about one start are one. */
class Groups {
  readonly starts: Start[] = [];
  private readonly latest = new Map<string, Start>();

  add(fault: LoggedFault, file: string, seconds: number | null, uuid: string | null): void {
    const keys = keysOf(fault, uuid);
    const known = keys.map((key) => this.latest.get(key)).find((start) => isNear(start, seconds));
    const start = known ?? this.begin(fault, file, seconds);
    if (start === null) return;
    start.lastSeconds = seconds;
    start.uuid ??= uuid;
    start.nameLabel ??= fault.nameLabel ?? null;
    start.domid ??= fault.domid;
    if (isOpen(start)) start.cause = causeOf(fault);
    if (start.messages.size < MAX_MESSAGES) start.messages.add(fault.message);
    for (const key of keys) this.latest.set(key, start);
  }

  private begin(fault: LoggedFault, file: string, seconds: number | null): Start | null {
    if (this.starts.length >= PARSER_LIMITS.maxFailedStarts) return null;
    const start: Start = {
      fault,
      file,
      seconds,
      lastSeconds: seconds,
      uuid: null,
      nameLabel: null,
      domid: null,
      cause: causeOf(fault),
      messages: new Set(),
    };
    this.starts.push(start);
    return start;
  }
}

/** By what two lines belong to one start, besides their time. */
function keysOf({ fault, domid, ref, emulator }: LoggedFault, uuid: string | null): string[] {
  if (domid !== null) return [`domain ${domid}`];
  const what = fault === "secure-boot-refused" ? fault : emulator;
  const names = [ref, uuid].filter((name) => name !== null);
  return names.length === 0 ? [`${what}`] : names.map((name) => `${what} ${name}`);
}

function isNear(start: Start | undefined, seconds: number | null): boolean {
  if (start === undefined) return false;
  if (start.lastSeconds === null || seconds === null) return start.lastSeconds === seconds;
  return Math.abs(seconds - start.lastSeconds) <= ONE_START_SECONDS;
}

function causeOf({ fault, emulator, message }: LoggedFault): StartCause {
  if (fault === "initialization-failed") return "unexplained";
  if (fault !== "emulator-failed") return fault;
  if (!NVRAM_DAEMON.test(emulator ?? "")) return "other-emulator";
  // xenopsd waits for the daemon to answer (xen-api ocaml/xenopsd/xc/service.ml).
  return /\btimeout\b/i.test(message) ? "timed-out" : "unexplained";
}

/** True where another line may say why. */
function isOpen({ cause }: Start): boolean {
  return cause === "unexplained" || cause === "timed-out";
}

/** xapi says that varstored ended, varstored itself says why: one start where nothing speaks against it. */
function joined(starts: readonly Start[]): Start[] {
  const ofDaemon = starts.filter(({ fault }) => fault.domid !== null);
  const gone = new Set<Start>();
  for (const start of starts) {
    if (start.fault.domid !== null || !isOpen(start)) continue;
    const near = ofDaemon.filter((other) => !gone.has(other) && isSameStart(start, other));
    const same =
      near.find(({ uuid }) => uuid !== null && uuid === start.uuid) ??
      (near.length === 1 ? near[0] : undefined);
    if (same === undefined) continue;
    start.cause = same.cause;
    start.uuid ??= same.uuid;
    start.domid = same.domid;
    for (const message of same.messages) start.messages.add(message);
    gone.add(same);
  }
  return starts.filter((start) => !gone.has(start));
}

function isSameStart(a: Start, b: Start): boolean {
  if (a.seconds === null || b.seconds === null) return false;
  if (a.uuid !== null && b.uuid !== null && a.uuid !== b.uuid) return false;
  return Math.abs(a.seconds - b.seconds) <= SAME_START_SECONDS;
}
