import { repair as repairOn } from "../../../library/api/repair.ts";
import type { repair as portable } from "../../portable/doors/repair.ts";
import { nodeMachine } from "../machine.ts";

export const repair: typeof portable = (input, options = {}) => repairOn(nodeMachine, input, options);
