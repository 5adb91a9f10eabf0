import { analyze as analyzeOn } from "../../../library/api/analyze.ts";
import type { Library } from "../../../library/api/library.ts";
import { nodeMachine } from "../machine.ts";

export const analyze: Library["analyze"] = (inputs, options = {}) => analyzeOn(nodeMachine, inputs, options);
