/** Types of portable.mjs, for its test. */
import type { BuildOptions } from "esbuild";

export declare const PORTABLE: Pick<BuildOptions, "platform" | "target" | "alias">;
