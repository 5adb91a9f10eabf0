/** All rules, in the order in which findings are reported and repairs are applied. A test compares this list with the folder. */

import { authFileOverLimit } from "./auth-file-over-limit.ts";
import { backupIncomplete } from "./backup-incomplete.ts";
import { badAttributes } from "./bad-attributes.ts";
import { badMagic } from "./bad-magic.ts";
import { base64NotLoadable } from "./base64-not-loadable.ts";
import { blobTooShort } from "./blob-too-short.ts";
import { bootFileMissing } from "./boot-file-missing.ts";
import { bootImageRefused } from "./boot-image-refused.ts";
import { bootLoader2011Only } from "./boot-loader-2011-only.ts";
import { bootLoaderRevoked } from "./boot-loader-revoked.ts";
import { bootLoaderUnsigned } from "./boot-loader-unsigned.ts";
import { bootOrderDangling } from "./boot-order-dangling.ts";
import { bootSbatBelowLevel } from "./boot-sbat-below-level.ts";
import { bootSvnBelowDbx } from "./boot-svn-below-dbx.ts";
import { certificateInWrongVariable } from "./certificate-in-wrong-variable.ts";
import { certificatesIncomplete } from "./certificates-incomplete.ts";
import { cloneFailed } from "./clone-failed.ts";
import { crashDumpResidue } from "./crash-dump-residue.ts";
import { db2023Missing } from "./db-2023-missing.ts";
import { dbxBehind } from "./dbx-behind.ts";
import { dbxFlatHashes } from "./dbx-flat-hashes.ts";
import { dbxWrongArchitecture } from "./dbx-wrong-architecture.ts";
import { duplicateSignature } from "./duplicate-signature.ts";
import { duplicateVariable } from "./duplicate-variable.ts";
import type { Rule } from "./engine/rule.ts";
import { expiredCertificate } from "./expired-certificate.ts";
import { faultyVarstoredInstalled } from "./faulty-varstored-installed.ts";
import { faultyVarstoredWasInstalled } from "./faulty-varstored-was-installed.ts";
import { fragmentedSignatureLists } from "./fragmented-signature-lists.ts";
import { headerLengthMismatch } from "./header-length-mismatch.ts";
import { incident202510 } from "./incident-2025-10.ts";
import { kek2023Missing } from "./kek-2023-missing.ts";
import { kekMissing } from "./kek-missing.ts";
import { malformedSignatureList } from "./malformed-signature-list.ts";
import { missingVariables } from "./missing-variables.ts";
import { misspeltOwner } from "./misspelt-owner.ts";
import { mokListNearLimit } from "./mok-list-near-limit.ts";
import { morPpiAnomaly } from "./mor-ppi-anomaly.ts";
import { nameNotUtf16 } from "./name-not-utf16.ts";
import { namesakeUnderWrongGuid } from "./namesake-under-wrong-guid.ts";
import { nearTotalLimit } from "./near-total-limit.ts";
import { nextUpdateOverflows } from "./next-update-overflows.ts";
import { notPortable } from "./not-portable.ts";
import { nvramCopiesDiffer } from "./nvram-copies-differ.ts";
import { nvramLost } from "./nvram-lost.ts";
import { nvramResetOnBoot } from "./nvram-reset-on-boot.ts";
import { pca2011RevokedWithoutSuccessor } from "./pca2011-revoked-without-successor.ts";
import { poolCertificates2011Only } from "./pool-certificates-2011-only.ts";
import { poolCertificatesUnusable } from "./pool-certificates-unusable.ts";
import { poolCertificatesWrongOwner } from "./pool-certificates-wrong-owner.ts";
import { revokedCertificateInDb } from "./revoked-certificate-in-db.ts";
import { sbatLevelOld } from "./sbat-level-old.ts";
import { secureBootDbMissing } from "./secure-boot-db-missing.ts";
import { setupModeWithSecureBoot } from "./setup-mode-with-secure-boot.ts";
import { startFailedOtherwise } from "./start-failed-otherwise.ts";
import { storedAuthHeader } from "./stored-auth-header.ts";
import { suspendedWithoutState } from "./suspended-without-state.ts";
import { svnInconsistent } from "./svn-inconsistent.ts";
import { testOrLeakedPk } from "./test-or-leaked-pk.ts";
import { timestampFreezesVariable } from "./timestamp-freezes-variable.ts";
import { trailingBytes } from "./trailing-bytes.ts";
import { truncatedBlob } from "./truncated-blob.ts";
import { unsupportedVersion } from "./unsupported-version.ts";
import { unusableKekSigner } from "./unusable-kek-signer.ts";
import { unusablePk } from "./unusable-pk.ts";
import { variableCountOverLimit } from "./variable-count-over-limit.ts";
import { variableDataEmpty } from "./variable-data-empty.ts";
import { variableDataOverLimit } from "./variable-data-over-limit.ts";
import { variableNameEmpty } from "./variable-name-empty.ts";
import { variableNameOverLimit } from "./variable-name-over-limit.ts";
import { varstoredEndedUnexplained } from "./varstored-ended-unexplained.ts";
import { varstoredRefusedAuthFile } from "./varstored-refused-auth-file.ts";
import { varstoredRefusedNvram } from "./varstored-refused-nvram.ts";
import { vmSuspended } from "./vm-suspended.ts";
import { windowsSecureBootEvent } from "./windows-secure-boot-event.ts";
import { wrongSignatureOwner } from "./wrong-signature-owner.ts";
import { xapiStateContradictsBlob } from "./xapi-state-contradicts-blob.ts";
import { xapiUpdateScheduled } from "./xapi-update-scheduled.ts";

