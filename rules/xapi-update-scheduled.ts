import type { Refusal } from "../daemon/refusal.ts";
import { appendByHost } from "../daemon/set-variable.ts";
import { startBytes, usedBytes } from "../daemon/space.ts";
import { startDaemon } from "../daemon/startup-variables.ts";
import { secureBootId } from "../daemon/variable-id.ts";
import { guidBytes } from "../parsers/efi/guid.ts";
import {
  buildSignatureList,
  EFI_CERT_X509_GUID,
  SIGNATURE_OWNER_BYTES,
} from "../parsers/efi/signature-list.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { VarstoredBlob } from "../parsers/model.ts";
import { uuidInCommand } from "../parsers/uuid.ts";
import { type HeldKeys, holds, type KeyState } from "./engine/key-state.ts";
import type { Facts, FactValue, NvramRule, RuleContext } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";
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
      what: "Looks for a VM whose record has secureboot_certificates_state update_on_boot, and asks three things: whether varstored loads the NVRAM at all; which of Microsoft's certificates of 2023 are missing; and whether varstored takes each of them, by its size, and by how KEK and db are stored.",
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
  message: (facts) =>
    `XAPI is to write new Secure Boot certificates at the next start (${SCHEDULED}); ${sentence(facts)}`,
  on: "nvram",
  *detect(_nvram, context) {
    const { vm } = context;
    if (vm.fields.get(FIELD) !== SCHEDULED || vm.kind === "snapshot" || vm.firmware === "bios") return;
    const { outcome, missing, taken, total, why } = comingTo(context);
    yield {
      path: "",
      span: null,
      facts: {
        state: SCHEDULED,
        outcome,
        missing: missing.map(({ commonName }) => commonName),
        taken: taken.map(({ commonName }) => commonName),
        why,
        total,
        limit: VARSTORED_LIMITS.TOTAL_LIMIT,
      },
      ...(STOPS.has(outcome) ? { severity: "warning" } : {}),
      repair: {
        applicability: "manual",
        title:
          outcome === "refused"
            ? "Repair the NVRAM first"
            : outcome === "does-not-fit"
              ? `Make room first, or unmark the VM: ${unmark(vm.uuid)}`
              : outcome === "write-refused"
                ? `Mend what the other findings say of it first, or unmark the VM: ${unmark(vm.uuid)}`
                : "Have the recovery key of BitLocker at hand, or suspend it before the start",
        patches: [],
      },
    };
  },
};

function unmark(uuid: string | null): string {
  return `xe vm-update-secureboot-certificates-on-boot uuid=${uuidInCommand(uuid)} mark=false`;
}

/** write-refused: for another reason than space. */
type Outcome = "refused" | "unknown" | "already-there" | "fits" | "does-not-fit" | "write-refused";
/** After which the VM does not start. */
const STOPS: ReadonlySet<Outcome> = new Set(["refused", "does-not-fit", "write-refused"]);

interface Coming {
  readonly outcome: Outcome;
  readonly missing: readonly KnownCertificate[];
  /** Those of them that varstored accepts. */
  readonly taken: readonly KnownCertificate[];
  /** Why varstored does not take the first of the others; null where it takes all. */
  readonly why: string | null;
  /** Bytes of the daemon's own accounting with all of them; null where nothing can be counted. */
  readonly total: number | null;
}

function comingTo(context: RuleContext): Coming {
  const { blob, load, vm } = context;
  const nothing = { missing: [], taken: [], why: null, total: null };
  if (load === null) return { outcome: "unknown", ...nothing };
  if (blob === null || !load.loads) return { outcome: "refused", ...nothing };
  const keys = context.keys();
  const missing = NEWEST.filter(({ variable, sha256 }) => !holds(keyOf(keys, variable), sha256));
  const added = missing.reduce((sum, { derBytes }) => sum + LIST_OVERHEAD + derBytes, 0);
  const total = usedBytes(blob.variables) + startBytes(vm, blob.variables) + added;
  if (missing.length === 0) return { ...nothing, outcome: "already-there", total };
  const { taken, refusal } = writtenByHost(missing, context, blob);
  const isSpace = refusal?.check === "data-over-limit" || refusal?.check === "total-over-limit";
  const outcome = refusal === null ? "fits" : isSpace ? "does-not-fit" : "write-refused";
  return { outcome, missing, taken, total, why: refusal?.reason ?? null };
}

/** Each as an append of its own, KEK before db. A host that has such updates has the append fix too. */
function writtenByHost(
  missing: readonly KnownCertificate[],
  { vm }: RuleContext,
  blob: VarstoredBlob,
): { readonly taken: readonly KnownCertificate[]; readonly refusal: Refusal | null } {
  let store = startDaemon(blob, vm.secureBoot === true);
  let first: Refusal | null = null;
  const taken = missing.filter((certificate) => {
    const answer = appendByHost(store, secureBootId(certificate.variable), standInFor(certificate), "fixed");
    store = answer.store;
    first ??= answer.refusal;
    return answer.refusal === null;
  });
  return { taken, refusal: first };
}

/** A list as long as that of the certificate, of which varscope has the fingerprint alone. */
function standInFor({ derBytes }: KnownCertificate): Uint8Array {
  const entry = new Uint8Array(SIGNATURE_OWNER_BYTES + derBytes);
  return buildSignatureList(guidBytes(EFI_CERT_X509_GUID), NO_HEADER, entry.length, [entry]);
}

const NO_HEADER = new Uint8Array(0);

/** Microsoft's certificates that nothing takes over from. */
const NEWEST: readonly KnownCertificate[] = KNOWN_CERTIFICATES.filter(({ sha256 }) =>
  [KEK_2K_CA_2023, WINDOWS_UEFI_CA_2023, UEFI_CA_2023, OPTION_ROM_UEFI_CA_2023].includes(sha256),
);

function keyOf({ KEK, db }: KeyState, variable: KnownCertificate["variable"]): HeldKeys | null {
  return variable === "KEK" ? KEK : db;
}

function sentence({ outcome, missing, taken, why, total, limit }: Facts): string {
  const names = (missing as readonly string[]).join(", ");
  const kind = outcome as Outcome;
  switch (kind) {
    case "refused":
      return "varstored refuses this NVRAM before it comes to that, and the VM does not start.";
    case "unknown":
      return "what it comes to is not known, because the NVRAM is not in this dump.";
    case "already-there":
      return "KEK and db hold Microsoft's of 2023 already.";
    case "fits":
      return `missing are ${names}; added to what is there they fit (${total} of ${limit} bytes). What Secure Boot measures changes, so that BitLocker asks for its recovery key. Whether own entries stay is not published.`;
    case "does-not-fit":
      return `missing are ${names}; added to what is there they do not fit (${total} bytes in all, of ${limit}). ${why}${tookSome(taken)} ${STOPPED}`;
    case "write-refused":
      return `missing are ${names}, and varstored does not add them to what is there. ${why}${tookSome(taken)} ${STOPPED}`;
    default:
      return kind satisfies never;
  }
}

function tookSome(taken: FactValue | undefined): string {
  const names = listed(taken);
  return names === "" ? "" : ` It takes ${names}.`;
}

const STOPPED = "Where the write fails, the VM stops in its firmware, at this start and every later one.";
