/** What an archive holds besides dumps, and what it tells of a host. */

import { nvramCommand } from "../../parsers/formats/foreign.ts";
import type { FailedStart } from "../../parsers/host/failed-starts.ts";
import type { ArchiveTally } from "../../parsers/model.ts";
import type { HostReport } from "../host.ts";
import type { InputReport } from "../input.ts";
import type { Look } from "./look.ts";
import { clip, printable } from "./printable.ts";
import { counted, moreLine, wrap } from "./text.ts";

const MAX_STARTS = 8;
const MAX_TEXT = 200;

const CAUSES: Readonly<Record<FailedStart["cause"], string>> = {
  "nvram-refused": "varstored refused the NVRAM",
  "xapi-did-not-answer": "varstored did not get the NVRAM from xapi",
  "keys-not-planted": "varstored could not plant its keys",
  "auth-file-refused": "varstored ended because of a .auth file of the host",
  "secure-boot-refused": "Secure Boot refused it",
  "other-emulator": "another emulator did not start, which is not the NVRAM",
  "timed-out": "varstored was not ready in time",
  unexplained: "varstored ended, no log says why",
};

const YEARS: Readonly<Record<string, string>> = {
  line: "",
  "report-name": ", the year counted back from the report's date",
  "rotated-file-name": ", the year counted back from the date of the rotated log",
  "known-release": ", the year being that of the release",
};

/** Lines for an input that is an archive or tells of a host; none for any other. */
export function hostLines({ archive, host }: InputReport, look: Look): string[] {
  const texts = [
    ...(archive === undefined || look.quiet ? [] : [archiveText(archive)]),
    ...(host === undefined ? [] : hostTexts(host, look.quiet)),
  ];
  return [
    ...texts.flatMap((text) => wrap(text, look.columns, 2)),
    ...(host === undefined || look.quiet ? [] : nvramLines(host, look)),
  ];
}

/** What the logs and lists of a host tell, for every format that people read; without what to do next where `isQuiet`. An item of a list begins with two spaces. */
export function hostTexts(host: HostReport, isQuiet: boolean): string[] {
  return [
    ...installedTexts(host),
    ...periodTexts(host),
    ...startTexts(host),
    ...unknownTexts(host, isQuiet),
    ...cloneTexts(host),
    ...eventTexts(host),
  ];
}

function archiveText({ members, dumps, unclaimed, ...passed }: ArchiveTally): string {
  const why = [
    [passed.links, "links"],
    [passed.special, "devices and pipes"],
    [passed.encrypted, "encrypted"],
    [passed.duplicates, "of a name that came before"],
    [passed.unreadable, "damaged"],
  ] as const;
  const skipped = why.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  const ofHost = members - dumps - unclaimed - why.reduce((sum, [count]) => sum + count, 0);
  const parts = [
    counted(dumps, "dump"),
    ...(ofHost === 0 ? [] : [counted(ofHost, "log or list of hosts", "logs and lists of hosts")]),
    ...(unclaimed === 0 ? [] : [counted(unclaimed, "other")]),
    ...(skipped.length === 0 ? [] : [`passed over ${skipped.join(", ")}`]),
  ];
  return `${counted(members, "file")} inside: ${parts.join(", ")}.`;
}

function installedTexts({ packages, transactions, varstored }: HostReport): string[] {
  // A log by itself has nothing to say of packages.
  if (packages === null && transactions === null) return [];
  const { installed, installedFrom, faulty } = varstored;
  if (installedFrom === null) return ["varstored now: unknown, yum's log has no line about it."];
  const source =
    installedFrom === "package-list" ? "by the list of packages" : "by the last line of yum's log";
  if (installed === null) return [`varstored now: not installed, ${source}.`];
  return [`varstored now: ${shown(installed)}, ${source}${faulty === true ? " (a faulty release)" : ""}.`];
}

function periodTexts({ transactions, varstored: { faultyPeriods } }: HostReport): string[] {
  if (transactions === null) return [];
  if (faultyPeriods.length === 0) return ["Faulty release: yum's log does not have it."];
  return faultyPeriods.map(({ version, from, to, yearFrom }) => {
    const end = to === null ? "on, and was not replaced as far as the log goes" : `to ${to}`;
    return `Faulty release: ${shown(version)} was installed from ${from} ${end}${yearFrom === null ? ", of an unknown year" : YEARS[yearFrom]}.`;
  });
}

