/** What the pictures show: made by the builders of the tests, so that nothing of a customer is in them. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { healthyBlob, incidentBlob } from "../../test/builders/blob.ts";
import { poolOf500 } from "../../test/builders/pool-of-500.ts";
import { backupName, deltaMetadata, metadataText } from "../../test/builders/xen-orchestra.ts";

export interface Inputs {
  readonly backup: string;
  readonly healthy: string;
  readonly fleet: string;
  /** A folder of Xen Orchestra's. */
  readonly remote: string;
}

export function makeInputs(folder: string): Inputs {
  const put = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  };
  const backup = join(folder, "backup.xva");
  copyFileSync("corpus/sample-incident/input.xva", backup);
  return {
    backup,
    healthy: put("before.vars", healthyBlob()),
    fleet: put("state.db", poolOf500()),
    remote: makeRemote(put, join(folder, "xo-vm-backups")),
  };
}

const DAY = 86_400_000;
/** Two nights before the faulty update of varstored was published. */
const FIRST = Date.UTC(2025, 9, 21, 2, 30);

/** Eight nights of three VMs: one goes bad, one is planted and mended, one stays healthy. */
function makeRemote(put: (name: string, bytes: Uint8Array) => string, folder: string): string {
  const healthy = healthyBlob();
  const planted = incidentBlob(827, 0);
  const incident = incidentBlob();
  const vms = [
    {
      name_label: "erp-sql-01",
      blobs: [healthy, healthy, planted, planted, incident, incident, incident, incident],
    },
    {
      name_label: "files-02",
      blobs: [healthy, healthy, healthy, planted, planted, planted, healthy, healthy],
    },
    { name_label: "web-03", blobs: [healthy, healthy, healthy, healthy, healthy, healthy, healthy, healthy] },
  ];
  for (const [place, { name_label, blobs }] of vms.entries()) {
    const uuid = `0a4f2c4e-8d1f-4c57-9b3e-0000000000${String(place + 10)}`;
    for (const [night, blob] of blobs.entries()) {
      const fields = { uuid, name_label, time: new Date(FIRST + night * DAY), blob };
      put(`xo-vm-backups/${uuid}/${backupName(fields.time)}.json`, metadataText(deltaMetadata(fields)));
    }
  }
  return folder;
}
