/** Two dumps compared, as `varscope diff` does. */
import { InputError } from "../library/api/errors.ts";
import { settingsOf } from "../library/api/settings.ts";
import { worldOf } from "../library/api/sources.ts";
import { openInput } from "../library/input/open-input.ts";
import { portableMachine } from "../platform/portable/machine.ts";
import { type DiffInput, diffReport } from "../report/difference.ts";
import { differenceView } from "../report/render/html/difference-view.ts";
import type { Markup } from "../report/render/markup.ts";
import { signatureKnowledge } from "../report/signature-inspection.ts";
import type { PageSource } from "./protocol.ts";

export async function compared(a: PageSource, b: PageSource): Promise<Markup> {
  const { platform, knowledge, asOf } = await settingsOf(portableMachine, {});
  const known = await signatureKnowledge(platform, knowledge);
  return differenceView(diffReport(await sideOf(a), await sideOf(b), known), asOf);
}

/** The first copy of the NVRAM that a VM has now. */
async function sideOf({ name, file }: PageSource): Promise<DiffInput> {
  const { dump, error } = await openInput(name, worldOf(portableMachine, [{ name, data: file }]));
  if (dump === null && error !== null) throw new InputError(error);
  for (const vm of dump?.vms ?? []) {
    const blob = vm.nvram?.blob ?? null;
    if (blob !== null) return { path: name, vm, blob };
  }
  throw new TypeError(`${JSON.stringify(name)}: there is no NVRAM in it that could be compared.`);
}
