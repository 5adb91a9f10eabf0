/** Clusters of one root cause, for people: how many, what they share, where they have it from, what to type next. */

import type { ToldCluster } from "../report.ts";
import type { Look } from "./look.ts";
import { clip, printable } from "./printable.ts";
import { stepLines } from "./step-lines.ts";
import { counted, moreLine, wrap } from "./text.ts";
import { countedVerdict, verdictWords } from "./verdicts.ts";

const MAX_CLUSTERS = 10;
const MAX_MEMBERS = 5;
const MAX_FAULTS = 6;
const MAX_NAME = 60;
const INDENT = 2;

/** Lines about clusters. A copy with a cause of its own is only counted: the report shows it elsewhere. */
export function clusterLines(clusters: readonly ToldCluster[], look: Look): string[] {
  const shared = clusters.filter((cluster) => recordCount(cluster) > 1);
  const alone = clusters.length - shared.length;
  const blocks = [
    shared.length === 0 ? ["No two records have a root cause in common."] : [],
    ...shared.slice(0, MAX_CLUSTERS).map((cluster) => blockLines(cluster, look)),
    moreLine(shared.length - MAX_CLUSTERS, "common causes; --format json has all"),
    alone === 0 || look.quiet
      ? []
      : [`${counted(alone, "cause")} concern${alone === 1 ? "s" : ""} one record only.`],
  ];
  return blocks.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}

function recordCount({ vms, snapshots, ownTemplates }: ToldCluster): number {
  return vms + snapshots + ownTemplates;
}

function blockLines(cluster: ToldCluster, look: Look): string[] {
  const { style, columns, quiet } = look;
  const { verdict, keys, members, next } = cluster;
  const text = (sentence: string): string[] => wrap(sentence, columns, INDENT);
  return [
    `${verdictWords(verdict, style)}  ${style.bold(countsText(cluster))}: ${faultsText(cluster)}`,
    ...(keys === null ? [] : text(`KEK and db hold ${printable(keys.text)}.`)),
    ...text(originText(cluster)).filter((line) => line.trim() !== ""),
    ...text(membersText(cluster, members)).map(style.dim),
    ...(quiet ? [] : stepLines(next, columns)),
  ];
}

function countsText({ vms, snapshots, ownTemplates }: ToldCluster): string {
  const parts = [
    ...(vms === 0 ? [] : [counted(vms, "VM")]),
    ...(snapshots === 0 ? [] : [counted(snapshots, "snapshot")]),
    ...(ownTemplates === 0 ? [] : [counted(ownTemplates, "template")]),
  ];
  return parts.join(", ");
}

function faultsText({ faults, isMixed }: ToldCluster): string {
  if (isMixed) return "of more causes than are told apart";
  const more = faults.length - MAX_FAULTS;
  return [...faults.slice(0, MAX_FAULTS), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function originText(cluster: ToldCluster): string {
  const { baseTemplateName, templates, vms, snapshots } = cluster;
  const revert = snapshots === 0 ? "" : " Snapshots bring it back when a VM is reverted to them.";
  if (baseTemplateName === null) return revert.trimStart();
  const these = vms === 1 ? "This VM" : `These ${vms} VMs`;
  const base = name(baseTemplateName);
  const [template] = templates;
  if (vms === 0) return revert.trimStart();
  if (template === undefined)
    return `${these} ${vms === 1 ? "comes" : "come"} from the template ${base}.${revert}`;
  const label = name(template.nameLabel ?? template.uuid ?? template.path);
  const verdict = countedVerdict(template.verdict);
  if (template.sharesCause) return inheritText(these, cluster, template) + revert;
  const relation = template.isNamed ? "comes from" : "has its base template in common with";
  const relations = template.isNamed ? "come from" : "have their base template in common with";
  return `${these} ${vms === 1 ? relation : relations} the template ${label}, of which the verdict is: ${verdict}.${revert}`;
}

/** The sentence on the template of a cluster. XAPI keeps only an old name of it, so that the origin is likely, not certain. */
function inheritText(
  these: string,
  { baseTemplateName, templates, vms }: ToldCluster,
  { nameLabel, uuid, path, isNamed }: ToldCluster["templates"][number],
): string {
  const inherit = vms === 1 ? "inherits" : "inherit";
  const label = name(nameLabel ?? uuid ?? path);
  if (isNamed) return `${these} ${inherit} it from the template ${label}, which has the same fault.`;
  const others = templates.filter(({ sharesCause }) => sharesCause).length - 1;
  const orOther = others === 0 ? "" : ` or ${counted(others, "other")}`;
  return `${these} most likely ${inherit} it from the template ${label}${orOther}, which has the same fault and was first made from ${name(baseTemplateName ?? "")} like ${vms === 1 ? "it" : "them"}.`;
}

function membersText({ copies }: ToldCluster, members: ToldCluster["members"]): string {
  const names = [...new Set(members.map(({ nameLabel, uuid, path }) => name(nameLabel ?? uuid ?? path)))];
  const shown = names.slice(0, MAX_MEMBERS);
  const rest = names.length > shown.length || copies > members.length ? ", …" : "";
  return `${shown.join(", ")}${rest}`;
}

function name(text: string): string {
  return clip(printable(text), MAX_NAME);
}
