/** `import "varscope"` in browsers and wherever there is no Node: the same functions as in Node, without OpenSSL and zlib. */

export * from "../../library/api/public.ts";
export { rules } from "../../library/api/rules.ts";
export { analyze } from "./doors/analyze.ts";
export { forecast } from "./doors/forecast.ts";
export { inspect } from "./doors/inspect.ts";
export { render } from "./doors/render.ts";
export { repair } from "./doors/repair.ts";
