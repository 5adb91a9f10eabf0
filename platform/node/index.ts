/** The library on Node, with OpenSSL and zlib: what `import "varscope"` gives there. */
import {
  analyzeOn,
  forecastOn,
  inspectOn,
  type Library,
  renderOn,
  repairOn,
} from "../../library/api/library.ts";
import { nodeMachine } from "./machine.ts";

export const analyze: Library["analyze"] = /* @__PURE__ */ analyzeOn(nodeMachine);
export const inspect: Library["inspect"] = /* @__PURE__ */ inspectOn(nodeMachine);
export const repair: Library["repair"] = /* @__PURE__ */ repairOn(nodeMachine);
export const forecast: Library["forecast"] = /* @__PURE__ */ forecastOn(nodeMachine);
export const render: Library["render"] = /* @__PURE__ */ renderOn(nodeMachine);
export { rules } from "../../library/api/library.ts";
export * from "../../library/api/public.ts";
