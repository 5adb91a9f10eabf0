/** Copies of backups that two inputs of a run hold: Xen Orchestra's cache repeats the files beside it. */
import type { VmReport } from "../vm.ts";

interface Copy {
  readonly vm: VmReport;
}

/** The copies without those that a cache repeats from a backup's own file. */
export function withoutRepeated<T extends Copy>(copies: readonly T[]): readonly T[] {
  const outside = new Set(copies.flatMap(({ vm }) => (vm.backup?.file === null ? [identityOf(vm)] : [])));
  if (outside.size === 0) return copies;
  return copies.filter(
    ({ vm }) => vm.backup === null || vm.backup.file === null || !outside.has(identityOf(vm)),
  );
}

function identityOf({ backup, source }: VmReport): string {
  return JSON.stringify([backup?.vmUuid, backup?.timestamp, source]);
}
