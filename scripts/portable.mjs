/** How esbuild bundles the library for browsers: the page and the package have one way. */

/** npm's own `events` and `timers-browserify` stand in for those of Node, for tar-stream and xml2js. */
export const PORTABLE = {
  platform: "browser",
  target: ["chrome111", "firefox115", "safari17"],
  alias: { timers: "timers-browserify" },
};
