import { forecast as forecastOn } from "../../../library/api/forecast.ts";
import type { Library } from "../../../library/api/library.ts";
import { portableMachine } from "../machine.ts";

export const forecast: Library["forecast"] = (input, updates, options = {}) =>
  forecastOn(portableMachine, input, updates, options);
