import type { StartCause } from "../parsers/host/failed-starts.ts";
import { failedVms, startFacts } from "./engine/host-starts.ts";
import type { HostRule } from "./engine/rule.ts";

const WHY: Readonly<Partial<Record<StartCause, string>>> = {
  "other-emulator": "an emulator other than varstored did not start, which is not the NVRAM",
  "secure-boot-refused": "the VM failed to pass Secure Boot verification",
  "xapi-did-not-answer": "varstored did not get the NVRAM from xapi",
  "keys-not-planted": "varstored could not plant its keys",
  "timed-out": "varstored was not ready in time",
};

export const startFailedOtherwise: HostRule = {
  meta: {
    id: "start-failed-otherwise",
    title: "VMs did not start for a reason that is not in their NVRAM's layout",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks in a host's logs for starts that failed because another emulator ended, because of Secure Boot, because xapi did not answer, or because varstored could not plant its keys or was not ready in time.",
      why: "These VMs need something else than a repaired NVRAM; whoever takes them for victims of the faulty update loses time.",
      repair: "By hand, by what the log says: the messages are in the facts of this finding.",
      notAFault: "One VM may have failed for this reason at one time and for a refused NVRAM at another.",
      references: [
        "xen-api ocaml/idl/datamodel_errors.ml, FAILED_TO_START_EMULATOR",
        "xen-api ocaml/xapi-consts/api_messages.ml, VM_SECURE_BOOT_FAILED",
        "varstored xapidb-lib.c, get_from_xapi; handler.c, setup_keys",
      ],
    },
  },
  message: ({ why, starts, vms, unknownVms }) =>
    `At the start ${failedVms(starts, vms, unknownVms)}: ${why}.`,
  on: "host",
  *detect({ failedStarts }) {
    for (const [cause, why] of Object.entries(WHY)) {
      const failed = (failedStarts ?? []).filter((start) => start.cause === cause);
      if (failed.length === 0) continue;
      yield { path: "failedStarts", span: null, facts: { cause, why, ...startFacts(failed) } };
    }
  },
};
