import { forecast as forecastOn } from "../../../library/api/forecast.ts";
import type { Library } from "../../../library/api/library.ts";
import { nodeMachine } from "../machine.ts";

export const forecast: Library["forecast"] = (input, updates, options = {}) =>
  forecastOn(nodeMachine, input, updates, options);
