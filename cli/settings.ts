/** With what this program judges: all rules, Node's own cryptography, the knowledge that is built in. */
import { Buffer } from "node:buffer";
import { ParseError } from "../parsers/errors.ts";
import { PARSER_LIMITS } from "../parsers/limits.ts";
import { nodePlatform } from "../platform/node/platform.ts";
import { printable } from "../report/render/printable.ts";
import type { RepairSettings } from "../rules/engine/repair.ts";
import { RULES } from "../rules/index.ts";
import { makeKnowledge } from "../rules/knowledge/knowledge.ts";
import type { Reference } from "../rules/knowledge/reference-content.ts";
import { UsageError } from "./errors.ts";
import { readSmallFile } from "./io/read-small-file.ts";
import type { CommonOptions } from "./options.ts";

/** Throws UsageError for a reference that cannot be read or understood. */
export async function judgingSettings({
  asOf,
  references,
}: Pick<CommonOptions, "asOf" | "references">): Promise<RepairSettings> {
  const read = references.length === 0 ? [] : await readReferences(references);
  const knowledge = makeKnowledge((text) => Buffer.from(text, "base64"), read);
  return { rules: RULES, platform: nodePlatform, asOf, knowledge };
}

async function readReferences(paths: readonly string[]): Promise<Reference[]> {
  const { readReference } = await import("../rules/knowledge/reference.ts");
  const read: Reference[] = [];
  for (const path of paths) {
    const bytes = await readSmallFile(path, PARSER_LIMITS.maxReferenceBytes);
    try {
      read.push(readReference(bytes, path, nodePlatform));
    } catch (error) {
      if (error instanceof ParseError) throw new UsageError(`--reference: ${printable(error.message)}`);
      throw error;
    }
  }
  return read;
}
