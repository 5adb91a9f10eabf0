/** The library on Node, with OpenSSL and zlib: what `import "varscope"` gives there. */

export * from "../../library/api/public.ts";
export { rules } from "../../library/api/rules.ts";
export { analyze } from "./doors/analyze.ts";
export { forecast } from "./doors/forecast.ts";
export { inspect } from "./doors/inspect.ts";
export { render } from "./doors/render.ts";
export { repair } from "./doors/repair.ts";
