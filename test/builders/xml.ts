/** A reader of XML 1.0 without DTDs that takes nothing that is not well-formed. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** XML 1.0 §2.2, Char */
const FORBIDDEN = /[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const TOKEN = /<\?xml [^<>]*\?>|<(\/?)([a-z-]+)((?:\s+[a-z-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

interface Open {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

/** Throws where the text is no document. */
export function readXml(text: string): XmlElement {
  const bad = FORBIDDEN.exec(text);
  if (bad !== null) throw new Error(`a forbidden character at ${bad.index}`);
  const root: Open = { name: "", attributes: {}, children: [], text: "" };
  const open: Open[] = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    const current = open.at(-1);
    if (match === null || current === undefined)
      throw new Error(`no token at ${at}: ${text.slice(at, at + 60)}`);
    const [token, closing, name = "", attributes = "", empty, content] = match;
    if (content !== undefined) current.text += decoded(content);
    else if (closing === "/") {
      if (open.pop()?.name !== name) throw new Error(`</${name}> at ${at} closes nothing`);
    } else if (!token.startsWith("<?")) {
      const element: Open = { name, attributes: readAttributes(attributes), children: [], text: "" };
      current.children.push(element);
      if (empty !== "/") open.push(element);
    }
  }
  const [first, ...more] = root.children;
  if (open.length !== 1 || first === undefined || more.length > 0 || root.text.trim() !== "")
    throw new Error("not one element that is closed");
  return first;
}

function readAttributes(text: string): Record<string, string> {
  const found = [...text.matchAll(/([a-z-]+)="([^"]*)"/g)];
  const attributes = Object.fromEntries(found.map(([, name = "", value = ""]) => [name, decoded(value)]));
  if (Object.keys(attributes).length !== found.length) throw new Error(`an attribute twice in ${text}`);
  return attributes;
}

function decoded(text: string): string {
  return text.replace(/&([^;&]*);?/g, (reference, name: string) => {
    const character = reference.endsWith(";") ? NAMED[name] : undefined;
    if (character === undefined) throw new Error(`no reference: ${reference}`);
    return character;
  });
}
