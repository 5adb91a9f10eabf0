/** EFI_TIME (UEFI 2.10 §8.3): kept as 16 raw bytes, because pad bytes and odd values are evidence. */
import { isAllZero, viewOf } from "../bytes.ts";

export const EFI_TIME_BYTES = 16;

/** `YYYY-MM-DDThh:mm:ss` as stored, valid or not; null when all 16 bytes are zero (no time was ever set). */
export function formatEfiTime(time: Uint8Array): string | null {
  if (isAllZero(time)) return null;
  const view = viewOf(time);
  const two = (offset: number): string => String(view.getUint8(offset)).padStart(2, "0");
  const year = String(view.getUint16(0, true)).padStart(4, "0");
  return `${year}-${two(2)}-${two(3)}T${two(4)}:${two(5)}:${two(6)}`;
}
