import { askedSecureBoot, poolSetRepair } from "./engine/asked-secure-boot.ts";
import { imageTrust, trustsBootLoaders } from "./engine/image-trust.ts";
import type { BlobRule } from "./engine/rule.ts";

const SETTINGS: Readonly<Record<string, string>> = {
  auto: "Secure Boot is on where the pool has certificates (auto)",
  unknown: "This input does not tell whether Secure Boot is on: if it is",
};

export const secureBootDbMissing: BlobRule = {
  meta: {
    id: "secure-boot-db-missing",
    title: "With Secure Boot nothing starts, because db allows none of it",
    severity: "error",
    breaks: "secure-boot",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for a VM with Secure Boot on and a PK whose NVRAM has no db, or a db in which no entry lets a boot loader start: entries that are no certificates and no hashes of images, certificates and hashes that dbx revokes, the certificate for option ROMs or certificates of KEK and PK alone. Where the input does not tell whether Secure Boot is on, such a db is found as well, a missing one is not.",
      why: "With a PK and Secure Boot on, the firmware starts only what db trusts. Without a db that is nothing, so neither Windows nor Linux starts: the VM shows Access Denied, and XAPI tells VM_SECURE_BOOT_FAILED. Usually the VM was started for the first time on a host that had a PK and no other certificates.",
      repair:
        "None is applied, because trust would have to be invented. secureboot-certs report shows the pool's set: if it is not whole and of 2023, set it right first. Then, with the VM halted, varstore-sb-state UUID user on the host writes PK, KEK, db and dbx anew. Until then the VM starts with platform:secureboot=false.",
      notAFault:
        "With Secure Boot off, or without a PK, the firmware asks db nothing. Where it is not known whether Secure Boot is on, a VM without a db is as many are that do without Secure Boot; one with a db was given it for Secure Boot. A db of one's own keys or hashes is none either: what it lets start, depends on the disk. With platform:secureboot=auto this is a warning where the pool is not known, because only its certificates turn Secure Boot on.",
      references: [
        "edk2 DxeImageVerificationLib.c, DxeImageVerificationHandler",
        "varstored handler.c, setup_variables (SecureBoot is 1 where there is a PK and the platform asks for it)",
        "xapi ocaml/xapi/xapi_vm.ml, get_secureboot_readiness (certs_incomplete)",
      ],
    },
  },
  topics: ["start-without-secure-boot", "start-windows", "start-linux", "start-others", "write-db"],
  message: ({ setting, present, entries, revoked }) => {
    const on = SETTINGS[`${setting}`] ?? "Secure Boot is on";
    if (present === false) return `${on}, and there is no db: nothing is trusted, so no system starts.`;
    const ofThem = revoked === 0 ? "" : ` (dbx revokes ${revoked} of them)`;
    return `${on}, and of the ${entries} entries of db none lets a boot loader start${ofThem}: no system starts.`;
  },
  on: "blob",
  *detect({ stop }, context) {
    const asked = askedSecureBoot(context.vm);
    // What cannot be read to its end may hold a db.
    if (context.vm.secureBoot === false || stop !== null) return;
    const state = context.keys();
    if (state.PK === null) return;
    const trust = imageTrust(state, context.platform);
    if (trustsBootLoaders(trust)) return;
    // A db that is there is there for Secure Boot (engine/asked-secure-boot.ts); none is needed without. What is wrong with its lists
    // other rules tell, and a repair of them may be all that it needs.
    if (asked === null && (trust.entries === 0 || (state.db?.database.fault ?? null) !== null)) return;
    const setting = asked ?? "unknown";
    const variable = state.db?.variable;
    yield {
      ...(variable === undefined
        ? { path: "", span: null }
        : { variable, path: `variables[${variable.index}].data`, span: variable.dataSpan }),
      facts: {
        setting,
        present: state.db !== null,
        entries: trust.entries,
        revoked: trust.revoked.length,
      },
      ...(setting === "auto" ? { severity: "warning" as const } : {}),
      repair: poolSetRepair(context.vm),
    };
  },
};
