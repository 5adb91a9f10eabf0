/** The common name among the parts of a name, as RFC 4514 writes them. */
export function commonNameOf(parts: readonly string[]): string | null {
  const escaped = parts.find((part) => part.startsWith("CN="))?.slice("CN=".length);
  if (escaped === undefined) return null;
  return escaped.replace(/\\([0-9A-Fa-f]{2}|.)/gs, (_, code: string) =>
    code.length === 2 ? String.fromCharCode(Number.parseInt(code, 16)) : code,
  );
}
