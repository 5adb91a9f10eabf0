/** Clusters as the report tells them (`clusters` of `analyze --format json`). */

import type { Verdict } from "../../rules/engine/rule.ts";
import type { VmReport } from "../vm.ts";
import type { PlantedCertificate } from "./planted-set.ts";

export interface ClusterMember extends Pick<VmReport, "uuid" | "nameLabel" | "kind" | "source"> {
  readonly path: string;
}

/** A template of the same run that the members may come from. */
export interface ClusterTemplate extends ClusterMember {
  readonly verdict: Verdict;
  /** Bears the name that the members give as that of their template; else it has the same base template as they. */
  readonly isNamed: boolean;
  /** The same verdict, faults and certificates. */
  readonly sharesCause: boolean;
}

export interface ClusterReport {
  readonly verdict: Verdict;
  /** Ids of rules, sorted; empty where `isMixed`. */
  readonly faults: readonly string[];
  /** What more kinds than are told apart came to: of these only the verdict is the same. */
  readonly isMixed: boolean;
  /** What KEK and db hold; null where there is neither, and where `isMixed`. */
  readonly keys: {
    readonly sha256: string;
    readonly text: string;
    readonly certificates: readonly PlantedCertificate[];
  } | null;
  readonly baseTemplateName: string | null;
  /** The named ones first. */
  readonly templates: readonly ClusterTemplate[];
  readonly copies: number;
  /** Records; a VM with copies in several backups is one. */
  readonly vms: number;
  readonly snapshots: number;
  /** Templates among the members. */
  readonly ownTemplates: number;
  /** The first of the members' copies. */
  readonly members: readonly ClusterMember[];
}
