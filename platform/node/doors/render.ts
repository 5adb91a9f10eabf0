import type { Library } from "../../../library/api/library.ts";
import { render as renderOn } from "../../../library/api/render.ts";
import { nodeMachine } from "../machine.ts";

export const render: Library["render"] = (report, format) => renderOn(nodeMachine, report, format);
