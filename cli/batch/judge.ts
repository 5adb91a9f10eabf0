/** Who judges files: this thread, or several others. */

import { nodeWorld } from "../../cli/io/world.ts";
import type { OriginWatcher } from "../../library/judge/clusters.ts";
import { defectOf, errorInput, judgeAtOnce, judgeFile } from "../../library/judge/judge.ts";
import type { CopyForm, Wanted } from "../../library/judge/judged-copies.ts";
import { type Outcome, outcomeOf } from "../../library/judge/outcome.ts";
import type { FileTask } from "../../library/judge/task.ts";
import { type FilterSettings, FindingFilter } from "../../report/filter/filter.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import { SpoolRoom } from "../io/spool.ts";
import { WriteError } from "../io/write-file.ts";
import type { CommonOptions } from "../options.ts";
import { judgingSettings } from "../settings.ts";

/** With what a thread judges. */
export interface JudgeOptions extends Pick<CommonOptions, "asOf" | "references"> {
  /** What is asked for of copies. */
  readonly form: CopyForm;
  /** True where a report draws pictures of copies. */
  readonly withDetail?: boolean;
  /** True where the disks of exports are read as well. */
  readonly boot?: boolean;
  /** True where copies carry where they come from. */
  readonly withOrigins?: boolean;
  /** What is told of findings; null for all. */
  readonly filter?: FilterSettings | null;
  /** As that of SpoolRoom. */
  readonly maxHeldLength?: number;
}

export interface FileJudge {
  /** The one outcome of a usual input, without waiting; null for every other. */
  readonly judgeAtOnce: (task: FileTask, wanted: Wanted) => Outcome | null;
  /** Throws WriteError. */
  readonly judge: (task: FileTask, wanted: Wanted) => AsyncIterable<Outcome>;
}

/** Throws UsageError for a reference that cannot be read. */
export async function makeFileJudge(options: JudgeOptions): Promise<FileJudge> {
  const settings = await judgingSettings(options);
  // Loaded only where it is asked for: most runs are over sooner.
  const detailOf =
    options.withDetail === true ? (await import("../../report/detail/detail.ts")).detailOf : null;
  const { filter: filterOf = null, boot = false } = options;
  const filter = filterOf === null ? null : new FindingFilter(filterOf);
  const watcherOf = options.withOrigins === true ? await originWatchers(settings) : null;
  const { form, maxHeldLength = null } = options;
  return {
    judgeAtOnce: (task, wanted) => {
      // What is said of disks takes its time, also where there are none.
      if (boot) return null;
      const watcher = watcherOf?.() ?? null;
      const judging = { wanted, detailOf, form, filter, watch: watcher?.watch };
      const judged = judgeAtOnce(task, settings, nodeWorld, judging);
      return judged === null ? null : outcomeOf(watcher?.attach(judged) ?? judged, filter);
    },
    judge: async function* (task, wanted) {
      try {
        const watcher = watcherOf?.() ?? null;
        const room = new SpoolRoom(maxHeldLength);
        const judging = { wanted, detailOf, form, room, filter, watch: watcher?.watch, boot };
        for await (const judged of judgeFile(task, settings, nodeWorld, judging))
          yield outcomeOf(watcher?.attach(judged) ?? judged, filter);
      } catch (thrown) {
        // No room for what has to wait: that is no fault of this input, and the next one would fail as well.
        if (thrown instanceof WriteError) throw thrown;
        yield outcomeOf(errorInput(task.path, task.place, defectOf(thrown)));
      }
    },
  };
}

async function originWatchers(settings: RepairSettings): Promise<() => OriginWatcher> {
  const { OriginWatcher, SeenKinds } = await import("../../library/judge/clusters.ts");
  const seen = new SeenKinds();
  return () => new OriginWatcher(seen, settings);
}
