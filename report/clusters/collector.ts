/**
 * Puts the copies of a whole run into clusters of one root cause. Of a copy no more stays than its identity; how many
 * clusters, members and templates are kept is limited, what comes beyond is counted.
 */
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { Verdict } from "../../rules/engine/rule.ts";
import type { InputReport } from "../input.ts";
import type { BriefCopy, VmReport } from "../vm.ts";
import { type Cause, causeOf, clusterKey } from "./cause.ts";
import { baseTemplatesOf, type CopyOrigin } from "./origin.ts";
import type { PlantedSet } from "./planted-set.ts";
import type { ClusterMember, ClusterReport, ClusterTemplate } from "./report.ts";

/** One copy with the format of its input, as commands need it. */
export interface ClusteredCopy extends ClusterMember {
  readonly format: InputReport["format"];
}

/** Only one of several copies carries a note; the others of its kind share it. */
export interface NotedCopy<Note> {
  readonly copy: ClusteredCopy;
  readonly note: Note | null;
}

export interface Clustered<Note> {
  readonly report: ClusterReport;
  readonly first: NotedCopy<Note>;
  /** The first of `report.templates`. */
  readonly template: NotedCopy<Note> | null;
}

interface Cluster {
  readonly cause: Cause;
  readonly isMixed: boolean;
  readonly keys: string | null;
  readonly baseTemplateName: string | null;
  readonly first: ClusteredCopy;
  readonly firstKey: string;
  copies: number;
  readonly vms: Set<string>;
  readonly snapshots: Set<string>;
  readonly templates: Set<string>;
  readonly members: ClusterMember[];
}

interface Template {
  readonly copy: ClusteredCopy;
  readonly verdict: Verdict;
  readonly baseTemplateName: string | null;
  readonly keys: string | null;
  /** Null where nothing is wrong with it. */
  readonly cause: Cause | null;
}

interface First<Note> {
  readonly set: PlantedSet;
  readonly note: Note;
}

/**
 * Of which kind a copy is, as far as it can tell without the others of its input: of each kind the first copy is noted.
 * Templates are a kind by themselves, because their repair comes first.
 */
export function kindKey(
  cause: Cause,
  { keys, baseTemplateName }: Pick<CopyOrigin<unknown>, "keys" | "baseTemplateName">,
  { kind, nameLabel }: Pick<VmReport, "kind" | "nameLabel">,
): string {
  const key = clusterKey(cause, keys, baseTemplateName);
  return kind === "template" ? `${key} ${JSON.stringify(nameLabel)}` : key;
}

export class ClusterCollector<Note> {
  readonly #clusters = new Map<string, Cluster>();
  readonly #firsts = new Map<string, First<Note>>();
  readonly #templates: Template[] = [];

  /** `origins` stands beside the input's `vms`. */
  add(
    report: Pick<InputReport, "path" | "format"> & { readonly vms: readonly BriefCopy[] },
    origins: readonly CopyOrigin<Note>[],
  ): void {
    const bases = baseTemplatesOf(origins);
    for (const [index, vm] of report.vms.entries()) {
      const origin = origins[index];
      if (origin === undefined) continue;
      const { uuid, nameLabel, kind, source } = vm;
      const copy = { uuid, nameLabel, kind, source, path: report.path, format: report.format };
      this.#addCopy(copy, vm, { ...origin, baseTemplateName: bases[index] ?? null }, origin, index);
    }
  }

