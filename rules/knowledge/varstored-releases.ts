/** Releases of varstored that plant certificates under the wrong owner (xcp-ng-rpms/varstored SPECS/varstored.spec, changelog). */
export interface FaultyRelease {
  /** Version and release without what follows the second number, such as `1.2.0-3.1`. */
  readonly release: string;
  /** How the release came to hosts. */
  readonly spread: string;
}

const FAULTY: readonly FaultyRelease[] = [
  { release: "1.2.0-2.4", spread: "its predecessor, of which no publication is known" },
  { release: "1.2.0-3.1", spread: "the update that was public on 2025-10-23 for less than a day" },
  { release: "1.2.0-3.2", spread: "a revision of 2025-10-24, of which no publication is known" },
];

/** The faulty release of this version; null for any other. `version`: version and release as rpm writes them. */
export function faultyRelease(version: string): FaultyRelease | null {
  const release = /^[^-]+-\d+\.\d+(?=\.|$)/.exec(version)?.[0];
  return FAULTY.find((one) => one.release === release) ?? null;
}
