import { inspect as inspectOn } from "../../../library/api/inspect.ts";
import type { inspect as portable } from "../../portable/doors/inspect.ts";
import { nodeMachine } from "../machine.ts";

export const inspect: typeof portable = (input, options = {}) => inspectOn(nodeMachine, input, options);
