import { startBytes, usedBytes } from "../daemon/space.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import { uuidInCommand } from "../parsers/uuid.ts";
import { type HeldKeys, holds, type KeyState } from "./engine/key-state.ts";
import type { FactValue, NvramRule, RuleContext } from "./engine/rule.ts";
import {
  KEK_2K_CA_2023,
  KNOWN_CERTIFICATES,
  type KnownCertificate,
  OPTION_ROM_UEFI_CA_2023,
  UEFI_CA_2023,
  WINDOWS_UEFI_CA_2023,
} from "./knowledge/certificates.ts";

const FIELD = "secureboot_certificates_state";
const SCHEDULED = "update_on_boot";
/** Header and owner of a list of one certificate (UEFI 2.10 §32.4.1). */
const LIST_OVERHEAD = 44;

export const xapiUpdateScheduled: NvramRule = {
  meta: {
    id: "xapi-update-scheduled",
    title: "XAPI is to write new Secure Boot certificates at the next start",
    severity: "info",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for a VM whose record has secureboot_certificates_state update_on_boot, and asks what that update meets: whether varstored loads the NVRAM at all, which of Microsoft's certificates of 2023 are missing, and whether they fit.",
      why: "At its next start varstored writes certificates as the host does, so that the missing key of the PK does not matter, and XAPI then records ok. What Secure Boot measures changes: BitLocker asks for its recovery key. Where the write fails, state and NVRAM stay as they are, and the VM stops in its firmware at this start and every later one. Where varstored refuses the NVRAM, it ends before any update.",
      repair:
        "None is applied. Suspend BitLocker before the start; or unmark the VM with xe vm-update-secureboot-certificates-on-boot uuid=UUID mark=false (after a VM that stopped in its firmware: unmark, shut down by force, start).",
      notAFault:
        "A scheduled update is what the administrator asked for. Whether varstored replaces KEK and db or adds to them, and what becomes of dbx, is in no published source: here the smaller of both is counted.",
      references: [
        "xapi ocaml/xapi/xapi_vm.ml, update_secureboot_certificates_on_boot",
        "xen-api doc/content/design/secureboot-certificate-expiry.md",
        "Citrix, Manage UEFI Secure Boot certificates (XenServer 8)",
      ],
    },
  },
  message: ({ outcome, missing, total, limit }) =>
    `XAPI is to write new Secure Boot certificates at the next start (${SCHEDULED}); ${sentence(outcome as Outcome, Array.isArray(missing) ? missing.join(", ") : "", total ?? null, limit ?? null)}`,
  on: "nvram",
  *detect(_nvram, context) {
    const { vm } = context;
    if (vm.fields.get(FIELD) !== SCHEDULED || vm.kind === "snapshot" || vm.firmware === "bios") return;
    const { outcome, missing, total } = comingTo(context);
    yield {
      path: "",
      span: null,
      facts: {
        state: SCHEDULED,
        outcome,
        missing: missing.map(({ commonName }) => commonName),
        total,
        limit: VARSTORED_LIMITS.TOTAL_LIMIT,
      },
      ...(outcome === "refused" || outcome === "does-not-fit" ? { severity: "warning" } : {}),
      repair: {
        applicability: "manual",
        title:
          outcome === "refused"
            ? "Repair the NVRAM first"
            : outcome === "does-not-fit"
              ? `Make room first, or unmark the VM: xe vm-update-secureboot-certificates-on-boot uuid=${uuidInCommand(vm.uuid)} mark=false`
              : "Have the recovery key of BitLocker at hand, or suspend it before the start",
        patches: [],
      },
    };
  },
};

type Outcome = "refused" | "unknown" | "already-there" | "fits" | "does-not-fit";

interface Coming {
  readonly outcome: Outcome;
  readonly missing: readonly KnownCertificate[];
  /** Bytes of the daemon's own accounting with them; null where nothing can be counted. */
  readonly total: number | null;
}

function comingTo(context: RuleContext): Coming {
  const { blob, load, vm } = context;
  if (load === null) return { outcome: "unknown", missing: [], total: null };
  if (blob === null || !load.loads) return { outcome: "refused", missing: [], total: null };
  const keys = context.keys();
  const missing = NEWEST.filter(({ variable, sha256 }) => !holds(keyOf(keys, variable), sha256));
  const added = (one: readonly KnownCertificate[]): number =>
    one.reduce((sum, { derBytes }) => sum + LIST_OVERHEAD + derBytes, 0);
  const total = usedBytes(blob.variables) + startBytes(vm, blob.variables) + added(missing);
  const fits = (["KEK", "db"] as const).every((name) => {
    const data = keyOf(keys, name)?.variable.data.length ?? 0;
    return data + added(missing.filter(({ variable }) => variable === name)) <= VARSTORED_LIMITS.DATA_LIMIT;
  });
  if (missing.length === 0) return { outcome: "already-there", missing, total };
  return { outcome: fits && total <= VARSTORED_LIMITS.TOTAL_LIMIT ? "fits" : "does-not-fit", missing, total };
}

/** Microsoft's certificates that nothing takes over from. */
const NEWEST: readonly KnownCertificate[] = KNOWN_CERTIFICATES.filter(({ sha256 }) =>
  [KEK_2K_CA_2023, WINDOWS_UEFI_CA_2023, UEFI_CA_2023, OPTION_ROM_UEFI_CA_2023].includes(sha256),
);

function keyOf({ KEK, db }: KeyState, variable: KnownCertificate["variable"]): HeldKeys | null {
  return variable === "KEK" ? KEK : db;
}

function sentence(outcome: Outcome, names: string, total: FactValue, limit: FactValue): string {
  switch (outcome) {
    case "refused":
      return "varstored refuses this NVRAM before it comes to that, and the VM does not start.";
    case "unknown":
      return "what it comes to is not known, because the NVRAM is not in this dump.";
    case "already-there":
      return "KEK and db hold Microsoft's of 2023 already.";
    case "fits":
      return `missing are ${names}; added to what is there they fit (${total} of ${limit} bytes). What Secure Boot measures changes, so that BitLocker asks for its recovery key. Whether own entries stay is not published.`;
    case "does-not-fit":
      return `missing are ${names}; added to what is there they do not fit (${total} bytes in all, of ${limit}). Where the write fails, the VM stops in its firmware, at this start and every later one.`;
    default:
      return outcome satisfies never;
  }
}
