import { type Forecast, forecast as forecastOn } from "../../../library/api/forecast.ts";
import type { ForecastOptions, Source } from "../../../library/api/types.ts";
import { portableMachine } from "../machine.ts";

/**
 * Predicts what varstored answers to signed updates, applied in this order, and whether it still loads the NVRAM after each.
 * Rejects with InputError where the input or an update cannot be read, and with TypeError for wrong options.
 */
export function forecast(
  input: Source,
  updates: readonly Source[],
  options: ForecastOptions = {},
): Promise<Forecast> {
  return forecastOn(portableMachine, input, updates, options);
}
