/** Lists the dumps that `repair` reads, one by one, where it is given several paths, a folder, an archive or a member of one. */

import { nodeWorld } from "../../cli/io/world.ts";
import { namedMember } from "../../library/archive/named-member.ts";
import { memberElements } from "../../library/judge/elements.ts";
import { type InputWishes, type NamedInput, openInputs } from "../../library/judge/named-inputs.ts";
import type { RecordTaker } from "../../parsers/formats/format.ts";
import { listTasks } from "../inputs.ts";

export interface RepairInput extends NamedInput {
  /** Path that the user named: the file, its folder, or the archive with the member. */
  readonly root: string;
}

/** Records of streamed formats are handed to `take` before their element comes. Never throws ParseError. */
export async function* repairInputs(
  paths: readonly string[],
  take: RecordTaker,
): AsyncGenerator<RepairInput, void, undefined> {
  // The disks of exports stay as they are, and so does the saved state of a suspended VM in one of them.
  const wishes: InputWishes = { suspended: false, documents: true, take };
  for (const root of new Set(paths)) {
    const member = await namedMember(root, nodeWorld);
    if (member === null) {
      for await (const input of openInputs(listTasks([root]), nodeWorld, wishes)) yield { ...input, root };
      continue;
    }
    for await (const element of memberElements(member, nodeWorld, take, wishes))
      yield { element, root: member.archive, failed: element.error !== null };
  }
}
