import { analyze as analyzeOn } from "../../../library/api/analyze.ts";
import type { analyze as portable } from "../../portable/doors/analyze.ts";
import { nodeMachine } from "../machine.ts";

export const analyze: typeof portable = (inputs, options = {}) => analyzeOn(nodeMachine, inputs, options);