function startTexts({ failedStarts }: HostReport): string[] {
  if (failedStarts === null) return [];
  if (failedStarts.length === 0) return ["Failed starts: the logs have none that is known."];
  return [
    `Failed starts: ${failedStarts.length}.`,
    ...failedStarts.slice(0, MAX_STARTS).map(({ time, uuid, nameLabel, domid, cause, emulator }) => {
      const name = nameLabel === null ? "" : ` (${shown(nameLabel)})`;
      const vm =
        uuid === null ? (domid === null ? "a VM" : `the VM of domain ${domid}`) : `VM ${uuid}${name}`;
      const which = cause === "other-emulator" && emulator !== null ? ` (${shown(emulator)})` : "";
      return `  ${time ?? "at an unknown time"}  ${vm}: ${CAUSES[cause]}${which}`;
    }),
    ...moreLine(failedStarts.length - MAX_STARTS, "failed starts are not shown; --format json has all"),
  ];
}

/** Causes that the NVRAM of the VM may explain. */
const ASKS_FOR_NVRAM: readonly FailedStart["cause"][] = ["nvram-refused", "unexplained"];
const MAX_COMMANDS = 3;

/** How the NVRAM of each of these VMs is had: commands are never broken over lines. */
function nvramLines({ failedStarts }: HostReport, look: Look): string[] {
  const asked = (failedStarts ?? []).filter(({ cause }) => ASKS_FOR_NVRAM.includes(cause));
  if (asked.length === 0) return [];
  const uuids = [...new Set(asked.flatMap(({ uuid }) => (uuid === null ? [] : [uuid])))];
  const find = uuids.length === 0 ? ' ("xe vm-list params=uuid,name-label" prints the UUIDs)' : "";
  return [
    ...wrap(`To judge an NVRAM, get it on the host${find}, and give it to varscope:`, look.columns, 2),
    ...(uuids.length === 0 ? [null] : uuids.slice(0, MAX_COMMANDS)).map(
      (uuid) => `    ${nvramCommand(uuid)}`,
    ),
    ...moreLine(uuids.length - MAX_COMMANDS, "VMs go the same way"),
  ];
}

/** Where a line of this kind is all that there is, what stands around it tells the reason. */
const UNKNOWN_STEP =
  "What to do with them: look at what stands around such a line in that log, and at the same minute in the host's other logs (daemon.log, kern.log and xensource.log in /var/log); or make a bug report of the host with xen-bugtool and give its archive to varscope.";

/** One of these lines may be the reason that a VM does not start. */
function unknownTexts({ unknownLines, moreUnknownLines }: HostReport, isQuiet: boolean): string[] {
  if (unknownLines === null || unknownLines.length === 0) return [];
  const lines = unknownLines.reduce((sum, { times }) => sum + times, moreUnknownLines);
  return [
    `${counted(lines, "line")} about varstored that varscope does not know; each may be the reason that a VM does not start:`,
    ...unknownLines.slice(0, MAX_STARTS).map(({ file, line, times, domid, message }) => {
      const where = `${file === "" ? "" : `${shown(file)} `}line ${line}`;
      const more = times === 1 ? "" : ` and ${times - 1} more`;
      return `  ${where}${more}${domid === null ? "" : `, domain ${domid}`}: ${shown(message)}`;
    }),
    ...moreLine(unknownLines.length - MAX_STARTS, "different lines are not shown; --format json has them"),
    ...(isQuiet ? [] : [UNKNOWN_STEP]),
  ];
}

function cloneTexts({ cloneFailures }: HostReport): string[] {
  if (cloneFailures === null || cloneFailures.length === 0) return [];
  return [
    `Failed clones and copies: ${cloneFailures.length}.`,
    ...cloneFailures.slice(0, MAX_STARTS).map(({ time, uuid, exitCode }) => {
      const why = exitCode === 127 ? "varstore-rm is not installed" : `varstore-rm ended with ${exitCode}`;
      return `  ${time ?? "at an unknown time"}  ${uuid === null ? "a clone" : `clone ${uuid}`}: ${why}`;
    }),
    ...moreLine(cloneFailures.length - MAX_STARTS, "failed clones are not shown; --format json has all"),
  ];
}

function eventTexts({ guestEvents }: HostReport): string[] {
  if (guestEvents === null) return [];
  const ids = [...new Set(guestEvents.map(({ id }) => id))].sort((a, b) => a - b);
  return [
    `Events of a Windows guest: ${counted(guestEvents.length, "event")}, ${ids.join(", ")}. They hold no NVRAM.`,
  ];
}

function shown(text: string): string {
  return clip(printable(text), MAX_TEXT);
}
