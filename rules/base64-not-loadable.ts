import { equalBytes } from "../parsers/bytes.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { type RestoreAnswer, restoreReadsText } from "../parsers/host/restore-command.ts";
import type { Base64Oddity, Base64Text } from "../parsers/model.ts";
import { decodeAsDaemon } from "../parsers/text/base64.ts";
import type { Detection, Facts, NvramRule, Repair, RuleContext } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";
import { type TextTail, textTailOf } from "./engine/text-tail.ts";

export const base64NotLoadable: NvramRule = {
  meta: {
    id: "base64-not-loadable",
    title: "The base64 text is laid out otherwise than a host writes it",
    severity: "error",
    breaks: "start",
    repairable: "sometimes",
    docs: {
      what: "Looks at the layout of the text: line breaks, spaces, a byte order mark, missing padding, another alphabet, junk.",
      why: "varstored decodes the text of a record in one piece: line breaks inside, a space before it and missing padding give it fewer bytes or none, and what is left is refused. A few characters behind the end harm it not. The host's restore command is stricter with a text that is given to it: it takes base64 and its padding and nothing else (Python 3.6 lets one line end pass), and gives the daemon what it encoded anew. Texts get broken by mail, tickets, terminals and editors.",
      repair:
        "Safe: what was decoded is written as one line of padded base64, without a newline at the end. Not safe where something of a variable can be read behind what was decoded: --strategy remove drops that where the daemon does not load the text as it is.",
      notAFault:
        "One newline at the end of a bare text file harms no daemon; it is only mentioned, because the host's restore command may refuse it.",
      references: [
        "varstored xapidb-lib.c, base64 decoding with BIO_FLAGS_BASE64_NO_NL",
        "OpenSSL crypto/evp/bio_b64.c, b64_read",
        "xcp-ng-rpms/varstored SOURCES/fix-efivars.py, restore",
      ],
    },
    since: "0.1.0",
  },
  topics: ["start-without-secure-boot", "hosts"],
  message: ({ layout, consequence }) =>
    `The base64 text has ${(layout as readonly string[]).join(", ")}: ${consequence}.`,
  on: "nvram",
  *detect(nvram, context) {
    const { base64 } = nvram;
    if (base64 === null || nvram.state === "redacted" || nvram.state === "empty") return;
    if (base64.inRecord) yield* judgeRecord(base64, context);
    else yield* judgeBareText(base64, context);
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
  facts: Facts & { readonly consequence: string },
  changes: Pick<Detection, "severity" | "breaks">,
): Detection {
  const layout = base64.oddities.map((oddity) => WORDS[oddity]);
  return {
    path: "",
    span: null,
    facts: {
      layout: layout.length === 0 ? ["no base64"] : layout,
      ...facts,
      textBytes: base64.text.length,
    },
    ...changes,
  };
}

/** In a record the text is what the daemon gets: only what it would decode otherwise is a fault. */
function* judgeRecord(base64: Base64Text, context: RuleContext): Iterable<Detection> {
  const { nvram, load } = context;
  const { bytes, daemonBytes } = nvram;
  if (bytes !== null && daemonBytes !== null && equalBytes(bytes, daemonBytes)) return;
  const consequence = stopText(base64) + daemonText(bytes, daemonBytes ?? NO_BYTES);
  const breaks = load?.loads === true ? null : "start";
  yield { ...detection(base64, { consequence }, { severity: "error", breaks }), ...rewrite(context) };
}

const NO_BYTES = new Uint8Array(0);

/** Fewer characters behind the base64 are those that a paste brings with it, not a part of the NVRAM. */
const MIN_LOST_CHARACTERS = 64;

/** Where the text stops being base64, where much of it stands behind that; empty elsewhere. */
function stopText({ text, junkOffset }: Base64Text): string {
  const left = junkOffset === null ? 0 : text.length - junkOffset;
  if (junkOffset === null || left < MIN_LOST_CHARACTERS) return "";
  return `character ${junkOffset + 1} of ${text.length} is none, and ${left - 1} more follow; `;
}

/** What the daemon's own decoder makes of a text of which people read `bytes`. */
function daemonText(bytes: Uint8Array | null, daemonBytes: Uint8Array): string {
  const whole = bytes?.length ?? 0;
  if (bytes === null) return `the daemon gets ${daemonBytes.length} bytes of it`;
  if (daemonBytes.length < whole) return `the daemon gets ${daemonBytes.length} of ${whole} bytes`;
  return equalBytes(bytes, daemonBytes) ? "the daemon reads it" : "the daemon gets other bytes";
}

const RESTORE_WORDS: Readonly<Record<RestoreAnswer, string>> = {
  reads: "the host's restore command reads it",
  refuses: "the host's restore command refuses it",
  "depends-on-python":
    "the host's restore command refuses it or reads it, by the version of Python there (3.13 refuses it)",
};

/** A bare text is a backup that somebody restores: by the host's command, or put into the record as it stands. */
function* judgeBareText(base64: Base64Text, context: RuleContext): Iterable<Detection> {
  const { oddities, text } = base64;
  if (oddities.length === 0) return;
  const restore = restoreReadsText(text);
  const daemon = daemonText(context.nvram.bytes, decodeAsDaemon(text, context.platform));
  const consequence = `${stopText(base64)}${daemon}; ${RESTORE_WORDS[restore]}`;
  const onlyNewline = oddities.every((oddity) => oddity === "trailing-newline");
  const changes = onlyNewline
    ? ({ severity: "info", breaks: null } as const)
    : ({ severity: "warning", breaks: "restore" } as const);
  yield { ...detection(base64, { consequence, restore }, changes), ...rewrite(context) };
}

function rewrite({ nvram, load }: RuleContext): Pick<Detection, "repair"> {
  if (nvram.bytes === null) return {};
  const tail = textTailOf(nvram);
  if (tail !== null && tail.variables.length > 0) return { repair: dropTail(tail, load?.loads === true) };
  const title = "Write the base64 as one line without a newline";
  return { repair: { applicability: "safe", title, patches: [{ op: "rewrite-text" }] } };
}

/** The rest of the text may be the rest of the NVRAM. Where what was read loads by itself, nobody has to give it up. */
function dropTail({ text, variables }: TextTail, loads: boolean): Repair {
  const names = listed(variables.slice(0, SHOWN_NAMES).map(shortName));
  const tail = `the last ${text.length} characters, in which something of ${names} can be read`;
  return loads
    ? { applicability: "manual", title: `Look at ${tail}, and decide what is right`, patches: [] }
    : {
        applicability: "unsafe",
        title: `Write the base64 as one line without ${tail}`,
        patches: [{ op: "rewrite-text" }],
      };
}

const SHOWN_NAMES = 8;
