/** The library without Node, for browsers and other programs: what `import "varscope"` gives where there is no Node. */
import {
  analyzeOn,
  forecastOn,
  inspectOn,
  type Library,
  renderOn,
  repairOn,
} from "../../library/api/library.ts";
import { portableMachine } from "./machine.ts";

export const analyze: Library["analyze"] = /* @__PURE__ */ analyzeOn(portableMachine);
export const inspect: Library["inspect"] = /* @__PURE__ */ inspectOn(portableMachine);
export const repair: Library["repair"] = /* @__PURE__ */ repairOn(portableMachine);
export const forecast: Library["forecast"] = /* @__PURE__ */ forecastOn(portableMachine);
export const render: Library["render"] = /* @__PURE__ */ renderOn(portableMachine);
export { rules } from "../../library/api/library.ts";
export * from "../../library/api/public.ts";
