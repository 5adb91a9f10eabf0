import type { HostRule } from "./engine/rule.ts";

/** What a shell answers for a program that is not there. */
const NO_SUCH_PROGRAM = 127;
const MAX_NAMED = 20;

export const cloneFailed: HostRule = {
  meta: {
    id: "clone-failed",
    title: "Clones or copies of VMs failed because varstore-rm failed",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks in a host's logs for varstore-rm ending with an error. xapi runs it after each clone or copy of a UEFI VM, to take variables out that belong to the first VM alone.",
      why: "The clone or copy fails as a whole, and clients show INTERNAL_ERROR. Code 127 means that the program is not there: the package varstored-tools is missing. With any other code varstore-rm itself failed; it reads the NVRAM as varstored does, and ends with 1 where it cannot.",
      repair:
        "By hand: with 127, yum install varstored-tools on every host of the pool; with another code, analyze the NVRAM of the VM that was cloned.",
      references: ["xen-api ocaml/xapi/xapi_xenops.ml, nvram_post_clone", "varstored tools/varstore-rm.c"],
    },
  },
  message: ({ exitCode, count, vms }) =>
    `${count === 1 ? "A clone" : `${count} clones or copies`} failed${Array.isArray(vms) && vms.length > 0 ? ` (${vms.join(", ")})` : ""}: ${exitCode === NO_SUCH_PROGRAM ? "varstore-rm is not installed on this host (the package varstored-tools)" : `varstore-rm ended with ${exitCode}`}.`,
  on: "host",
  *detect({ cloneFailures }) {
    const codes = [...new Set((cloneFailures ?? []).map(({ exitCode }) => exitCode))];
    for (const exitCode of codes.sort((a, b) => a - b)) {
      const failed = (cloneFailures ?? []).filter((one) => one.exitCode === exitCode);
      const uuids = [...new Set(failed.flatMap(({ uuid }) => (uuid === null ? [] : [uuid])))];
      yield {
        path: "cloneFailures",
        span: null,
        facts: {
          exitCode,
          count: failed.length,
          vms: uuids.slice(0, MAX_NAMED),
          moreVms: Math.max(0, uuids.length - MAX_NAMED),
        },
        repair: {
          applicability: "manual",
          title:
            exitCode === NO_SUCH_PROGRAM
              ? "On every host of the pool: yum install varstored-tools"
              : "Analyze the NVRAM of the VM that was cloned",
          patches: [],
        },
      };
    }
  },
};
