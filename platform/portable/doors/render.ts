import type { Library } from "../../../library/api/library.ts";
import { render as renderOn } from "../../../library/api/render.ts";
import { portableMachine } from "../machine.ts";

export const render: Library["render"] = (report, format) => renderOn(portableMachine, report, format);
