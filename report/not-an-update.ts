/** Recognises files that people take for an update of a Secure Boot variable, but that are not one. */
import { decodeLatin1 } from "../parsers/text/text-encoding.ts";

/** What would be one. */
const UPDATE =
  "An update is what varstored is given: signature lists signed by the owner of a key (.auth, such as Microsoft's DBXUpdate.bin), or unsigned lists (.esl) with --variable.";

const START_BYTES = 4096;

/** The rest of a sentence about the file, and what to do instead; null for any other file. */
export function notAnUpdate(bytes: Uint8Array): string | null {
  const text = decodeLatin1(bytes.subarray(0, START_BYTES)).trimStart();
  if (/^-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/.test(text) || isCertificate(bytes))
    return `a certificate, and no update. ${UPDATE} repair FILE --add-certificates FOLDER puts certificates into KEK and db.`;
  if (/^(?:VARS|VkFSU)/.test(text)) return `an NVRAM, and no update. ${UPDATE} diff compares two NVRAMs.`;
  if (/^\{\s*"|^\[\s*[{[\]]|^\{\s*\}/.test(text))
    return `JSON, such as Microsoft's dbx_info, and no update. ${UPDATE}`;
  return null;
}

/** DER (X.690; RFC 5280, 4.1): a sequence with a sequence in it, which begins with its version or with its serial number. */
function isCertificate(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 9);
  return (
    head[0] === 0x30 &&
    head[1] === 0x82 &&
    head[4] === 0x30 &&
    head[5] === 0x82 &&
    (head[8] === 0xa0 || head[8] === 0x02)
  );
}
