/** Names of an appliance's own files: they share all but their ending (DMTF DSP0243, §5.1). */

const OVF_NAME = /\.ovf$/i;

export function isOvfName(name: string): boolean {
  return OVF_NAME.test(name);
}

/** What a member is for the appliance whose description is called `description`; null for a disk and any other. */
export function roleOf(name: string, description: string): "manifest" | "certificate" | null {
  const stem = plainName(description).replace(OVF_NAME, "");
  const own = plainName(name);
  const ending = own.slice(stem.length).toLowerCase();
  if (own.slice(0, stem.length) !== stem) return null;
  return ending === ".mf" ? "manifest" : ending === ".cert" ? "certificate" : null;
}

/** tar itself puts `./` before names. */
export function plainName(name: string): string {
  return name.startsWith("./") ? name.slice(2) : name;
}
