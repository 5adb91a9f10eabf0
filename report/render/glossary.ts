/** What the words of findings mean, each once, for who reads them for the first time. */
import type { FindingReport } from "../finding.ts";

const WORDS: readonly (readonly [word: RegExp, meaning: string])[] = [
  [/\bPK\b/, "PK: the key that may change KEK"],
  [/\bKEK\b/, "KEK: the keys that may change db and dbx"],
  [/\bdb\b/, "db: what may start with Secure Boot"],
  [/\bdbx\b/, "dbx: the list of revoked boot loaders"],
  [/\bSBAT\b/, "SBAT: the least version of Linux boot loaders"],
  [/\bSVN\b|\bSVNs\b/, "SVN: the least version of Windows boot managers"],
  [/\bMok\w*\b/, "MOK: keys that the owner of the machine added for Linux"],
];

/** One line; empty where no such word is said. */
export function glossaryText(findings: readonly Pick<FindingReport, "message">[]): string {
  const said = WORDS.filter(([word]) => findings.some(({ message }) => word.test(message)));
  return said.length === 0 ? "" : `${said.map(([, meaning]) => meaning).join(". ")}.`;
}
