import { readSbatLevel, type SbatFault } from "../parsers/efi/sbat.ts";
import { SHIM_LOCK } from "../parsers/guids.ts";
import type { VariableRule } from "./engine/rule.ts";
import { KNOWN_SBAT_LEVELS, OLDEST_CURRENT_SBAT_LEVEL } from "./knowledge/sbat-levels.ts";

const SBAT_LEVEL = "SbatLevel";

export const sbatLevelOld: VariableRule = {
  meta: {
    id: "sbat-level-old",
    title: "The SBAT level is old, or cannot be read",
    severity: "info",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: `Reads shim's SbatLevel and mentions one that is older than ${OLDEST_CURRENT_SBAT_LEVEL}, or that is no such text.`,
      why: "The level says which generations of shim, GRUB and other loaders shim refuses. Below the named level, builds of GRUB of 2022 with public ways around Secure Boot still start. A level that is no such text is replaced by shim at the next start.",
      repair:
        "None is applied. shim raises the level by itself when the distribution updates it; mokutil --set-sbat-policy latest, in the guest, asks for the newest one.",
      notAFault:
        "A level of one's own is normal, and not to be raised before every boot medium of the VM is new enough.",
      references: ["rhboot/shim SBAT.md, SbatLevel_Variable.txt and sbat.c"],
    },
  },
  topics: ["start-linux"],
  message: ({ level, oldest, missed, problem }) =>
    problem === null
      ? `The SBAT level is ${level}, older than ${oldest}; ${missed} published levels are newer.`
      : `SbatLevel cannot be read: ${problem}.`,
  on: "variable",
  concerns: ({ name, vendorGuid }) => vendorGuid === SHIM_LOCK && name === SBAT_LEVEL,
  *detect(variable) {
    const { datestamp, fault } = readSbatLevel(variable.data);
    if (fault === null && datestamp !== null && datestamp >= OLDEST_CURRENT_SBAT_LEVEL) return;
    const missed = KNOWN_SBAT_LEVELS.filter((known) => datestamp === null || known.datestamp > datestamp);
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        level: datestamp,
        oldest: OLDEST_CURRENT_SBAT_LEVEL,
        missed: missed.length,
        notRevoked: fault === null ? missed.map(({ revokes }) => revokes) : [],
        problem: fault === null ? null : problemOf(fault),
      },
    };
  },
};

const PROBLEMS: Readonly<Record<SbatFault["code"], string>> = {
  "not-text": "it holds bytes that are no ASCII text",
  "no-header": "it does not begin with sbat, a generation and a date of ten digits",
  "bad-line": "a line is no component with its generation",
  "too-long": "it is longer than any level",
};

function problemOf({ code, line }: SbatFault): string {
  return `${PROBLEMS[code]} (line ${line})`;
}
