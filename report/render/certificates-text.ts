/** What a set of Secure Boot certificates, or one `.auth` file, does to VMs, in a sentence. */
import type { PoolReadiness } from "../../rules/engine/readiness.ts";
import type { AuthFileReport, CertificatesReport } from "../certificates.ts";
import type { InputReport } from "../input.ts";
import { clip, printable } from "./printable.ts";
import { counted } from "./text.ts";

type Plants = CertificatesReport["plants"];

/** `pool`: what XAPI calls it, such as `ready_no_dbx`. */
export function poolText(pool: PoolReadiness): string {
  return `XAPI calls the pool ${pool}: ${POOL_WORDS[pool]}`;
}

/** True where the readiness of the pool is shown although nothing else is. */
export function isPoolUnready({ poolReadiness }: Pick<InputReport, "poolReadiness">): boolean {
  return poolReadiness !== undefined && poolReadiness !== "ready";
}

const POOL_WORDS: Readonly<Record<PoolReadiness, string>> = {
  ready: "VMs that start for the first time get PK, KEK, db and dbx.",
  ready_no_dbx: "VMs that start for the first time get PK, KEK and db, but no dbx.",
  not_ready: "VMs that start for the first time do not get all of PK, KEK and db.",
};

export function certificatesText({ source, file, plants }: CertificatesReport): string {
  if (file !== null) return authFileText(file, plants);
  const what = plants.map(({ name, signatures }) => `${name} (${counted(signatures, "signature")})`);
  return `${source} gives VMs that start for the first time: ${what.join(", ") || "nothing"}.`;
}

/** A signed file may be planted by a host, and sent by an operating system: it is one and the same form. */
function authFileText({ signed, target, name }: AuthFileReport, plants: Plants): string {
  if (target === null) {
    const what = signed ? "A signed update" : "Certificates without a signature";
    return `${what}; neither a signature nor its name (PK.auth, KEK.auth, db.auth, dbx.auth) tells for which variable.`;
  }
  const { variable, append, by } = target;
  const [plant] = plants;
  const holds = plant === undefined ? "" : `: ${counted(plant.signatures, "signature")}`;
  const way = append ? `added to what ${variable} holds` : `in place of what ${variable} holds`;
  if (signed)
    return `A signed update for ${variable}, ${way}${holds}.${by === "signature" ? "" : UNVERIFIED}`;
  const file = by === "name" ? clip(printable(name), 60) : "A file without a signature";
  if (plant === undefined) return `${file} is for ${variable}, and gives VMs nothing.`;
  return `${file} gives VMs that start for the first time their ${variable}${holds}.`;
}

const UNVERIFIED = " Its signature was made for no variable that is known: its name or content tells.";
