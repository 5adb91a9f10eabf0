/** Variables as JSON without what tells whose they are: as the blob with these would be redacted, and written anew in the same form. */
import { readUefiJson } from "../guest/uefi-json.ts";
import { copyOfView } from "../guest/view.ts";
import { uefiJson } from "../nvram/uefi-json.ts";
import { openBlob } from "../nvram/varstored-blob.ts";
import type { Platform } from "../platform.ts";
import { parseJson } from "../text/json-text.ts";
import { encodeUtf8, unwrapText } from "../text/text-encoding.ts";
import type { Pseudonyms } from "./pseudonyms.ts";
import { redactBlob } from "./redact-blob.ts";

/** Throws ParseError as `readUefiJson` does. */
export function redactUefiJson(document: Uint8Array, platform: Platform, pseudonyms: Pseudonyms): Uint8Array {
  const variables = readUefiJson(parseJson(unwrapText(document)), platform);
  const blob = copyOfView("uefi-json", variables).nvram?.blob?.bytes ?? new Uint8Array(0);
  const redacted = openBlob(redactBlob(blob, pseudonyms));
  return encodeUtf8(`${JSON.stringify(uefiJson(redacted.variables), null, 4)}\n`);
}
