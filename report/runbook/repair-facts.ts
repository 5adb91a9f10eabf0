/** What a runbook is to know of a planned repair, whoever wrote or will write it. */
import { toHex } from "../../parsers/bytes.ts";
import { restoreReadsNames } from "../../parsers/host/restore-command.ts";
import type { VmSource } from "../../parsers/model.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import type { Platform } from "../../parsers/platform.ts";
import { encodeBase64 } from "../../parsers/text/base64.ts";
import type { PlannedRepair } from "../repair-entry.ts";
import { measuredChanges } from "./measured-boot.ts";
import type { RunbookSubject } from "./step.ts";

/** What is to be known of an NVRAM, so that nothing large waits for the name of its file. */
export type RunbookFacts = Pick<
  RunbookSubject,
  "vm" | "form" | "blobBytes" | "textSha256" | "scriptRestores" | "loadedBefore" | "measuredChanges"
>;

/** `group`: the copies that share its steps, itself among them. */
export function runbookFacts(
  { outcome, vm, form }: PlannedRepair,
  group: readonly PlannedRepair[],
  platform: Pick<Platform, "sha256">,
): RunbookFacts {
  if (outcome.kind !== "repaired") throw new TypeError("only what is repaired has a runbook");
  const outcomes = group.flatMap(({ outcome: other }) => (other.kind === "repaired" ? [other] : []));
  const { uuid, nameLabel, kind, source, fields } = vm;
  return {
    vm: { uuid, nameLabel, kind, source, fields },
    form,
    blobBytes: outcome.bytes.length,
    textSha256: toHex(platform.sha256(encodeBase64(outcome.bytes))),
    scriptRestores: restoreReadsNames(openBlob(outcome.bytes).variables),
    loadedBefore: outcome.before.load.loads,
    measuredChanges: [...new Set(outcomes.flatMap(({ proof }) => measuredChanges(proof)))],
  };
}

/** Copies of one VM share their steps. Where the input tells no UUID, as an appliance does, its name tells it apart. */
export function identityOf({ uuid, nameLabel }: Pick<VmSource, "uuid" | "nameLabel">): string {
  return uuid ?? `name ${nameLabel ?? ""}`;
}
