/** The library without Node, for browsers and other programs: what `import "varscope"` gives where there is no Node. */
import { type Library, makeLibrary } from "../../library/api/library.ts";
import { portableMachine } from "./machine.ts";

const library: Library = /* @__PURE__ */ makeLibrary(portableMachine);
export const analyze: Library["analyze"] = library.analyze;
export const inspect: Library["inspect"] = library.inspect;
export const repair: Library["repair"] = library.repair;
export const forecast: Library["forecast"] = library.forecast;
export const render: Library["render"] = library.render;
export const rules: Library["rules"] = library.rules;
export * from "../../library/api/public.ts";
