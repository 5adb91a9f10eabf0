import type { VmSource } from "../../parsers/model.ts";
import { nvramOfBlob } from "../../parsers/nvram/nvram.ts";

/** A bare blob as the engine takes it: no record around it. Throws ParseError where the bytes are no VARS blob. */
export function vmOf(bytes: Uint8Array): VmSource {
  return {
    uuid: null,
    nameLabel: null,
    kind: "unknown",
    source: "NVRAM",
    firmware: null,
    secureBoot: null,
    fields: new Map(),
    nvram: nvramOfBlob(bytes),
  };
}
