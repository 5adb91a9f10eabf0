/** The Secure Boot certificates of an input, for humans: each set, its files, their lists and certificates. */
import type { AuthFileInspection, CertificateSetInspection } from "../../report/certificates-inspection.ts";
import { clip, printable } from "../../report/render/printable.ts";
import type { SignatureLook } from "../../report/render/signature-text.ts";
import { counted, wrap } from "../../report/render/text.ts";
import { vmName } from "../../report/render/vm-block.ts";
import { signatureListLines } from "./inspection-text.ts";

const MAX_NAME = 60;
const MAX_TEXT = 300;

export function certificateSetLines(
  path: string,
  set: CertificateSetInspection,
  look: SignatureLook,
): string[] {
  const { style, columns } = look;
  const { kind, uuid, source, active, error, files } = set;
  const facts = [
    uuid === null ? "" : `${kind} ${clip(printable(uuid), MAX_NAME)}`,
    source,
    active === null ? "" : active ? "in use" : "not in use",
    counted(files.length, "file"),
  ];
  return [
    style.bold(`Secure Boot certificates of ${vmName(path, set)}`),
    `  ${style.dim(facts.filter((fact) => fact !== "").join(" · "))}`,
    ...(error === null ? [] : wrap(clip(printable(error.message), MAX_TEXT), columns, 2)),
    ...files.flatMap((file) => fileLines(file, look)),
  ];
}

function fileLines(file: AuthFileInspection, look: SignatureLook): string[] {
  const { name, bytes, sha256, timestamp, signatureBytes, signatureLists, signatureFault } = file;
  const title = clip(printable(name), MAX_NAME) || "standard input";
  const details = [
    `${bytes} bytes, SHA-256 ${sha256}`,
    ...(signatureBytes === null
      ? ["its header does not fit the file: no host or guest can write it"]
      : [
          `time ${timestamp ?? "of all zeros"}, ${signatureBytes === 0 ? "not signed" : `a signature of ${signatureBytes} bytes`}`,
        ]),
    ...targetText(file),
  ];
  const [gap = "", head = "", ...lists] = signatureListLines(title, { signatureLists, signatureFault }, look);
  return [gap, head, ...details.flatMap((line) => wrap(line, look.columns, 2)), ...lists];
}

const TOLD_BY = {
  signature: "it was signed for that",
  name: "by its name",
  content: "by what it holds",
} as const;

function targetText({ target }: AuthFileInspection): string[] {
  if (target === null) return [];
  const { variable, append, by } = target;
  return [`for ${variable}, ${append ? "to be added to it" : "to replace it"} (${TOLD_BY[by]})`];
}
