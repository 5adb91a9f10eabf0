import type { Library } from "../../../library/api/library.ts";
import { repair as repairOn } from "../../../library/api/repair.ts";
import { nodeMachine } from "../machine.ts";

export const repair: Library["repair"] = (input, options = {}) => repairOn(nodeMachine, input, options);
