/**
 * Where the page of a rule (docs/rules/) stands, for formats that want an address. `homepage` of package.json decides. While
 * the project has none the address says which page it is and leads nowhere: an invented host would belong to somebody else.
 */
import packageJson from "../package.json" with { type: "json" };

/** Null while the project has none. */
export const HOMEPAGE: string | null =
  (packageJson as { readonly name: string; readonly homepage?: string }).homepage ?? null;

export function rulePageUri(id: string): string {
  const place = HOMEPAGE === null ? "varscope:" : HOMEPAGE.endsWith("/") ? HOMEPAGE : `${HOMEPAGE}/`;
  return `${place}docs/rules/${id}.md`;
}
