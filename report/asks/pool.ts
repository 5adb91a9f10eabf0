/** The whole pool: its database. */
import { step } from "../remedies/remedy.ts";
import type { Ask } from "./ask.ts";

export const pool: Ask = {
  id: "pool",
  question: "Which VMs of a pool are affected?",
  tells: "Every VM, template and snapshot, and the certificates of the pool.",
  lacks: "NVRAMs that a VM wrote after the file was made.",
  caution:
    "It holds passwords of storage and the contents of vTPMs: send it over a safe way alone, and delete it afterwards.",
  words: ["all", "many", "every", "database", "which", "vms", "affected"],
  ways: [
    step("pool-master", "Dump the database of the pool", ["xe pool-dump-database file-name=/root/pool.xml"]),
    step("pool-master", "Or copy the file that xapi keeps", ["cp /var/lib/xcp/state.db /root/pool.xml"]),
    step(
      "xen-orchestra",
      "Or take the file data of a backup of the pool's metadata, below xo-pool-metadata-backups in the remote",
    ),
  ],
  fetch: ["scp root@HOST:/root/pool.xml ."],
  command: "analyze pool.xml",
  source: [
    "xapi ocaml/xapi-cli-server/cli_operations.ml (pool_dump_db)",
    "@xen-orchestra/backups (pool metadata)",
  ],
};
