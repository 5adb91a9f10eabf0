/** Which product the hosts of an input run, as far as its list of packages or yum's log tells. */
import type { InputReport } from "../input.ts";
import type { Product } from "./remedy.ts";

/** As rpm writes version and release, such as `1.2.0-3.4.xcpng8.3`. */
const PACKAGE = /^(\d+)\.(\d+)\.(\d+)-(\d+)(?:\.(\d+))?\.?.*xcpng8\.3/;
/** Brings Microsoft's certificates of 2023 (xcp-ng-rpms/varstored SPECS/varstored.spec, changelog). */
const FIXED = [1, 2, 0, 3, 4] as const;

/** Null where nothing tells it. */
export function productOf({ host }: Pick<InputReport, "host">): Product | null {
  const match = PACKAGE.exec(host?.varstored.installed ?? "");
  if (match === null) return null;
  for (const [i, least] of FIXED.entries()) {
    const found = Number(match[i + 1] ?? 0);
    if (found !== least) return found > least ? "xcp-ng-8.3-fixed" : "xcp-ng-8.3";
  }
  return "xcp-ng-8.3-fixed";
}
