/**
 * Certificates that the user supplies and KEK or db lacks: known ones only, because only of those it is known where they
 * belong. They are appended as the daemon appends a list of Microsoft's own update: at the end, one list each.
 */
import { concatBytes, toHex } from "../../parsers/bytes.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import {
  buildSignatureList,
  EFI_CERT_X509_GUID,
  readSignatureDatabase,
  SIGNATURE_OWNER_BYTES,
  signatureAt,
} from "../../parsers/efi/signature-list.ts";
import { secureBootName } from "../../parsers/efi/signature-variables.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { EfiVariable } from "../../parsers/model.ts";
import type { Platform } from "../../parsers/platform.ts";
import type { KnownCertificate } from "../knowledge/certificates.ts";
import type { RepairStep } from "./repair-types.ts";
import type { Patch } from "./rule.ts";
import { variableRef } from "./variable-ref.ts";

export interface SuppliedCertificate {
  readonly der: Uint8Array;
  /** Fingerprint, lower-case hexadecimal. */
  readonly sha256: string;
  readonly known: KnownCertificate;
}

/** What is to be added, or why it cannot be. */
export type Addition =
  | { readonly steps: readonly RepairStep[]; readonly patches: readonly Patch[] }
  | { readonly impossible: string };

/** The rules that report these certificates as missing; steps of the repair have their ids. */
const RULE_OF = { KEK: "kek-2023-missing", db: "db-2023-missing" } as const;

/** Rules whose findings end once the certificates of 2023 are there. */
export const ADDED_BY_CERTIFICATES: ReadonlySet<string> = new Set([
  ...Object.values(RULE_OF),
  "pca2011-revoked-without-successor",
]);

/**
 * Null where nothing is missing. What dbx revokes is not added. PK is never touched: its certificate decides who may write
 * all others.
 */
export function addCertificates(
  variables: readonly EfiVariable[],
  supplied: readonly SuppliedCertificate[],
  platform: Pick<Platform, "sha256">,
): Addition | null {
  if (supplied.length === 0) return null;
  const steps: RepairStep[] = [];
  const patches: Patch[] = [];
  const revoked = fingerprintsOf(lastNamed(variables, "dbx"), platform);
  for (const name of ["KEK", "db"] as const) {
    const wanted = supplied.filter(({ known, sha256 }) => known.variable === name && !revoked.has(sha256));
    if (wanted.length === 0) continue;
    const variable = lastNamed(variables, name);
    if (variable === undefined)
      return {
        impossible: `There is no ${name} to put certificates into: enrol the pool's keys on the host first.`,
      };
    const missing = missingFrom(variable, wanted, platform);
    if (missing === null)
      return { impossible: `The signature lists of ${name} do not add up: repair them first.` };
    if (missing.length === 0) continue;
    const data = concatBytes([variable.data, ...missing.map(listOf)]);
    if (data.length > VARSTORED_LIMITS.DATA_LIMIT) {
      return {
        impossible: `${name} would have ${data.length} bytes of data; varstored loads at most ${VARSTORED_LIMITS.DATA_LIMIT}.`,
      };
    }
    const title = `Add ${missing.map(({ known }) => known.commonName).join(", ")} to ${name}`;
    steps.push({ ruleId: RULE_OF[name], title, variable: variableRef(variable) });
    patches.push({ op: "replace-data", index: variable.index, data });
  }
  return patches.length === 0 ? null : { steps, patches };
}

function lastNamed(variables: readonly EfiVariable[], name: "KEK" | "db" | "dbx"): EfiVariable | undefined {
  return variables.findLast((one) => secureBootName(one) === name);
}

function fingerprintsOf(variable: EfiVariable | undefined, platform: Pick<Platform, "sha256">): Set<string> {
  const found = new Set<string>();
  const data = variable?.data ?? new Uint8Array(0);
  for (const list of readSignatureDatabase(data).lists) {
    if (list.signatureType !== EFI_CERT_X509_GUID) continue;
    for (let i = 0; i < list.signatureCount; i++) {
      found.add(toHex(platform.sha256(signatureAt(data, list, i).signatureData)));
    }
  }
  return found;
}

function missingFrom(
  variable: EfiVariable,
  wanted: readonly SuppliedCertificate[],
  platform: Pick<Platform, "sha256">,
): SuppliedCertificate[] | null {
  if (readSignatureDatabase(variable.data).fault !== null) return null;
  const present = fingerprintsOf(variable, platform);
  return wanted.filter(({ sha256 }) => !present.has(sha256));
}

function listOf({ der, known }: SuppliedCertificate): Uint8Array {
  const entry = concatBytes([guidBytes(known.owner), der]);
  return buildSignatureList(
    guidBytes(EFI_CERT_X509_GUID),
    new Uint8Array(0),
    SIGNATURE_OWNER_BYTES + der.length,
    [entry],
  );
}
