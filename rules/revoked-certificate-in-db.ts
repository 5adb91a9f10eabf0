import { SIGNATURE_OWNER_BYTES } from "../parsers/efi/signature-list.ts";
import { isRevoked, trusts, trustsWindows, WINDOWS_CAS } from "./engine/key-state.ts";
import type { BlobRule } from "./engine/rule.ts";
import { certificateName } from "./knowledge/stored-certificates.ts";

export const revokedCertificateInDb: BlobRule = {
  meta: {
    id: "revoked-certificate-in-db",
    title: "A certificate of db is revoked by dbx",
    severity: "warning",
    breaks: null,
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks for certificates of db that stand in dbx, as they are or by the SHA-256, SHA-384 or SHA-512 of what they sign over.",
      why: "dbx wins: whatever is signed under the certificate does not start with Secure Boot, although db seems to trust it. That explains a boot loader which used to start and is refused now.",
      repair:
        "None is applied: the entry in db does no harm, and whether the revocation was meant nobody can tell from the NVRAM. Boot loaders need a signature under another certificate of db.",
      notAFault:
        "A remark only where db holds a successor that is not revoked itself: that is how Microsoft retires Windows Production PCA 2011. Where nothing is left that Windows is signed under, pca2011-revoked-without-successor says so.",
      references: [
        "edk2 DxeImageVerificationLib.c, DxeImageVerificationHandler (dbx is asked before db)",
        "UEFI 2.10 §32.4.1",
        "Microsoft KB5025885",
      ],
    },
  },
  topics: ["start-windows", "start-linux", "start-others"],
  message: ({ certificate, successor }) =>
    successor === null
      ? `db holds ${certificate}, and dbx revokes it: what is signed under it does not start with Secure Boot.`
      : `db still holds ${certificate}, which dbx revokes; its successor ${successor} is there.`,
  on: "blob",
  *detect(_blob, context) {
    const state = context.keys();
    const { db } = state;
    if (db === null || state.dbx === null) return;
    const { variable } = db;
    for (const certificate of db.certificates) {
      if (!isRevoked(certificate, state, context.platform)) continue;
      const held =
        certificate.known?.successors.find((sha256) => trusts(state, sha256, context.platform)) ?? null;
      if (
        held === null &&
        WINDOWS_CAS.includes(certificate.known?.sha256 ?? "") &&
        !trustsWindows(state, context.platform)
      )
        continue;
      const start = variable.dataSpan.start + certificate.offset;
      yield {
        variable,
        path: `variables[${variable.index}].data`,
        span: { start, end: start + SIGNATURE_OWNER_BYTES + certificate.der.length },
        facts: {
          certificate: certificateName(certificate, context.platform),
          sha256: certificate.sha256,
          successor: held === null ? null : (context.knowledge.certificate(held)?.commonName ?? held),
        },
        severity: held === null ? "warning" : "info",
      };
    }
  },
};
