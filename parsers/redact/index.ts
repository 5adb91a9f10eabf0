/**
 * Dumps that may leave their owner: structure, sizes, certificates, hashes and signature lists stay; names, UUIDs, addresses, paths,
 * secrets and free text are replaced by others of the same length, in every layer.
 */
import { ParseError } from "../errors.ts";
import type { FormatId } from "../model.ts";
import type { Platform } from "../platform.ts";
import { encodeLike, type TextLayer, unwrapText } from "../text/text-encoding.ts";
import { Pseudonyms } from "./pseudonyms.ts";
import { redactBase64 } from "./redact-base64.ts";
import { redactBlob } from "./redact-blob.ts";
import { redactJson } from "./redact-json.ts";
import { redactNvramText } from "./redact-nvram-text.ts";
import { redactOvf } from "./redact-ovf.ts";
import { redactUefiJson } from "./redact-uefi-json.ts";
import { DocumentRedaction } from "./redact-values.ts";
import { redactDatabase, redactOvaXml } from "./redact-xml.ts";

type Redact = (document: Uint8Array, platform: Platform, pseudonyms: Pseudonyms) => Uint8Array;

/** An XVA is redacted through its ova.xml, an appliance through its description: the disks are nobody else's business, and nothing of them is kept. */
const FORMS: Partial<Record<FormatId, Redact>> = {
  vars: (document, _platform, pseudonyms) => redactBlob(document, pseudonyms),
  "efivars-b64": inLayer((layer, redaction) => {
    redaction.bytes.set(redactBase64(layer.bytes, redaction.platform, redaction.pseudonyms));
  }),
  "nvram-text": inLayer(redactNvramText),
  "nvram-json": inLayer(redactJson),
  "uefi-json": redactUefiJson,
  "xo-cache": inLayer(redactJson),
  "ova-xml": inDocument(redactOvaXml),
  ovf: inLayer(redactOvf),
  ova: inLayer(redactOvf),
  xva: inDocument(redactOvaXml),
  "xapi-db": inDocument(redactDatabase),
};

export function isRedactable(format: FormatId): boolean {
  return FORMS[format] !== undefined;
}

/**
 * A new document, of the same length but for JSON of variables, which is laid out anew; `document` is decompressed, of an XVA its ova.xml. `key` is random, for this document only.
 * Throws ParseError for a format, or a document, that cannot be redacted.
 */
export function redactDocument(
  document: Uint8Array,
  format: FormatId,
  platform: Platform,
  key: Uint8Array,
): Uint8Array {
  const redact = FORMS[format];
  if (redact === undefined)
    throw new ParseError({
      code: "unrecognised",
      expected: `a format that can be redacted (${Object.keys(FORMS).join(", ")})`,
      found: format,
      next: "Take the NVRAM of the VM out with varscope extract, and redact that.",
    });
  return redact(document, platform, new Pseudonyms({ key, sha256: platform.sha256 }));
}

function inDocument(redact: (document: Uint8Array, redaction: DocumentRedaction) => void): Redact {
  return (document, platform, pseudonyms) => {
    const redaction = new DocumentRedaction(document, platform, pseudonyms);
    redact(document, redaction);
    return redaction.bytes;
  };
}

/** Text in any encoding: redacted as UTF-8, and written in its own again. */
function inLayer(redact: (layer: TextLayer, redaction: DocumentRedaction) => void): Redact {
  return (document, platform, pseudonyms) => {
    const layer = unwrapText(document);
    const redaction = new DocumentRedaction(layer.bytes, platform, pseudonyms);
    redact(layer, redaction);
    const out = document.slice();
    out.set(encodeLike(layer, redaction.bytes), layer.markBytes);
    return out;
  };
}