  /** The largest first; of those of one size the worst. */
  clusters(verdictRank: (verdict: Verdict) => number): Clustered<Note>[] {
    return [...this.#clusters]
      .sort(
        ([keyA, a], [keyB, b]) =>
          recordsOf(b) - recordsOf(a) ||
          verdictRank(a.cause.verdict) - verdictRank(b.cause.verdict) ||
          (keyA < keyB ? -1 : 1),
      )
      .map(([, cluster]) => this.#clustered(cluster));
  }

  #addCopy(
    copy: ClusteredCopy,
    vm: BriefCopy,
    origin: CopyOrigin<Note>,
    own: CopyOrigin<Note>,
    index: number,
  ): void {
    const cause = causeOf(vm);
    if (copy.kind === "template" && this.#templates.length < PARSER_LIMITS.maxClusterTemplates) {
      const { keys, baseTemplateName } = origin;
      this.#templates.push({ copy, verdict: vm.verdict, baseTemplateName, keys, cause });
    }
    if (cause === null) return;
    const firstKey = kindKey(cause, own, vm);
    if (own.first !== null && !this.#firsts.has(firstKey) && this.#firsts.size < PARSER_LIMITS.maxClusters)
      this.#firsts.set(firstKey, own.first);
    const cluster = this.#clusterFor(cause, origin, copy, firstKey);
    const identity = vm.backup?.vmUuid ?? copy.uuid ?? `${copy.path}#${index}`;
    cluster.copies++;
    recordSet(cluster, copy.kind, vm.backup !== null).add(identity);
    const { format: _format, ...member } = copy;
    if (cluster.members.length < PARSER_LIMITS.maxClusterMembers) cluster.members.push(member);
  }

  #clusterFor(
    cause: Cause,
    { keys, baseTemplateName }: CopyOrigin<Note>,
    first: ClusteredCopy,
    firstKey: string,
  ): Cluster {
    const key = clusterKey(cause, keys, baseTemplateName);
    const known = this.#clusters.get(key);
    if (known !== undefined) return known;
    const isMixed = this.#clusters.size >= PARSER_LIMITS.maxClusters;
    const mixedKey = `mixed ${cause.verdict}`;
    const mixed = isMixed ? this.#clusters.get(mixedKey) : undefined;
    if (mixed !== undefined) return mixed;
    const made: Cluster = {
      cause: isMixed ? { verdict: cause.verdict, faults: [] } : cause,
      isMixed,
      keys: isMixed ? null : keys,
      baseTemplateName: isMixed ? null : baseTemplateName,
      first,
      firstKey,
      copies: 0,
      vms: new Set(),
      snapshots: new Set(),
      templates: new Set(),
      members: [],
    };
    this.#clusters.set(isMixed ? mixedKey : key, made);
    return made;
  }

  #clustered(cluster: Cluster): Clustered<Note> {
    const { cause, isMixed, keys, baseTemplateName, first, firstKey, members } = cluster;
    const noted = this.#firsts.get(firstKey);
    const templates = baseTemplateName === null ? [] : this.#templatesOf(cluster, baseTemplateName);
    const [template] = templates;
    return {
      report: {
        verdict: cause.verdict,
        faults: cause.faults,
        isMixed,
        keys: keys === null ? null : { sha256: keys, ...(noted?.set ?? UNTOLD_SET) },
        baseTemplateName,
        templates: templates.map(({ report }) => report),
        copies: cluster.copies,
        vms: cluster.vms.size,
        snapshots: cluster.snapshots.size,
        ownTemplates: cluster.templates.size,
        members,
      },
      first: { copy: first, note: noted?.note ?? null },
      template: template === undefined ? null : this.#notedTemplate(template.of),
    };
  }

  #templatesOf(
    cluster: Cluster,
    base: string,
  ): { readonly of: Template; readonly report: ClusterTemplate }[] {
    const key = clusterKey(cluster.cause, cluster.keys, null);
    return this.#templates
      .filter(({ copy, baseTemplateName }) => copy.nameLabel === base || baseTemplateName === base)
      .map((of) => {
        const { format: _format, ...copy } = of.copy;
        const sharesCause = of.cause !== null && clusterKey(of.cause, of.keys, null) === key;
        const isNamed = copy.nameLabel === base;
        return { of, report: { ...copy, verdict: of.verdict, isNamed, sharesCause } };
      })
      .sort((a, b) => weight(b.report) - weight(a.report))
      .slice(0, PARSER_LIMITS.maxClusterMembers);
  }

  #notedTemplate({ copy, cause, keys, baseTemplateName }: Template): NotedCopy<Note> {
    const key = cause === null ? null : kindKey(cause, { keys, baseTemplateName }, copy);
    return { copy, note: (key === null ? undefined : this.#firsts.get(key)?.note) ?? null };
  }
}

const UNTOLD_SET: PlantedSet = { text: "certificates that are not told one by one", certificates: [] };

function weight({ isNamed, sharesCause }: ClusterTemplate): number {
  return Number(isNamed) * 2 + Number(sharesCause);
}

function recordsOf({ vms, snapshots, templates }: Cluster): number {
  return vms.size + snapshots.size + templates.size;
}

/** A backup's snapshot stands for its VM. */
function recordSet(
  { vms, snapshots, templates }: Cluster,
  kind: VmReport["kind"],
  isBackup: boolean,
): Set<string> {
  if (kind === "template") return templates;
  return kind === "snapshot" && !isBackup ? snapshots : vms;
}
