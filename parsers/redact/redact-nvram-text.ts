/** NVRAM as `xe` prints it, with whatever stands around it. */
import { nvramEntries } from "../formats/nvram-text.ts";
import type { TextLayer } from "../text/text-encoding.ts";
import { decodeUtf8, encodeUtf8 } from "../text/text-encoding.ts";
import { redactBase64 } from "./redact-base64.ts";
import type { DocumentRedaction } from "./redact-values.ts";
import { scrubText } from "./scrub-text.ts";

/** Of the keys by which the NVRAM is found, and of what may stand behind them. */
const WORDS: ReadonlySet<string> = new Set(
  "EFI variables backend on boot xapidb reset NVRAM REMOVED true false MRO RO RW MRW SRO SRW DEPRECATED"
    .concat(
      " uuid name label description platform secureboot auto HVM params order policy firmware uefi bios BIOS",
    )
    .concat(" is a template default snapshot control domain type power state halted running paused suspended")
    .concat(" secureboot certificates ok update_available update_on_boot other config not in database")
    .split(" "),
);

/** `redaction` is that of the layer's bytes. Throws ParseError for an NVRAM that is no base64. */
export function redactNvramText(layer: TextLayer, redaction: DocumentRedaction): void {
  const { bytes, platform, pseudonyms } = redaction;
  let from = 0;
  const around = (end: number): void => {
    const text = layer.bytes.subarray(from, end);
    const scrubbed = encodeUtf8(scrubText(decodeUtf8(text), pseudonyms, (word) => WORDS.has(word)));
    if (scrubbed.length === text.length) bytes.set(scrubbed, from);
    else bytes.fill(0x78, from, end);
  };
  for (const { start, end } of nvramEntries(layer)) {
    around(start);
    const text = layer.bytes.subarray(start, end);
    if (decodeUtf8(text) !== "REMOVED") bytes.set(redactBase64(text, platform, pseudonyms), start);
    from = end;
  }
  around(layer.bytes.length);
}
