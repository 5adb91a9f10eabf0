import { failedVms, nvramAdvice, startFacts } from "./engine/host-starts.ts";
import type { HostRule } from "./engine/rule.ts";

export const varstoredRefusedNvram: HostRule = {
  meta: {
    id: "varstored-refused-nvram",
    title: "VMs did not start because varstored refused their NVRAM",
    severity: "error",
    breaks: "start",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks in a host's logs for varstored saying that it cannot read the variables of a VM, and for xapi and xenopsd saying that it ended.",
      why: "The VM does not start until its NVRAM is repaired. A dbx that has grown past 57344 bytes shows as `Failed to unserialize variable!`: varstored tells neither its name nor its size.",
      repair:
        "By hand: analyze the NVRAM of each VM, from an export, a backup or the pool's database, and repair it. A bug report does not have it.",
      notAFault:
        "varstored that gets no answer from xapi, or that cannot plant its keys, is no damage of the NVRAM.",
      references: [
        "varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob",
        "xen-api ocaml/xenopsd/xc/service.ml",
      ],
    },
  },
  message: ({ starts, vms, unknownVms }) =>
    `varstored refused the NVRAM ${failedVms(starts, vms, unknownVms)}.`,
  on: "host",
  *detect({ failedStarts }) {
    const refused = (failedStarts ?? []).filter(({ cause }) => cause === "nvram-refused");
    if (refused.length === 0) return;
    yield {
      path: "failedStarts",
      span: null,
      facts: startFacts(refused),
      repair: { applicability: "manual", title: nvramAdvice(refused), patches: [] },
    };
  },
};
