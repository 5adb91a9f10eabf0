/** Durations are compared within one run only: what is measured takes turns, so that a slow moment is everybody's. */

/** Nanoseconds of each round, by what was done in it. */
export type Durations<Name extends string> = Readonly<Record<Name, number[]>>;

export function noDurations<Name extends string>(names: readonly Name[]): Durations<Name> {
  return Object.fromEntries(names.map((name) => [name, []])) as unknown as Durations<Name>;
}

/** Runs `work` and notes how long it took. */
export function timed(durations: number[], work: () => unknown): void {
  const start = process.hrtime.bigint();
  work();
  durations.push(Number(process.hrtime.bigint() - start));
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

export function ratio(values: readonly number[], unit: readonly number[]): number {
  return median(values) / median(unit);
}
