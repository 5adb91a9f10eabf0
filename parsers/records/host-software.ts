/** Brand and version of the hosts that an input came from (xapi ocaml/util/xapi_version.ml: both are those of the host's inventory). */
import { PARSER_LIMITS } from "../limits.ts";
import type { HostSoftware } from "../model.ts";
import { type XmlValue, xmlMember, xmlString } from "../text/xml-rpc.ts";

/** As long as an inventory's words are; what is longer is none. */
const MAX_LENGTH = 64;
/** Xen Orchestra makes exports of what it imports, and writes this day into each (vatesfr/xen-orchestra @xen-orchestra/xva): no host wrote them. */
const XEN_ORCHESTRA_DATE = "2022-01-01";

/** Of an export, by its header; null where that does not tell. */
export function exporterOf(header: XmlValue | null, ovaXml: Uint8Array): HostSoftware | null {
  const text = (name: string): string | null => {
    const value = xmlMember(header, name);
    return value === null ? null : xmlString(ovaXml, value);
  };
  return text("date") === XEN_ORCHESTRA_DATE
    ? null
    : hostSoftware(text("product_brand"), text("product_version"));
}

/** Null where one of the two is missing, or no word of an inventory. */
export function hostSoftware(brand: string | null, version: string | null): HostSoftware | null {
  const isWord = (text: string | null): text is string =>
    text !== null && text !== "" && text.length <= MAX_LENGTH;
  return isWord(brand) && isWord(version) ? { brand, version } : null;
}

/** The hosts of one input. One that does not tell leaves open what the pool runs, and so do too many. */
export class HostSoftwareList {
  readonly #known = new Map<string, HostSoftware>();
  #isOpen = false;

  add(one: HostSoftware | null): void {
    if (one === null) this.#isOpen = true;
    else this.#known.set(`${one.brand}\n${one.version}`, one);
    if (this.#known.size > PARSER_LIMITS.maxHostSoftware) {
      this.#known.clear();
      this.#isOpen = true;
    }
  }

  /** Empty where it is not known of all. */
  get all(): readonly HostSoftware[] {
    return this.#isOpen ? [] : [...this.#known.values()];
  }
}
