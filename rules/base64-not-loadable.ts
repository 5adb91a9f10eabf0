import { equalBytes } from "../parsers/bytes.ts";
import type { Base64Oddity, Base64Text } from "../parsers/model.ts";
import type { Detection, NvramRule, RuleContext } from "./engine/rule.ts";

export const base64NotLoadable: NvramRule = {
  meta: {
    id: "base64-not-loadable",
    title: "The base64 text is not what the daemon and the host's script read",
    severity: "error",
    breaks: "start",
    repairable: "sometimes",
    docs: {
      what: "Looks at the layout of the text: line breaks, spaces, a byte order mark, missing padding, another alphabet, junk.",
      why: "varstored decodes the text in one piece and without line breaks; anything else decodes to fewer bytes or to none, and what is left is refused. The host's restore command refuses every newline. Texts get broken by mail, tickets, terminals and editors.",
      repair: "Safe: what was decoded is written as one line of padded base64, without a newline at the end.",
      notAFault:
        "One newline at the end of a bare text file harms no daemon; it is only mentioned, because the host's restore command refuses it.",
      references: [
        "varstored xapidb-lib.c, base64 decoding with BIO_FLAGS_BASE64_NO_NL",
        "OpenSSL crypto/evp/bio_b64.c, b64_read",
        "xcp-ng-rpms/varstored SOURCES/fix-efivars.py, restore",
      ],
    },
    since: "0.1.0",
  },
  message: ({ layout, consequence }) =>
    `The base64 text has ${(layout as readonly string[]).join(", ")}: ${consequence}.`,
  on: "nvram",
  *detect(nvram, context) {
    const { base64 } = nvram;
    if (base64 === null || nvram.state === "redacted" || nvram.state === "empty") return;
    if (base64.inRecord) yield* judgeRecord(base64, context);
    else yield* judgeBareText(base64);
  },
};

const WORDS: Readonly<Record<Base64Oddity, string>> = {
  "byte-order-mark": "a byte order mark",
  "leading-space": "white space before it",
  "inner-space": "white space or line breaks inside",
  "trailing-newline": "a newline at its end",
  "trailing-space": "white space behind it",
  "missing-padding": "no padding",
  "url-safe-alphabet": "the URL-safe alphabet",
  "utf-16": "UTF-16 characters",
  junk: "characters that are no base64",
};

function detection(
  base64: Base64Text,
  consequence: string,
  changes: Pick<Detection, "severity" | "breaks">,
): Detection {
  const layout = base64.oddities.map((oddity) => WORDS[oddity]);
  const facts = {
    layout: layout.length === 0 ? ["no base64"] : layout,
    consequence,
    textBytes: base64.text.length,
  };
  return { path: "", span: null, facts, ...changes };
}

/** In a record the text is what the daemon gets: only what it would decode otherwise is a fault. */
function* judgeRecord(base64: Base64Text, { nvram, load }: RuleContext): Iterable<Detection> {
  const { bytes, daemonBytes } = nvram;
  if (bytes !== null && daemonBytes !== null && equalBytes(bytes, daemonBytes)) return;
  const got = daemonBytes?.length ?? 0;
  const consequence = `the daemon gets ${got} of ${bytes?.length ?? 0} bytes`;
  const breaks = load?.loads === true ? null : "start";
  yield { ...detection(base64, consequence, { severity: "error", breaks }), ...rewrite(bytes) };
}

/** A bare text is a backup that somebody restores. */
function* judgeBareText(base64: Base64Text): Iterable<Detection> {
  const { oddities } = base64;
  if (oddities.length === 0) return;
  const onlyNewline = oddities.every((oddity) => oddity === "trailing-newline");
  const consequence = onlyNewline
    ? "the host's restore command refuses it"
    : "neither the daemon nor the host's restore command reads it";
  const changes = onlyNewline
    ? ({ severity: "info", breaks: null } as const)
    : ({ severity: "warning", breaks: "restore" } as const);
  yield { ...detection(base64, consequence, changes), ...rewrite(base64.text) };
}

function rewrite(bytes: Uint8Array | null): Pick<Detection, "repair"> {
  if (bytes === null || bytes.length === 0) return {};
  return {
    repair: {
      applicability: "safe",
      title: "Write the base64 as one line without a newline",
      patches: [{ op: "rewrite-text" }],
    },
  };
}
