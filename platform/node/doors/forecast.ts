import { forecast as forecastOn } from "../../../library/api/forecast.ts";
import type { forecast as portable } from "../../portable/doors/forecast.ts";
import { nodeMachine } from "../machine.ts";

export const forecast: typeof portable = (input, updates, options = {}) =>
  forecastOn(nodeMachine, input, updates, options);
