/** With what `repair` judges and plans, and what it says of an input before anything else. */
import type { Dump } from "../parsers/model.ts";
import { isSuspended } from "../parsers/suspend-image/copy.ts";
import { isExportFormat } from "../report/output-names.ts";
import { clip, printable } from "../report/render/printable.ts";
import { STANDARD_INPUT } from "../report/standard-streams.ts";
import { TOOL } from "../report/tool.ts";
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
  complain(
    `${printable(path)} does not end as an export does: it may be cut. Run ${TOOL.name} verify on it.`,
  );
}

export function complainOfSuspended(
  { path, dump }: Pick<ReadDump, "path" | "dump">,
  { complain }: CommandContext,
): void {
  for (const { uuid, nameLabel } of (dump?.vms ?? []).filter(isSuspended)) {
    complain(
      `${printable(path)}: the VM ${clip(printable(nameLabel ?? uuid ?? "in it"), 80)} is suspended. Its saved state has an NVRAM of its own, which is not repaired: that one counts until the VM is shut down or the state is discarded (xe vm-shutdown --force).`,
    );
  }
}
