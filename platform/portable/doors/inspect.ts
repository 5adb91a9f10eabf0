import { inspect as inspectOn } from "../../../library/api/inspect.ts";
import type { Library } from "../../../library/api/library.ts";
import { portableMachine } from "../machine.ts";

export const inspect: Library["inspect"] = (input, options = {}) =>
  inspectOn(portableMachine, input, options);