export const RULES: readonly Rule[] = [
  base64NotLoadable,
  blobTooShort,
  badMagic,
  unsupportedVersion,
  variableCountOverLimit,
  missingVariables,
  truncatedBlob,
  trailingBytes,
  variableNameEmpty,
  variableNameOverLimit,
  variableDataEmpty,
  variableDataOverLimit,
  malformedSignatureList,
  incident202510,
  wrongSignatureOwner,
  poolCertificatesWrongOwner,
  poolCertificatesUnusable,
  poolCertificates2011Only,
  authFileOverLimit,
  duplicateSignature,
  duplicateVariable,
  secureBootDbMissing,
  kekMissing,
  pca2011RevokedWithoutSuccessor,
  bootImageRefused,
  bootLoader2011Only,
  bootLoaderUnsigned,
  bootSbatBelowLevel,
  bootSvnBelowDbx,
  bootFileMissing,
  bootLoaderRevoked,
  nextUpdateOverflows,
  kek2023Missing,
  db2023Missing,
  certificateInWrongVariable,
  revokedCertificateInDb,
  svnInconsistent,
  dbxWrongArchitecture,
  dbxBehind,
  dbxFlatHashes,
  setupModeWithSecureBoot,
  storedAuthHeader,
  badAttributes,
  timestampFreezesVariable,
  unusableKekSigner,
  unusablePk,
  nvramResetOnBoot,
  nvramLost,
  suspendedWithoutState,
  vmSuspended,
  nearTotalLimit,
  testOrLeakedPk,
  namesakeUnderWrongGuid,
  misspeltOwner,
  bootOrderDangling,
  xapiStateContradictsBlob,
  xapiUpdateScheduled,
  nameNotUtf16,
  nvramCopiesDiffer,
  crashDumpResidue,
  mokListNearLimit,
  certificatesIncomplete,
  notPortable,
  expiredCertificate,
  sbatLevelOld,
  fragmentedSignatureLists,
  headerLengthMismatch,
  morPpiAnomaly,
  faultyVarstoredInstalled,
  faultyVarstoredWasInstalled,
  varstoredRefusedNvram,
  varstoredRefusedAuthFile,
  varstoredEndedUnexplained,
  startFailedOtherwise,
  cloneFailed,
  backupIncomplete,
  windowsSecureBootEvent,
];
