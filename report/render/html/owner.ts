/** The owner of a signature: its name, and its colour in every picture. */
import { MICROSOFT_OWNER, XCP_NG_OWNER } from "../../../parsers/guids.ts";
import type { NamedGuid } from "../../signature-inspection.ts";
import type { Fill } from "./picture.ts";

export function ownerName({ name, guid }: NamedGuid): string {
  return name ?? guid;
}

export function ownerFill({ guid }: NamedGuid): Fill {
  if (guid === XCP_NG_OWNER) return "o-xcp";
  return guid === MICROSOFT_OWNER ? "o-ms" : "o-other";
}
