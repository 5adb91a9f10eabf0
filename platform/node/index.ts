/** The library on Node, with OpenSSL and zlib: what `import "varscope"` gives there. */
import { type Library, makeLibrary } from "../../library/api/library.ts";
import { nodeMachine } from "./machine.ts";

const library: Library = /* @__PURE__ */ makeLibrary(nodeMachine);
export const analyze: Library["analyze"] = library.analyze;
export const inspect: Library["inspect"] = library.inspect;
export const repair: Library["repair"] = library.repair;
export const forecast: Library["forecast"] = library.forecast;
export const render: Library["render"] = library.render;
export const rules: Library["rules"] = library.rules;
export * from "../../library/api/public.ts";
