const UNITS: readonly string[] = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** A number of bytes for people: `1536` is `1.5 KiB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(value < 100 ? 1 : 0)} ${UNITS[unit]}`;
}
