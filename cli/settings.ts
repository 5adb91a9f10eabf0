/** With what this program judges: all rules, Node's own cryptography, the knowledge that is built in. */
import { Buffer } from "node:buffer";
import { RULES } from "../rules/index.ts";
import { makeKnowledge } from "../rules/knowledge/knowledge.ts";
import type { RepairSettings } from "../rules/repair.ts";
import { nodePlatform } from "./io/platform-node.ts";

/** `asOf` as `YYYY-MM-DD`. */
export function judgingSettings(asOf: string): RepairSettings {
  const knowledge = makeKnowledge((text) => Buffer.from(text, "base64"));
  return { rules: RULES, platform: nodePlatform, asOf, knowledge };
}
