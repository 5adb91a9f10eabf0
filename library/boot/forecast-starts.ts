/** What the VM's own boot loader does before and after the updates of a forecast. */
import type { OpenedDisk } from "../../firmware/boot-manager.ts";
import type { Dump, VmSource } from "../../parsers/model.ts";
import { type BootScenario, decisive, type FirmwareName, type ScenarioName } from "../../report/boot.ts";
import { bootAnswer } from "../../report/boot-scenarios.ts";
import {
  assumedStart,
  type ForecastEntry,
  type ForecastedStart,
  type ForecastStart,
} from "../../report/forecast.ts";
import { obstacleOf } from "../../report/render/boot-text.ts";
import type { CopyForecast } from "../forecast.ts";
import type { World } from "../world.ts";
import { hasVtpmOf, noFirmwareOf } from "./boot.ts";
import { eachOfDump } from "./starts.ts";

export interface ForecastRun extends CopyForecast {
  readonly vm: VmSource;
}

/** In their order. */
export async function withStarts(
  path: string,
  dump: Pick<Dump, "vms" | "format">,
  runs: readonly ForecastRun[],
  world: World,
): Promise<ForecastEntry[]> {
  const starts = new Map<ForecastRun, ForecastStart>();
  // Each VM is asked for once: looking through all the runs for each would take the square of their number.
  const byVm = new Map<VmSource, ForecastRun[]>();
  for (const run of runs) {
    const ofVm = byVm.get(run.vm);
    if (ofVm === undefined) byVm.set(run.vm, [run]);
    else ofVm.push(run);
  }
  // Whose disk is whose, the description of an appliance tells by the order of all its VMs.
  const vms = dump.format === "ova" ? dump.vms : [...byVm.keys()];
  await eachOfDump(path, { vms, format: dump.format }, world, {
    use: async (vm, disks, firmware) => {
      if (!byVm.has(vm)) return;
      const stored = await startWith(vm.nvram?.daemonBytes ?? null, vm, disks, firmware, world);
      for (const run of byVm.get(vm) ?? []) {
        const after = run.saved === null ? null : await startWith(run.saved, vm, disks, firmware, world);
        starts.set(run, forecastStart(vm, stored, after));
      }
    },
    failed: (vm, { message }) => {
      for (const run of byVm.get(vm) ?? []) starts.set(run, assumedStart(message));
    },
  });
  return runs.map((run) => ({ ...run.entry, start: starts.get(run) ?? run.entry.start }));
}

function startWith(
  nvram: Uint8Array | null,
  vm: VmSource,
  disks: readonly OpenedDisk[],
  firmware: FirmwareName,
  world: World,
): Promise<BootScenario | null> {
  const scenario: ScenarioName = vm.secureBoot === null ? "secure-boot-on" : "as-stored";
  return world
    .verifier()
    .then((verifier) =>
      bootAnswer({
        disks,
        nvram,
        repaired: null,
        secureBoot: vm.secureBoot,
        firmware,
        noFirmware: noFirmwareOf(vm),
        hasVtpm: hasVtpmOf(vm),
        updates: [],
        only: [scenario],
        bootOrder: vm.fields.get("HVM_boot_params:order") ?? null,
        verifier,
        platform: world.platform,
      }),
    )
    .then(decisive);
}

function forecastStart(vm: VmSource, before: BootScenario | null, after: BootScenario | null): ForecastStart {
  const [was, is] = [before?.pcr7 ?? null, after?.pcr7 ?? null];
  return {
    assumed: false,
    why: null,
    secureBoot: vm.secureBoot ?? true,
    before: before === null ? null : forecasted(before),
    after: after === null ? null : forecasted(after),
    pcr7Changes: was === null || is === null ? null : was !== is,
    hasVtpm: hasVtpmOf(vm),
  };
}

function forecasted(scenario: BootScenario): ForecastedStart {
  const { starts, unknown, refusal, attempts } = scenario;
  if (starts === true) return { starts, path: attempts.at(-1)?.path ?? null, reason: null };
  if (starts === null) return { starts, path: null, reason: unknown };
  const obstacle = refusal === null ? obstacleOf(scenario) : { path: null, reason: refusal.message };
  return { starts, path: obstacle?.path ?? null, reason: obstacle?.reason ?? null };
}
