/** The runbook of a repair that the caller writes: the steps for each VM, as Markdown. */

import type { Dump } from "../../parsers/model.ts";
import { basename } from "../../parsers/paths.ts";
import { type RunbookSection, runbookMarkdown } from "../../report/render/runbook-text.ts";
import type { PlannedRepair } from "../../report/repair-entry.ts";
import { identityOf, runbookFacts } from "../../report/runbook/repair-facts.ts";
import { runbookFor } from "../../report/runbook/runbook.ts";
import type { RunbookSubject } from "../../report/runbook/step.ts";
import type { Strategy } from "../../rules/engine/strategy.ts";
import type { OpenedInput } from "../input/open-input.ts";
import type { World } from "../world.ts";
import { archiveOf } from "./archive-around.ts";
import { EMIT_FOLDER, emitCommand } from "./repair-command.ts";

export interface RunbookInput {
  readonly opened: OpenedInput;
  readonly dump: Dump;
  /** Of the texts, by the number of their copy. */
  readonly names: readonly string[];
  /** What the whole input is written as; null where only the texts are. */
  readonly output: string | null;
  readonly strategy: Strategy;
  readonly world: World;
}

type Plan = PlannedRepair & { readonly copy: number };

/** Null where nothing is repaired. */
export async function runbookText(plans: readonly Plan[], input: RunbookInput): Promise<string | null> {
  const archive = await archiveOf(input.opened, input.dump, input.world);
  const ofVm = new Map<string, Plan[]>();
  for (const plan of plans) {
    if (plan.outcome.kind !== "repaired") continue;
    const key = input.output === null ? `${plan.copy}` : identityOf(plan.vm);
    const group = ofVm.get(key);
    if (group === undefined) ofVm.set(key, [plan]);
    else group.push(plan);
  }
  const sections = Array.from(ofVm.values(), (group) => sectionOf(group, archive, input));
  return sections.length === 0 ? null : runbookMarkdown(sections);
}

function sectionOf(
  group: readonly Plan[],
  archive: RunbookSubject["archive"],
  { opened, dump, names, output, strategy, world }: RunbookInput,
): RunbookSection {
  const plan = group.find(({ vm }) => vm.source === "NVRAM" || vm.source === "vm.NVRAM") ?? group[0];
  if (plan === undefined) throw new TypeError("nobody asks for the steps of no copy");
  const { vm, copy } = plan;
  const { uuid, nameLabel, source } = vm;
  const form = output === null ? "text" : plan.form;
  const name = names[copy] ?? "";
  const path = basename(opened.path);
  const steps = runbookFor({
    ...runbookFacts(plan, group, world.platform),
    format: dump.format,
    file: basename(output ?? name),
    path,
    form,
    archive,
    writeCommand: null,
    emit: {
      command: emitCommand({ path, strategy, vmUuid: null, addCertificates: null }, EMIT_FOLDER, uuid),
      file: `${EMIT_FOLDER}/${name}`,
    },
  });
  const which = form === "document" || source === "NVRAM" ? "" : ` ${source}`;
  return { name: (nameLabel ?? opened.path) + which, uuid, steps };
}
