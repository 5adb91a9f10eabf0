/**
 * Every check by which varstored refuses SetVariable, with the status that it answers. The conditions stand in the
 * order of the daemon: request-checks.ts, mor.ts, ppi.ts, set-variable.ts, authentication.ts, signers.ts,
 * signature-list-format.ts, append-filter.ts.
 */
import type { EfiStatus } from "./status.ts";

const STATUS_OF_CHECK = {
  "name-empty": "EFI_INVALID_PARAMETER",
  "name-over-limit": "EFI_DEVICE_ERROR",
  "request-over-limit": "EFI_OUT_OF_RESOURCES",
  "attribute-hardware-error-record": "EFI_INVALID_PARAMETER",
  "attribute-authenticated-write": "EFI_UNSUPPORTED",
  "attributes-time-based-and-enhanced": "EFI_INVALID_PARAMETER",
  "attribute-enhanced": "EFI_UNSUPPORTED",
  "attribute-runtime-without-boot": "EFI_INVALID_PARAMETER",
  "mor-malformed": "EFI_INVALID_PARAMETER",
  "mor-locked": "EFI_WRITE_PROTECTED",
  "mor-lock-deleted": "EFI_WRITE_PROTECTED",
  "mor-lock-missing": "EFI_NOT_FOUND",
  "mor-lock-denied": "EFI_ACCESS_DENIED",
  "boot-variable-at-runtime": "EFI_INVALID_PARAMETER",
  "volatile-at-runtime": "EFI_WRITE_PROTECTED",
  "read-only-variable": "EFI_WRITE_PROTECTED",
  "ppi-lock-malformed": "EFI_INVALID_PARAMETER",
  "ppi-flags-locked": "EFI_WRITE_PROTECTED",
  "ppi-lock-missing": "EFI_NOT_FOUND",
  "attributes-differ": "EFI_INVALID_PARAMETER",
  "nothing-to-delete": "EFI_NOT_FOUND",
  "new-at-runtime": "EFI_INVALID_PARAMETER",
  "secure-boot-attributes": "EFI_INVALID_PARAMETER",
  "empty-payload": "EFI_NOT_FOUND",
  "total-over-limit": "EFI_OUT_OF_RESOURCES",
  "data-over-limit": "EFI_OUT_OF_RESOURCES",
  "setup-mode-missing": "EFI_NOT_FOUND",
  "append-to-pk": "EFI_INVALID_PARAMETER",
  "auth-header-cut": "EFI_SECURITY_VIOLATION",
  "time-malformed": "EFI_SECURITY_VIOLATION",
  "time-not-later": "EFI_SECURITY_VIOLATION",
  "certificate-type": "EFI_SECURITY_VIOLATION",
  "signature-length": "EFI_SECURITY_VIOLATION",
  "signature-missing": "EFI_SECURITY_VIOLATION",
  "digest-not-sha256": "EFI_SECURITY_VIOLATION",
  "signature-malformed": "EFI_SECURITY_VIOLATION",
  "platform-key-missing": "EFI_SECURITY_VIOLATION",
  "key-exchange-keys-missing": "EFI_SECURITY_VIOLATION",
  "signer-not-trusted": "EFI_SECURITY_VIOLATION",
  "signer-differs": "EFI_SECURITY_VIOLATION",
  "list-type-unknown": "EFI_INVALID_PARAMETER",
  "list-signature-size": "EFI_INVALID_PARAMETER",
  "list-header-size": "EFI_INVALID_PARAMETER",
  "list-body-size": "EFI_INVALID_PARAMETER",
  "list-empty": "EFI_INVALID_PARAMETER",
  "list-certificate": "EFI_INVALID_PARAMETER",
  "list-past-end": "EFI_INVALID_PARAMETER",
  "list-too-many-platform-keys": "EFI_INVALID_PARAMETER",
  // No answer ever comes: the daemon walks stored lists without checking them again.
  "daemon-hangs": null,
  "daemon-crashes": null,
  // An answer comes, but what it is depends on memory behind the data, or on what varscope does not compute.
  "daemon-reads-past-end": null,
  "answer-undecided": null,
} as const;

export type CheckId = keyof typeof STATUS_OF_CHECK;

export class Refusal {
  readonly check: CheckId;
  /** One sentence for a reader, with the numbers that were compared. */
  readonly reason: string;

  constructor(check: CheckId, reason: string) {
    this.check = check;
    this.reason = reason;
  }

  /** Null where the daemon never answers, and where its answer cannot be known. */
  get status(): EfiStatus | null {
    return STATUS_OF_CHECK[this.check];
  }
}
