/** Which products the hosts of an input run, as far as it tells that. */
import type { HostSoftware } from "../../parsers/model.ts";
import type { InputReport } from "../input.ts";
import type { Product } from "./remedy.ts";

/** Those that it may be; null where that is open. */
export type Products = readonly Product[] | null;

/** As rpm writes version and release, such as `1.2.0-3.4.xcpng8.3`. */
const PACKAGE = /^(\d+)\.(\d+)\.(\d+)-(\d+)(?:\.(\d+))?\.?.*xcpng8\.3/;
/** Brings Microsoft's certificates of 2023 (xcp-ng-rpms/varstored SPECS/varstored.spec, changelog). */
const FIXED = [1, 2, 0, 3, 4] as const;
const XENSERVER_8 = /\.xs8\b/;
/** The daemon of XCP-ng 8.2, which 8.3 has no more. */
const OF_8_2 = "uefistored";

/** By the list of packages, which tells the release of varstored as well; else by what the hosts say of themselves. */
export function productsOf({ host, software }: Pick<InputReport, "host" | "software">): Products {
  const installed = host === undefined ? null : packagedProduct(host);
  return installed === null ? softwareProducts(software ?? []) : [installed];
}

/** What both leave open. Where they contradict each other, hosts differ. */
export function narrowed(some: Products, others: Products): Products {
  if (some === null || others === null) return some ?? others;
  const both = some.filter((one) => others.includes(one));
  return both.length > 0 ? both : [...new Set([...some, ...others])];
}

function packagedProduct({ varstored, packages }: NonNullable<InputReport["host"]>): Product | null {
  const installed = varstored.installed ?? "";
  if (XENSERVER_8.test(installed)) return "xenserver-8";
  const match = PACKAGE.exec(installed);
  if (match === null) return packages?.some(({ name }) => name === OF_8_2) === true ? "xcp-ng-8.2" : null;
  for (const [i, least] of FIXED.entries()) {
    const found = Number(match[i + 1] ?? 0);
    if (found !== least) return found > least ? "xcp-ng-8.3-fixed" : "xcp-ng-8.3";
  }
  return "xcp-ng-8.3-fixed";
}

/** All products of the hosts; null where a version is not known. */
function softwareProducts(software: readonly HostSoftware[]): Products {
  const products = software.map(productsOfSoftware);
  if (products.length === 0 || products.includes(null)) return null;
  return [...new Set(products.flatMap((some) => some ?? []))];
}

/** The version of XCP-ng 8.3 does not tell that of varstored. Before version 8 the brand XenServer was another product. */
function productsOfSoftware({ brand, version }: HostSoftware): Products {
  const release = /^\d+\.\d+(?=\.|$)/.exec(version)?.[0] ?? "";
  if (brand === "XCP-ng" && release === "8.2") return ["xcp-ng-8.2"];
  if (brand === "XCP-ng" && release === "8.3") return ["xcp-ng-8.3", "xcp-ng-8.3-fixed"];
  if (brand === "XenServer" && release.startsWith("8.")) return ["xenserver-8"];
  return null;
}
