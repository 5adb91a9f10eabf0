/** What is said of an input beside its report, whatever comes of it. */
import type { VmSource } from "../parsers/model.ts";
import { isSuspended } from "../parsers/suspend-image/copy.ts";
import { clip, printable } from "./render/printable.ts";
import { TOOL } from "./tool.ts";

const MAX_NAME = 80;

/** The remark about an export whose end is not that of a complete archive. */
export function cutRemark(path: string): string {
  return `${printable(path)} does not end as an export does: it may be cut. Run ${TOOL.name} verify on it.`;
}

/** What a command leaves alone of the saved state of a suspended VM. */
const LEFT_ALONE = {
  repair:
    "which is not repaired: that one counts until the VM is shut down or the state is discarded (xe vm-shutdown --force).",
  forecast: "which counts until the VM is shut down; that one is not forecast here.",
} as const;

export function suspendedRemarks(
  path: string,
  vms: readonly VmSource[],
  command: keyof typeof LEFT_ALONE,
): string[] {
  return vms.filter(isSuspended).map(({ uuid, nameLabel }) => {
    const name = clip(printable(nameLabel ?? uuid ?? "in it"), MAX_NAME);
    return `${printable(path)}: the VM ${name} is suspended. Its saved state has an NVRAM of its own, ${LEFT_ALONE[command]}`;
  });
}
