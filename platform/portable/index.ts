/** The library without Node, for browsers and other programs: what `import "varscope"` gives where there is no Node. */

export * from "../../library/api/public.ts";
export { rules } from "../../library/api/rules.ts";
export { analyze } from "./doors/analyze.ts";
export { forecast } from "./doors/forecast.ts";
export { inspect } from "./doors/inspect.ts";
export { render } from "./doors/render.ts";
export { repair } from "./doors/repair.ts";
