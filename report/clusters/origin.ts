/** Where a copy comes from, as far as its record tells: what of it travels with a judged copy when clusters are asked for. */
import type { VmSource } from "../../parsers/model.ts";
import type { CertificateSources } from "../../rules/knowledge/stored-certificates.ts";
import { type PlantedSet, plantedDigest, plantedSet } from "./planted-set.ts";

/** `Note` is whatever the caller wants to know of the first copy of a kind. */
export interface CopyOrigin<Note> {
  /** SHA-256 of what KEK and db hold; null where there are none. */
  readonly keys: string | null;
  /**
   * `other_config:base_template_name`: the template that the VM, or the VM that its template was made from, was first
   * cloned from. A clone of a custom template keeps the older name (xapi ocaml/xapi/xapi_vm_clone.ml, copy_vm_record).
   */
  readonly baseTemplateName: string | null;
  /** References inside one pool or export; null where the record tells none. */
  readonly ref: string | null;
  readonly snapshotOf: string | null;
  readonly parent: string | null;
  /** Null for all but the first copy of a kind. */
  readonly first: { readonly set: PlantedSet; readonly note: Note } | null;
}

export function originOf<Note>(
  { fields, nvram }: VmSource,
  sources: CertificateSources,
  firstNote: (keys: string | null, baseTemplateName: string | null) => { readonly note: Note } | null,
): CopyOrigin<Note> {
  const variables = nvram?.blob?.variables ?? [];
  const keys = plantedDigest(variables, sources);
  const baseTemplateName = fields.get("other_config:base_template_name") || null;
  const told = firstNote(keys, baseTemplateName);
  return {
    keys,
    baseTemplateName,
    ref: refOf(fields.get("_ref")),
    snapshotOf: refOf(fields.get("snapshot_of")),
    parent: refOf(fields.get("parent")),
    first: told === null ? null : { set: plantedSet(variables, sources), note: told.note },
  };
}

/** `OpaqueRef:NULL` refers to nothing (xapi ocaml/xapi-types/ref.ml). */
function refOf(value: string | undefined): string | null {
  return value === undefined || value === "" || value === "OpaqueRef:NULL" ? null : value;
}

/** A VM points to its newest snapshot, and that to the one before; more than this no lineage is followed. */
const MAX_LINEAGE = 64;

/**
 * The base template of each copy of one input; for a record without one that of the record which it is a snapshot of, or
 * which it was last taken a snapshot of.
 */
export function baseTemplatesOf(origins: readonly CopyOrigin<unknown>[]): (string | null)[] {
  if (origins.every(({ baseTemplateName }) => baseTemplateName !== null))
    return origins.map(({ baseTemplateName }) => baseTemplateName);
  const byRef = new Map<string, CopyOrigin<unknown>>();
  for (const origin of origins)
    if (origin.ref !== null && !byRef.has(origin.ref)) byRef.set(origin.ref, origin);
  return origins.map((origin) => {
    let at: CopyOrigin<unknown> | undefined = origin;
    for (let i = 0; i < MAX_LINEAGE && at !== undefined; i++) {
      if (at.baseTemplateName !== null) return at.baseTemplateName;
      const next: string | null = at.snapshotOf ?? at.parent;
      at = next === null ? undefined : byRef.get(next);
    }
    return null;
  });
}
