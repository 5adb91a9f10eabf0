/** A pool's database of 500 VMs with five causes, as a host's bug of 2025 leaves one: what first screens and a repair of many are tried on. */
import {
  bootVariables,
  healthyBlob,
  incidentBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeVariable,
  sha256List,
  XCP_NG_OWNER,
} from "./blob.ts";
import { makeDatabase, snapshotRow, vmRow } from "./xapi-db.ts";

interface Kind {
  readonly count: number;
  /** Of the VMs' names. */
  readonly prefix: string;
  readonly blob: Uint8Array;
}

const DBX = sha256List(MICROSOFT_OWNER, 20);

/** PK, KEK, db and dbx without one of them. */
function keysWithout(name: "PK" | "db"): Uint8Array {
  const skipped = { PK: 0, db: 2 }[name];
  return makeBlob([
    ...bootVariables(),
    ...keyVariables(MICROSOFT_OWNER, DBX).filter((_, i) => i !== skipped),
  ]);
}

/** In the order of their causes; the first two are repaired by merge, the third by remove alone. */
export const KINDS = {
  incident: { count: 60, prefix: "erp", blob: incidentBlob() },
  planted: {
    count: 150,
    prefix: "desktop",
    blob: makeBlob([...bootVariables(), ...keyVariables(XCP_NG_OWNER, sha256List(XCP_NG_OWNER, 20))]),
  },
  oversized: {
    count: 50,
    prefix: "logger",
    blob: makeBlob([...bootVariables(), makeVariable("GuestLog", new Uint8Array(60_000))]),
  },
  setupMode: { count: 40, prefix: "kiosk", blob: keysWithout("PK") },
  withoutDb: { count: 30, prefix: "lab", blob: keysWithout("db") },
  healthy: { count: 170, prefix: "web", blob: healthyBlob() },
} satisfies Readonly<Record<string, Kind>>;

export function poolUuid(kind: keyof typeof KINDS, number: number): string {
  const place = Object.keys(KINDS).indexOf(kind);
  return `0a4f2c4e-8d1f-4c57-9b3e-${String(place + 1).padStart(4, "0")}${String(number).padStart(8, "0")}`;
}

/** One snapshot stands beside the first VM, so that copies are not VMs. */
export function poolOf500(): Uint8Array {
  const vms = Object.entries(KINDS).flatMap(([kind, { count, prefix, blob }]) => {
    const text = Buffer.from(blob).toString("base64");
    return Array.from({ length: count }, (_, i) => ({
      uuid: poolUuid(kind as keyof typeof KINDS, i),
      name_label: `${prefix}-${String(i + 1).padStart(3, "0")}`,
      platform: { secureboot: "true", "device-model": "qemu-upstream-uefi" },
      NVRAM: { "EFI-variables": text },
    }));
  });
  const [first] = vms;
  const rows = vms.map((vm) => vmRow(vm));
  if (first === undefined) return makeDatabase({ VM: rows });
  const snapshot = { ...first, uuid: `${first.uuid.slice(0, -1)}f`, name_label: "before the update" };
  return makeDatabase({ VM: [...rows, snapshotRow(snapshot, first)] });
}
