/** What forecast says of one copy of an NVRAM: an element of `forecasts`. */
import type { DaemonVersion } from "../daemon/daemon-version.ts";
import type { Forecast } from "../daemon/forecast.ts";

/** One copy of an NVRAM against one daemon: an element of `forecasts`. */
export interface ForecastEntry extends Pick<Forecast, "error" | "steps"> {
  readonly path: string;
  readonly vm: { readonly uuid: string | null; readonly nameLabel: string | null };
  readonly source: string;
  readonly daemon: DaemonVersion;
  /** Why no system, or no Windows, starts with Secure Boot by the keys alone; each null where they do not tell that. */
  readonly keys: { readonly before: string | null; readonly after: string | null };
  readonly start: ForecastStart;
}

/** What the VM's own boot loader does before and after. */
export interface ForecastStart {
  /** True where nobody looked at its disks: then all below is null, but for `why`. */
  readonly assumed: boolean;
  /** Why the disks were not read; null where no reason is known. */
  readonly why: string | null;
  /** Secure Boot of the VM's record; on where the record does not say. */
  readonly secureBoot: boolean | null;
  /** Each null where that NVRAM is not saved, or not known. */
  readonly before: ForecastedStart | null;
  readonly after: ForecastedStart | null;
  /** Null where it cannot be known. */
  readonly pcr7Changes: boolean | null;
  readonly hasVtpm: boolean | null;
}

export interface ForecastedStart {
  readonly starts: boolean | null;
  /** The program that starts, or that is refused. */
  readonly path: string | null;
  /** What stands in the way; null where it starts. */
  readonly reason: string | null;
}

export function assumedStart(why: string | null): ForecastStart {
  const nothing = { secureBoot: null, before: null, after: null, pcr7Changes: null, hasVtpm: null };
  return { assumed: true, why, ...nothing };
}
