/**
 * The head of the published file: finds the pieces of the program in its sections. Each section is kept in a comment, which
 * is what V8 reads fastest, and comes with V8's own cache of its compiled code (node:vm, cachedData). Only the very Node that
 * made the cache is given it; any other compiles the text: slower at the start, the same otherwise.
 * `SECTIONS`, `SECTION_OF` (by name of the piece) and `BUILT_BY` stand behind this text.
 */
const { Script } = require("node:vm");

/**
 * The caches are of a Node like this one. V8 by itself compares too little: it takes the cache of another architecture, and
 * that of another Node with the same number of V8, and dies of them (github.com/nodejs/node, issue 62781;
 * github.com/zertosh/v8-compile-cache, issue 36).
 */
function isBuiltByThisNode() {
  return BUILT_BY === [process.version, process.platform, process.arch].join();
}

const pieces = Object.create(null);
const exportsOf = new Map();

/** What a piece exports, or a module of Node. */
function demand(name) {
  if (!name.startsWith("./")) return require(name);
  const known = exportsOf.get(name);
  if (known !== undefined) return known;
  if (pieces[name] === undefined) load(SECTION_OF[name]);
  const made = pieces[name]() ?? {};
  exportsOf.set(name, made);
  return made;
}

async function demandLater(name) {
  return demand(name);
}

/** Text of a comment in a function. */
function kept(comment) {
  return comment.toString().slice("function(){/*".length, -"*/}".length);
}

/** All but the first section are compressed: most runs only carry them along. */
function load({ text, cache, isPlain }) {
  const unpacked = (comment) => {
    const bytes = Buffer.from(kept(comment), "base64");
    return isPlain ? bytes : require("node:zlib").inflateRawSync(bytes);
  };
  const hasCache = kept(cache) !== "" && isBuiltByThisNode();
  define(
    isPlain ? kept(text) : unpacked(text).latin1Slice(),
    hasCache ? { cachedData: unpacked(cache) } : {},
  );
}

function define(text, cached) {
  // Not __filename: V8's cache has the name in it, and where the program was built is nobody's business.
  const script = new Script(text, { filename: "varscope.cjs", ...cached });
  Object.assign(pieces, script.runInThisContext()(demand, demandLater));
}
