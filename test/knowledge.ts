import { type Knowledge, makeKnowledge } from "../rules/knowledge/knowledge.ts";

/** The built-in tables, as the program uses them. */
export const testKnowledge: Knowledge = makeKnowledge((text) => new Uint8Array(Buffer.from(text, "base64")));
