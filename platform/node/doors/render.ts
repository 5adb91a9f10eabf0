import { render as renderOn } from "../../../library/api/render.ts";
import type { render as portable } from "../../portable/doors/render.ts";
import { nodeMachine } from "../machine.ts";

export const render: typeof portable = (report, format) => renderOn(nodeMachine, report, format);
