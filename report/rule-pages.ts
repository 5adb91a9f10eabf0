/**
 * Where the page of a rule (docs/rules/) stands, for formats that want an address. `homepage` of package.json decides. While
 * the project has none the address says which page it is and leads nowhere: an invented host would belong to somebody else.
 */
import packageJson from "../package.json" with { type: "json" };

const { homepage = "varscope:" } = packageJson as { readonly name: string; readonly homepage?: string };

export function rulePageUri(id: string): string {
  return `${homepage.endsWith("/") || homepage.endsWith(":") ? homepage : `${homepage}/`}docs/rules/${id}.md`;
}
