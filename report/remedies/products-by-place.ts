/** The products that the hosts of each input run. For the database of a bug report, the list of packages beside it says so. */
import { basename, dirname } from "../../parsers/paths.ts";
import type { InputReport } from "../input.ts";
import { narrowed, type Products, productsOf } from "./product.ts";

/** As xen-bugtool calls them, also where its archive was unpacked (xen-bugtool, add_report). */
const PACKAGES = "rpm-qa.out";
const DATABASES: ReadonlySet<string> = new Set(["xapi-db.xml", "xapi-db-dumped.xml"]);

/** Must be given the inputs of a run in order: an archive before its members, and the list before the database. */
export class ProductsByPlace {
  /** Of the file that is being read: hosts by the archive or folder that their files lie in. */
  #hosts: readonly { readonly root: string; readonly products: Products }[] = [];
  #place = -1;
  #unpacked: { readonly folder: string; readonly products: Products } | null = null;

  of(report: Pick<InputReport, "path" | "place" | "host" | "software">): Products {
    const { path, place, host } = report;
    const own = productsOf(report);
    if (place !== this.#place) this.#hosts = [];
    this.#place = place;
    const beside = this.#hosts.findLast(({ root }) => isBelow(path, root)) ?? this.#unpackedBeside(path);
    if (host !== undefined && own !== null) {
      this.#hosts = [...this.#hosts, { root: path, products: own }];
      if (basename(path) === PACKAGES) this.#unpacked = { folder: dirname(path), products: own };
    }
    return narrowed(own, beside?.products ?? null);
  }

  #unpackedBeside(path: string): { readonly products: Products } | null {
    const isBeside = DATABASES.has(basename(path)) && this.#unpacked?.folder === dirname(path);
    return isBeside ? this.#unpacked : null;
  }
}

function isBelow(path: string, root: string): boolean {
  return path.startsWith(root) && (path[root.length] === "!" || path[root.length] === "/");
}
