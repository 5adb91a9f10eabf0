/** All formats that are read as a whole, in the order in which they are asked: the stronger sign first. */
import { efivarsB64 } from "./efivars-b64.ts";
import type { InputFormat } from "./format.ts";
import { nvramJson } from "./nvram-json.ts";
import { nvramText } from "./nvram-text.ts";
import { ovaXml } from "./ova-xml.ts";
import { vars } from "./vars.ts";

export const FORMATS: readonly InputFormat[] = [vars, efivarsB64, ovaXml, nvramJson, nvramText];
