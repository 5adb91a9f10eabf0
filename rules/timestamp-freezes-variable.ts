import { hasUnusedFields, isLater } from "../daemon/timestamp.ts";
import { isAllZero, viewOf } from "../parsers/bytes.ts";
import { EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS } from "../parsers/efi/attributes.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { secureBootName } from "../parsers/efi/signature-variables.ts";
import { EFI_TIME_BYTES, formatEfiTime } from "../parsers/efi/time.ts";
import type { RuleContext, VariableRule } from "./engine/rule.ts";

const DAY_MILLISECONDS = 86_400_000;
/** No NVRAM is analysed before this rule was written: an earlier --as-of, given to judge certificates, makes no time a future one. */
const EARLIEST_NOW = "2026-11-22";
const EARLIEST_YEAR = 1900;
const LATEST_YEAR = 9999;

export const timestampFreezesVariable: VariableRule = {
  meta: {
    id: "timestamp-freezes-variable",
    title: "A variable carries a time that no signed write can pass",
    severity: "warning",
    breaks: "update",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks at the time that is stored with time-based authenticated variables: one that is more than a day later than the date of this analysis (--as-of, where that is no date of the past), or that is no valid time.",
      why: "A signed write that replaces such a variable must carry a later time than the stored one, else it is refused (EFI_SECURITY_VIOLATION). Until the stored date has come, the owner of the keys cannot replace or delete the variable. A time with month 13 or a nanosecond was not written by the daemon, which refuses those; it compares such a time digit by digit all the same.",
      repair:
        "None is applied: the time is what the owner of the keys signed. With the VM halted and its NVRAM saved, varstore-sb-state UUID user on the host writes the keys anew with the times of the pool's set; another variable can be removed with varstore-rm.",
      notAFault:
        "A time of all zeros is normal, on keys as well: some builds of uefistored dropped it. Appends, by which Microsoft updates dbx, do not look at the time; nor do unsigned writes of KEK, db and dbx while there is no PK.",
      references: [
        "varstored handler.c, verify_auth_var_type and time_later",
        "UEFI 2.10 §8.2.2 and §8.3, EFI_TIME",
      ],
    },
  },
  message: ({ variable, timestamp, invalid, asOf }) =>
    invalid === null
      ? `${variable} carries the time ${timestamp}, which is later than ${asOf}: no signed write can replace it before that.`
      : `${variable} carries ${timestamp}, which is no valid time: ${invalid}.`,
  on: "variable",
  concerns: ({ attributes, timestamp }) =>
    (attributes & EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS) !== 0 && !isAllZero(timestamp),
  *detect(variable, context) {
    const { timestamp } = variable;
    const asOf = context.asOf > EARLIEST_NOW ? context.asOf : EARLIEST_NOW;
    const isFuture = isAfterTomorrow(timestamp, asOf);
    const invalid = isFuture ? null : calendarFault(timestamp);
    if (!isFuture && invalid === null) return;
    const freezes = isFuture && !isFreeInSetupMode(variable, context);
    const at = variable.dataSpan.end + 20;
    yield {
      variable,
      path: `variables[${variable.index}].timestamp`,
      span: { start: at, end: at + EFI_TIME_BYTES },
      facts: {
        variable: shortName(variable.name),
        timestamp: formatEfiTime(timestamp),
        invalid,
        asOf,
      },
      ...(freezes ? {} : ({ severity: "info", breaks: null } as const)),
      ...(freezes ? { repair: { applicability: "manual", title: TITLE, patches: [] } } : {}),
    };
  },
};

const TITLE =
  "Check the clock of whoever signed it; varstore-sb-state UUID user on the host writes the keys anew";

/** True for a time after tomorrow. Compares the year first, as this runs for every variable. */
function isAfterTomorrow(time: Uint8Array, asOf: string): boolean {
  if (viewOf(time).getUint16(0, true) < Number.parseInt(asOf, 10)) return false;
  return isLater(dayAfter(asOf), time);
}

/** The last second of the day after `asOf`, as EFI_TIME. */
function dayAfter(asOf: string): Uint8Array {
  const [year = 0, month = 0, day = 0] = new Date(Date.parse(asOf) + DAY_MILLISECONDS)
    .toISOString()
    .slice(0, 10)
    .split("-")
    .map(Number);
  const time = new Uint8Array(EFI_TIME_BYTES);
  viewOf(time).setUint16(0, year, true);
  time.set([month, day, 23, 59, 59], 2);
  return time;
}

/** Without a PK, writes of KEK, db, dbx and dbt need no signature, and then no later time. */
function isFreeInSetupMode(variable: Parameters<VariableRule["detect"]>[0], { blob }: RuleContext): boolean {
  const name = secureBootName(variable);
  if (name === null || name === "PK") return false;
  return !(blob?.variables ?? []).some((other) => secureBootName(other) === "PK");
}

/** Without Date, which takes longer than all else here. */
function daysOf(month: number, year: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** What is wrong with a time that lies in the past; null where nothing is. */
function calendarFault(time: Uint8Array): string | null {
  const year = viewOf(time).getUint16(0, true);
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = time.subarray(2, 7);
  if (year < EARLIEST_YEAR || year > LATEST_YEAR) return `year ${year}`;
  if (month < 1 || month > 12) return `month ${month}`;
  if (day < 1 || day > daysOf(month, year)) return `day ${day} of month ${month}`;
  if (hour > 23 || minute > 59 || second > 59) return `${hour}:${minute}:${second} o'clock`;
  return hasUnusedFields(time) ? "pad, nanosecond, time zone or daylight is not zero" : null;
}
