/** With what `repair` judges and plans, and what it says of an input before anything else. */
import type { Dump } from "../parsers/model.ts";
import { isExportFormat } from "../report/output-names.ts";
import { cutRemark, suspendedRemarks } from "../report/remarks.ts";
import { STANDARD_INPUT } from "../report/standard-streams.ts";
import type { RepairSettings } from "../rules/engine/repair.ts";
import type { CommandContext } from "./context.ts";
import { endsAsArchive } from "./io/archive-end.ts";
import type { RepairOptions } from "./options.ts";
import { judgingSettings } from "./settings.ts";

/** Throws UsageError for certificates and references that cannot be read. */
export async function repairSettings(options: RepairOptions): Promise<RepairSettings> {
  const settings = await judgingSettings(options);
  if (options.addCertificates === null) return settings;
  const { suppliedCertificates } = await import("./supplied-certificates.ts");
  return { ...settings, supplied: await suppliedCertificates(options.addCertificates, settings.knowledge) };
}

interface ReadDump {
  readonly path: string;
  readonly dump: Dump | null;
  readonly isCompressed: boolean;
}

/** What is compressed and cut breaks off while it is read. */
export function complainOfCut({ path, dump, isCompressed }: ReadDump, { complain }: CommandContext): void {
  if (!isExportFormat(dump?.format ?? null) || isCompressed || path === STANDARD_INPUT || endsAsArchive(path))
    return;
  complain(cutRemark(path));
}

export function complainOfSuspended(
  { path, dump }: Pick<ReadDump, "path" | "dump">,
  { complain }: CommandContext,
): void {
  for (const remark of suspendedRemarks(path, dump?.vms ?? [], "repair")) complain(remark);
}
