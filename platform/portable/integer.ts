/** Contents of an INTEGER of DER as numbers. */
import { toHex } from "../../parsers/bytes.ts";

/** Without a sign. */
export function magnitudeOf(content: Uint8Array): bigint {
  return content.length === 0 ? 0n : BigInt(`0x${toHex(content)}`);
}

/** The contents of an INTEGER. */
export function numberOf(content: Uint8Array): bigint {
  const value = magnitudeOf(content);
  return (content[0] ?? 0) >= 0x80 ? value - (1n << BigInt(8 * content.length)) : value;
}
