/** The files that `extract` writes of one copy of an NVRAM: names and bytes, nothing of the disk. */
import { toHex } from "../parsers/bytes.ts";
import { EFI_CERT_X509_GUID, readSignatureDatabase, signatureAt } from "../parsers/efi/signature-list.ts";
import { signatureVariableKind } from "../parsers/efi/signature-variables.ts";
import { PARSER_LIMITS, VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { EfiVariable, VarstoredBlob } from "../parsers/model.ts";
import { uefiJson } from "../parsers/nvram/uefi-json.ts";
import type { Platform } from "../parsers/platform.ts";
import { encodeUtf8 } from "../parsers/text/text-encoding.ts";
import { type VariableRef, variableRef } from "../rules/engine/variable-ref.ts";

export interface ExtractedFile {
  /** Letters, digits, `.`, `_` and `-` only. */
  readonly name: string;
  readonly kind: "restore-text" | "nvram" | "variables" | "signature-lists" | "certificate";
  readonly content: Uint8Array;
  /** Null for what is of the whole NVRAM. */
  readonly variable: VariableRef | null;
  /** What a certificate is, for the reader. */
  readonly commonName: string | null;
}

const SHORT_FINGERPRINT = 8;

/** `stem` is the beginning of all names, already safe. Of a hostile blob as much as a store can hold is taken apart. */
export function extractedFiles(stem: string, blob: VarstoredBlob, platform: Platform): ExtractedFile[] {
  const whole = { variable: null, commonName: null };
  const json = `${JSON.stringify(uefiJson(blob.variables), null, 4)}\n`;
  const taken = new Map<string, number>();
  return [
    { name: `${stem}.vars`, kind: "nvram", content: blob.bytes, ...whole },
    { name: `${stem}.json`, kind: "variables", content: encodeUtf8(json), ...whole },
    ...blob.variables
      .filter((variable) => signatureVariableKind(variable) !== null)
      .slice(0, VARSTORED_LIMITS.MAX_VARIABLE_COUNT)
      .flatMap((variable) => signatureFiles(`${stem}.${numberedName(variable, taken)}`, variable, platform)),
  ];
}

/** Names may repeat in a blob; the second `db` is `db.2`. Names of signature variables are plain words. */
function numberedName({ name }: EfiVariable, taken: Map<string, number>): string {
  const number = (taken.get(name) ?? 0) + 1;
  taken.set(name, number);
  return number === 1 ? name : `${name}.${number}`;
}

function signatureFiles(stem: string, variable: EfiVariable, platform: Platform): ExtractedFile[] {
  const ref = variableRef(variable);
  return [
    {
      name: `${stem}.esl`,
      kind: "signature-lists",
      content: variable.data,
      variable: ref,
      commonName: null,
    },
    ...certificates(variable, platform).map(
      ({ index, der, fingerprint, commonName }): ExtractedFile => ({
        name: `${stem}.${index}.${fingerprint}.der`,
        kind: "certificate",
        content: der,
        variable: ref,
        commonName,
      }),
    ),
  ];
}

interface ExtractedCertificate {
  /** Among all entries of the variable. */
  readonly index: number;
  readonly der: Uint8Array;
  readonly fingerprint: string;
  readonly commonName: string | null;
}

function certificates({ data }: EfiVariable, platform: Platform): ExtractedCertificate[] {
  const entries = certificateEntries(data).slice(0, PARSER_LIMITS.maxStoredCertificates);
  return entries.flatMap(({ index, der }) => {
    const certificate = platform.parseCertificate(der);
    if (certificate === null) return [];
    const fingerprint = toHex(platform.sha256(der)).slice(0, SHORT_FINGERPRINT);
    return [{ index, der, fingerprint, commonName: certificate.commonName }];
  });
}

function certificateEntries(data: Uint8Array): Pick<ExtractedCertificate, "index" | "der">[] {
  let first = 0;
  return readSignatureDatabase(data).lists.flatMap((list) => {
    const start = first;
    first += list.signatureCount;
    if (list.signatureType !== EFI_CERT_X509_GUID) return [];
    const length = Math.min(list.signatureCount, PARSER_LIMITS.maxStoredCertificates);
    return Array.from({ length }, (_, i) => {
      return { index: start + i, der: signatureAt(data, list, i).signatureData };
    });
  });
}
