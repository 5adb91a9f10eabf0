/** EFI_STATUS (UEFI 2.10 appendix D), as far as varstored answers it: an error is the highest bit and a number. */
const ERROR_NUMBERS = {
  EFI_SUCCESS: 0n,
  EFI_INVALID_PARAMETER: 2n,
  EFI_UNSUPPORTED: 3n,
  EFI_DEVICE_ERROR: 7n,
  EFI_WRITE_PROTECTED: 8n,
  EFI_OUT_OF_RESOURCES: 9n,
  EFI_NOT_FOUND: 14n,
  EFI_ACCESS_DENIED: 15n,
  EFI_SECURITY_VIOLATION: 26n,
} as const;
const ERROR_BIT = 1n << 63n;

export type EfiStatus = keyof typeof ERROR_NUMBERS;

/** `0x0`, or `0x8000000000000009` and the like. */
export function statusHex(status: EfiStatus): string {
  const number = ERROR_NUMBERS[status];
  return `0x${(number === 0n ? number : ERROR_BIT | number).toString(16)}`;
}
