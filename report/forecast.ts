/** What forecast says of one copy of an NVRAM: an element of `forecasts`. */
import type { DaemonVersion } from "../daemon/daemon-version.ts";
import type { Forecast } from "../daemon/forecast.ts";

/** One copy of an NVRAM against one daemon: an element of `forecasts`. */
export interface ForecastEntry extends Pick<Forecast, "error" | "steps"> {
  readonly path: string;
  readonly vm: { readonly uuid: string | null; readonly nameLabel: string | null };
  readonly source: string;
  readonly daemon: DaemonVersion;
}
