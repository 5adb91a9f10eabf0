/** Events of Windows that people look up by number where a rule's id is asked for. */

/**
 * What Windows says with it, and the rules about what is behind it on these hosts (Microsoft KB5016061, "Secure Boot DB and DBX variable
 * update events"; the log is System, the source TPM-WMI).
 */
const EVENTS: ReadonlyMap<string, readonly [meaning: string, ruleIds: readonly string[]]> = new Map([
  [
    "1795",
    [
      "the firmware refused a write to db, dbx or KEK",
      ["kek-2023-missing", "next-update-overflows", "incident-2025-10"],
    ],
  ],
  [
    "1796",
    [
      "an update of Secure Boot failed with an unexpected error",
      ["kek-2023-missing", "next-update-overflows"],
    ],
  ],
  ["1797", ["the revocation of 2011 waits: Windows UEFI CA 2023 is not in db", ["db-2023-missing"]]],
  [
    "1801",
    [
      "newer certificates are there, and not all of them are applied",
      ["kek-2023-missing", "db-2023-missing"],
    ],
  ],
  ["1803", ["Windows has no update of KEK that this VM's PK has signed", ["kek-2023-missing"]]],
]);

/** A sentence to stand behind "There is no rule …"; null for what is no such event. */
export function windowsEventText(word: string): string | null {
  const known = EVENTS.get(word);
  if (known === undefined) return null;
  const [meaning, ruleIds] = known;
  return ` ${word} is an event of Windows: ${meaning}. Rules about that: ${ruleIds.join(", ")}.`;
}
