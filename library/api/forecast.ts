/** What the daemon answers to signed updates, in order: what `varscope forecast --format json` says. */
import { DAEMON_VERSIONS } from "../../daemon/daemon-version.ts";
import type { ForecastUpdate } from "../../daemon/forecast.ts";
import { chooseTarget, type UpdateFile } from "../../daemon/update-target.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { basename } from "../../parsers/paths.ts";
import type { ForecastEntry } from "../../report/forecast.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TOOL } from "../../report/tool.ts";
import { forecastCopy, updateKind } from "../forecast.ts";
import { openInput } from "../input/open-input.ts";
import type { Machine } from "../world.ts";
import { InputError } from "./errors.ts";
import { checkFlag, checkSignal, dayOf, knowledgeOf, readSource, referencesOf } from "./settings.ts";
import { checkSource, worldOf } from "./sources.ts";
import type { ForecastOptions, Source } from "./types.ts";

export interface Forecast {
  readonly schemaVersion: number;
  readonly tool: { readonly name: string; readonly version: string };
  readonly forecasts: readonly ForecastEntry[];
}

export async function forecast(
  machine: Machine,
  input: Source,
  updates: readonly Source[],
  { daemon, boot = false, asOf, references = [], signal }: ForecastOptions,
): Promise<Forecast> {
  if (daemon !== undefined && !DAEMON_VERSIONS.includes(daemon))
    throw new TypeError(`daemon is ${DAEMON_VERSIONS.join(" or ")}, found ${JSON.stringify(daemon)}`);
  if (!Array.isArray(updates) || updates.length === 0)
    throw new TypeError("updates are a list of at least one source: [{ name, data }]");
  checkFlag("boot", boot);
  // No answer hangs on the day, but what is none is told.
  dayOf(asOf);
  await checkSignal(machine, signal);
  const verifier = await machine.verifier();
  const read: ForecastUpdate[] = [];
  for (const source of updates) read.push(await readUpdate(source, machine));
  const { name } = checkSource(input);
  const world = worldOf(machine, [input], { signal });
  const { dump, error } = await openInput(name, world, undefined, { suspended: false });
  await checkSignal(machine, signal);
  if (dump === null && error !== null) throw new InputError(error);
  const copies = (dump?.vms ?? []).filter(({ nvram }) => nvram?.daemonBytes != null);
  const { platform } = machine;
  const settings = { platform, knowledge: knowledgeOf(platform, await referencesOf(machine, references)) };
  const runs = copies.flatMap((vm) =>
    (daemon === undefined ? DAEMON_VERSIONS : [daemon]).map((version) => ({
      vm,
      ...forecastCopy(name, vm, version, read, verifier, settings),
    })),
  );
  const forecasts =
    boot && dump !== null
      ? await (await import("../boot/forecast-starts.ts")).withStarts(name, dump, runs, world)
      : runs.map(({ entry }) => entry);
  await checkSignal(machine, signal);
  return { schemaVersion: SCHEMA_VERSION, tool: TOOL, forecasts };
}

/** Throws TypeError where nothing tells which variable it is for. */
async function readUpdate(source: Source, machine: Machine): Promise<ForecastUpdate> {
  const world = worldOf(machine, [checkSource(source)]);
  const bytes = await readSource(source, PARSER_LIMITS.maxUpdateBytes, world);
  const label = basename(source.name);
  const file: UpdateFile = { label, bytes, kind: updateKind(bytes), variable: null, append: null };
  const target = chooseTarget(file, await machine.verifier());
  if (target !== null) return { file, target };
  throw new TypeError(`nothing in ${JSON.stringify(source.name)} tells which variable it is for`);
}
