/** Reads small XML documents of ours with a parser that is not ours. */
import { parseString } from "xml2js";

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** As xml2js gives it with the options below. */
interface Parsed {
  readonly "#name": string;
  readonly $?: Readonly<Record<string, string>>;
  readonly $$?: readonly Parsed[];
  readonly _?: string;
}

/** XML 1.0 §2.2, Char, and §3.1, AttValue: xml2js lets other characters pass, and `<` in the value of an attribute. */
const FORBIDDEN = /[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const MARKUP = /<\?xml [^<>]*\?>|<\/[a-z-]+>|<[a-z-]+(?:\s+[a-z-]+="[^"<]*")*\s*\/?>/g;

/** Throws where the text is no document. */
export function readXml(text: string): XmlElement {
  const bad = FORBIDDEN.exec(text);
  if (bad !== null) throw new Error(`a forbidden character at ${bad.index}`);
  if (text.replace(MARKUP, "").includes("<")) throw new Error("a < that begins no markup");
  checkElements(text);
  let root: Parsed | null = null;
  const options = {
    explicitRoot: false,
    explicitChildren: true,
    preserveChildrenOrder: true,
    includeWhiteChars: true,
  };
  // Without `async` it calls back before it returns.
  parseString(text, options, (error, parsed) => {
    if (error !== null) throw error;
    root = parsed;
  });
  if (root === null) throw new Error("not one element that is closed");
  return elementOf(root);
}

/** xml2js lets pass what comes after the first element, and takes the first of two attributes of one name. */
function checkElements(text: string): void {
  let depth = 0;
  let roots = 0;
  for (const [tag] of text.matchAll(MARKUP)) {
    if (tag.startsWith("<?")) continue;
    if (tag.startsWith("</")) depth--;
    else if (depth === 0) roots++;
    if (!tag.startsWith("</") && !tag.endsWith("/>")) depth++;
    const names = [...tag.matchAll(/\s([a-z-]+)="/g)].map(([, name]) => name);
    if (new Set(names).size < names.length) throw new Error(`an attribute twice in ${tag}`);
  }
  if (roots !== 1 || depth !== 0 || !text.trimEnd().endsWith(">"))
    throw new Error("not one element that is closed");
}

function elementOf({
  "#name": name,
  $: attributes = {},
  $$: children = [],
  _: text = "",
}: Parsed): XmlElement {
  return { name, attributes, children: children.map(elementOf), text };
}
