import { GUID_BYTES, readGuid } from "../parsers/efi/guid.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import type { SignatureDatabase } from "../parsers/efi/signature-list.ts";
import { secureBootName } from "../parsers/efi/signature-variables.ts";
import { guidNamed } from "../parsers/guids.ts";
import type { RuleContext, VariableRule } from "./engine/rule.ts";
import {
  certificateName,
  parseStored,
  type StoredCertificate,
  storedCertificates,
} from "./knowledge/stored-certificates.ts";

/** In the names of keys that were made for trying out, and whose private halves are public. */
const TEST_KEY = /DO NOT (TRUST|SHIP)|AMI Test PK/i;
/** How much of a certificate is searched for names. */
const NAMED_BYTES = 1024;
const VMWARE_NO_PK = guidNamed("VMware (no PK)");

export const testOrLeakedPk: VariableRule = {
  meta: {
    id: "test-or-leaked-pk",
    title: "The PK is a test key, or none at all",
    severity: "warning",
    breaks: null,
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks at the certificate of PK: names such as DO NOT TRUST, DO NOT SHIP or AMI Test PK, in it or in its issuer; and the placeholder that VMware stores in place of a PK.",
      why: "The private halves of such keys are public (PKfail, CVE-2024-8105). Whoever has one can sign new KEK, db and dbx, and so turn Secure Boot off from inside the guest. VMware's placeholder is no key: the daemon sees a PK and is in user mode, but nobody can sign a change of KEK.",
      repair:
        "None is applied: a new PK has to be chosen. With the VM halted and its NVRAM saved, varstore-sb-state UUID user on the host writes the PK, KEK, db and dbx of the pool.",
      notAFault:
        "A self-signed PK of one's own is normal, and the PK of XCP-ng is owned by XCP-ng rightly. The PK that XenServer generated at build time says no more than CN=PK.",
      references: [
        "CVE-2024-8105 (PKfail), Binarly REsearch, 2024-07-25",
        "varstored create-auth.c",
        "UEFI 2.10 §32.3",
      ],
    },
  },
  topics: ["write-pk", "write-kek"],
  message: ({ certificate, reason }) => `The PK is ${certificate}: ${reason}.`,
  on: "variable",
  concerns: (variable) => secureBootName(variable) === "PK",
  *detect(variable, context) {
    const { PK } = context.keys();
    const signer = PK?.variable === variable ? PK.signer : null;
    const found = fault(context.signaturesOf(variable), signer, context);
    if (found === null) return;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: { variable: shortName(variable.name), ...found },
      repair: {
        applicability: "manual",
        title:
          "Choose a PK whose private key is kept; varstore-sb-state UUID user enrols the pool's, which secureboot-certs report shows",
        patches: [],
      },
    };
  },
};

function fault(
  database: SignatureDatabase,
  signer: StoredCertificate | null,
  context: RuleContext,
): { certificate: string; sha256: string | null; reason: string } | null {
  const [list] = database.lists;
  const firstOwner = list !== undefined && list.signatureCount > 0 ? list.firstSignature : null;
  if (firstOwner !== null && firstOwner + GUID_BYTES <= database.data.length) {
    const owner = readGuid(database.data, firstOwner);
    if (owner === VMWARE_NO_PK || list?.signatureType === VMWARE_NO_PK) {
      return { certificate: "VMware's placeholder", sha256: null, reason: "no key that could sign anything" };
    }
  }
  // A list of another type may hold the one that counts.
  const stored = storedCertificates(database, context);
  const isStored = stored.some(({ offset }) => offset === signer?.offset);
  for (const certificate of signer === null || isStored ? stored : [signer, ...stored]) {
    // Parsing costs as much as all the rest: the bytes tell in advance for whom it can matter.
    if (certificate.known !== null || !TEST_KEY.test(latin1(certificate.der))) continue;
    const parsed = parseStored(certificate, context.platform);
    if (parsed === null || !TEST_KEY.test(`${parsed.subject}\n${parsed.issuer}`)) continue;
    return {
      certificate: certificateName(certificate, context.platform),
      sha256: certificate.sha256,
      reason: "a test key whose private half is public",
    };
  }
  return null;
}

function latin1(der: Uint8Array): string {
  let text = "";
  for (const byte of der.subarray(0, NAMED_BYTES)) text += String.fromCharCode(byte);
  return text;
}
