/**
 * Databases in pool metadata backups of Xen Orchestra: of those of one pool only the newest says how its VMs are, the older ones
 * are what they were (@xen-orchestra/backups, _runners/_PoolMetadataBackup.mjs: schedule, pool, time, `data`).
 */
import type { MachineTally } from "../../report/machines.ts";

const DATABASE = /^(.*?xo-pool-metadata-backups[\\/][^\\/]+[\\/][^\\/]+)[\\/](\d{8}T\d{6}Z)[\\/]data$/s;

export class NewestPools {
  readonly #newest = new Map<string, { readonly time: string; readonly machines: MachineTally }>();

  /** Pool and time of the database, from its path; null for any other file. */
  static placeOf(path: string): { readonly series: string; readonly time: string } | null {
    const [, series, time] = DATABASE.exec(path) ?? [];
    return series === undefined || time === undefined ? null : { series, time };
  }

  /** True where the input is such a database. */
  takes(path: string, machines: MachineTally): boolean {
    const [, series, time] = DATABASE.exec(path) ?? [];
    if (series === undefined || time === undefined) return false;
    const known = this.#newest.get(series);
    if (known === undefined || known.time < time) this.#newest.set(series, { time, machines });
    return true;
  }

  *tallies(): Generator<MachineTally, void, undefined> {
    for (const { machines } of this.#newest.values()) yield machines;
  }
}
