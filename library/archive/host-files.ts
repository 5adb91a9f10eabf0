/** Collects the files of hosts among the members of an archive, host by host. */
import { ParseError } from "../../parsers/errors.ts";
import type { StreamedFormat } from "../../parsers/formats/format.ts";
import { hostLog } from "../../parsers/formats/host-log.ts";
import { rpmList } from "../../parsers/formats/rpm-list.ts";
import { yumLog } from "../../parsers/formats/yum-log.ts";
import type { HostFile } from "../../parsers/host/host-file.ts";
import { looksLikeLog } from "../../parsers/host/host-log.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { decodeLatin1 } from "../../parsers/text/text-encoding.ts";

const FORMATS: readonly StreamedFormat[] = [yumLog, hostLog, rpmList];
/** Names of a host's logs. Such a log is recognised by its name where its beginning has no line of a daemon of XAPI. */
const LOG_NAME = /(?:^|\/)(?:daemon|xensource)\.log[^/]*$/;
const LOOKED_AT_BYTES = 16_384;
/** The part of a path below the root of its host, in a bug report. */
const BELOW_REPORT = /(?<=(?:^|\/)bug-report-\d{14})\/.*$/s;
const BELOW_ROOT = /(?:^|\/)(?:var\/log\/.*|[^/]*)$/s;
/** How xen-bugtool calls the folder of a report, and what it always puts there (xen-bugtool, `add_report`). */
const REPORT_FOLDER = /(?:^|\/)bug-report-\d{14}$/;
const INVENTORY = "inventory.xml";
const REPORT_FILES: readonly string[] = ["rpm-qa.out", "xapi-db.xml", "xapi-db-dumped.xml"];

/** The files of one host. */
export interface HostFiles {
  /** Folder in the archive; "" where the files lie at its top. */
  readonly root: string;
  readonly files: readonly HostFile[];
}

export class HostFileCollector {
  private readonly roots = new Map<string, HostFile[]>();
  private readonly folders = new Map<string, Set<string>>();
  private count = 0;
  private isReport = false;
  private readonly rooms = {
    transactions: new EventRoom(),
    faults: new EventRoom(),
    vms: new EventRoom(),
    clones: new EventRoom(),
  };

  /** True where a name showed the layout of xen-bugtool. */
  get isBugReport(): boolean {
    return this.isReport;
  }

  get hosts(): readonly HostFiles[] {
    return [...this.roots].map(([root, files]) => ({ root, files }));
  }

  /** Looks at the name of a member, whatever it holds. */
  see(name: string): void {
    const root = rootOf(name);
    if (REPORT_FOLDER.test(root)) this.isReport = true;
    const file = name.slice(name.lastIndexOf("/") + 1);
    if (file !== INVENTORY && !REPORT_FILES.includes(file)) return;
    const seen = this.folders.get(root) ?? new Set();
    seen.add(file);
    this.folders.set(root, seen);
    if (seen.has(INVENTORY) && seen.size > 1) this.isReport = true;
  }

  /** The format of a member; null where it is no file of a host. `head`: the beginning of the member. */
  formatOf(name: string, head: Uint8Array): StreamedFormat | null {
    const format = FORMATS.find(({ probe }) => probe(head));
    if (format !== undefined) return format;
    const isLog = LOG_NAME.test(name) && looksLikeLog(decodeLatin1(head.subarray(0, LOOKED_AT_BYTES)));
    return isLog ? hostLog : null;
  }

  /** Throws ParseError `over-limit` for more files than a host has. */
  add(name: string, files: readonly HostFile[]): void {
    this.count += files.length;
    if (this.count > PARSER_LIMITS.maxHostFiles) {
      throw new ParseError({
        code: "over-limit",
        expected: `up to ${PARSER_LIMITS.maxHostFiles} logs and lists of hosts`,
        found: "more",
        next: "Unpack the archive and analyze the folder.",
      });
    }
    const root = rootOf(name);
    const known = this.roots.get(root) ?? [];
    for (const file of files) known.push(this.bounded({ ...file, name }));
    this.roots.set(root, known);
  }

  private bounded(file: HostFile): HostFile {
    const { transactions, faults, vms, clones } = this.rooms;
    const kept = {
      transactions: transactions.take(file.transactions),
      faults: faults.take(file.faults),
      vms: vms.take(file.vms),
      cloneFailures: clones.take(file.cloneFailures),
    };
    const dropped = file.dropped + transactions.dropped + faults.dropped + vms.dropped + clones.dropped;
    return { ...file, ...kept, dropped };
  }
}

/** How many events of each kind are kept for one archive: as many as for one file. */
class EventRoom {
  private left: number = PARSER_LIMITS.maxHostEvents;
  dropped = 0;

  take<T>(events: readonly T[]): readonly T[] {
    const taken = events.slice(0, this.left);
    this.left -= taken.length;
    this.dropped = events.length - taken.length;
    return taken;
  }
}

function rootOf(name: string): string {
  return name.replace(BELOW_REPORT.test(name) ? BELOW_REPORT : BELOW_ROOT, "");
}
