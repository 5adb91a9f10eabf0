import { analyze as analyzeOn } from "../../../library/api/analyze.ts";
import type { Library } from "../../../library/api/library.ts";
import { portableMachine } from "../machine.ts";

export const analyze: Library["analyze"] = (inputs, options = {}) =>
  analyzeOn(portableMachine, inputs, options);
