/** Whether the VM of an export starts from its own disks, as `varscope boot` answers. */
import { settingsOf } from "../library/api/settings.ts";
import { worldOf } from "../library/api/sources.ts";
import type { Source } from "../library/api/types.ts";
import { bootInput } from "../library/boot/boot.ts";
import { portableMachine } from "../platform/portable/machine.ts";
import { bootLines } from "../report/render/boot-text.ts";
import { plainLook } from "../report/render/look.ts";
import { type Markup, markup } from "../report/render/markup.ts";

export async function bootView(source: Source): Promise<Markup> {
  const repair = await settingsOf(portableMachine, {});
  const settings = { nvramPath: null, vmUuid: null, scenarios: null, repair };
  const input = await bootInput(source.name, settings, worldOf(portableMachine, [source]));
  const answer =
    input.error === null
      ? markup`<pre tabindex="0">${bootLines(input, plainLook(false)).map((line) => markup`${line}\n`)}</pre>`
      : markup`<p>${input.error.message}</p>`;
  return markup`<h3>Start from the disks</h3>\n${answer}`;
}
