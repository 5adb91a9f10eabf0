/** What writers of reports need of the machine, in tests. */
import { nodePlatform } from "../../platform/node/platform.ts";
import { memorySpool, type WriterTools } from "../../report/render/spool.ts";

export const WRITER_TOOLS: WriterTools = { sha256: nodePlatform.sha256, newSpool: memorySpool };
