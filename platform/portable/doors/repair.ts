import type { Library } from "../../../library/api/library.ts";
import { repair as repairOn } from "../../../library/api/repair.ts";
import { portableMachine } from "../machine.ts";

export const repair: Library["repair"] = (input, options = {}) => repairOn(portableMachine, input, options);
