/**
 * The head of the published file: finds the pieces of the program in its sections. Each section is kept in a comment, which
 * is what V8 reads fastest, and comes with V8's own cache of its compiled code (node:vm, cachedData). A Node of another
 * version does not take the cache and compiles the text: slower at the start, the same otherwise.
 * `SECTIONS` and `SECTION_OF` (by name of the piece) stand behind this text.
 */
const { Script } = require("node:vm");

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
  const bytes = Buffer.from(kept(cache), "base64");
  if (isPlain) return define(kept(text), bytes);
  const { inflateRawSync } = require("node:zlib");
  define(inflateRawSync(Buffer.from(kept(text), "base64")).latin1Slice(), inflateRawSync(bytes));
}

function define(text, cachedData) {
  // Not __filename: V8's cache has the name in it, and where the program was built is nobody's business.
  const script = new Script(text, { filename: "varscope.cjs", ...(cachedData.length > 0 && { cachedData }) });
  Object.assign(pieces, script.runInThisContext()(demand, demandLater));
}
