/** Whether a host had, or has, a release of varstored that plants the wrong certificates. */
import type { HostHistory } from "../../parsers/host/history.ts";
import type { DatedTransaction } from "../../parsers/host/years.ts";
import { type FaultyRelease, faultyRelease } from "../knowledge/varstored-releases.ts";

const DAEMON = "varstored";

/** A time during which such a release was installed. */
export interface FaultyPeriod {
  readonly version: string;
  readonly release: FaultyRelease;
  readonly from: DatedTransaction;
  /** What replaced it; null where nothing did, as far as the log goes. */
  readonly to: DatedTransaction | null;
}

export interface Exposure {
  /** Version and release of varstored; null where it is not installed, or where that is not known. */
  readonly installed: string | null;
  /** What tells it: the list of packages, or else the last line of yum's log about it. */
  readonly installedFrom: "package-list" | "yum-log" | null;
  /** Null where nothing tells what is installed. */
  readonly isFaulty: boolean | null;
  readonly periods: readonly FaultyPeriod[];
}

export function exposureOf({ packages, transactions }: HostHistory): Exposure {
  const ofDaemon = (transactions ?? []).filter((one) => one.package.name === DAEMON);
  const { installed, installedFrom } = installedNow(packages, ofDaemon.at(-1));
  const isFaulty = installedFrom === null ? null : installed !== null && faultyRelease(installed) !== null;
  return { installed, installedFrom, isFaulty, periods: periodsOf(ofDaemon) };
}

function installedNow(
  packages: HostHistory["packages"],
  last: DatedTransaction | undefined,
): Pick<Exposure, "installed" | "installedFrom"> {
  if (packages !== null) {
    // An update that broke off leaves two releases in the list.
    const versions = packages.filter(({ name }) => name === DAEMON).map(({ version }) => version);
    const installed = versions.find((version) => faultyRelease(version) !== null) ?? versions[0] ?? null;
    return { installed, installedFrom: "package-list" };
  }
  if (last === undefined) return { installed: null, installedFrom: null };
  return { installed: last.action === "erased" ? null : last.package.version, installedFrom: "yum-log" };
}

function periodsOf(transactions: readonly DatedTransaction[]): FaultyPeriod[] {
  return transactions.flatMap((from, i) => {
    const { version } = from.package;
    const release = from.action === "erased" ? null : faultyRelease(version);
    if (release === null || isSame(transactions[i - 1], from)) return [];
    const to = transactions.slice(i + 1).find((later) => !isSame(later, from)) ?? null;
    return [{ version, release, from, to }];
  });
}

/** True where one installed what the other did: yum writes a reinstallation as an installation. */
function isSame(one: DatedTransaction | undefined, other: DatedTransaction): boolean {
  return one !== undefined && one.action !== "erased" && one.package.version === other.package.version;
}
