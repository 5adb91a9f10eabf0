/** The questions that reasoning answers, by id. A rule names those that its findings raise (`topics` in engine/rule.ts). */
export const QUESTIONS = {
  "write-pk": "Can anybody still write PK?",
  "write-kek": "Can anybody still write KEK?",
  "write-db": "Can anybody still write db?",
  "write-dbx": "Can anybody still write dbx?",
  "get-kek-2023": "Can the guest get Microsoft's KEK of 2023 by itself?",
  "get-db-2023": "Can the guest get Microsoft's certificates of 2023 for db by itself?",
  "update-dbx": "Can the guest bring its dbx up to Microsoft's newest known release by itself?",
  "change-owners": "Can the guest correct the owners of its entries by itself?",
  "start-without-secure-boot": "Does it start with Secure Boot off?",
  "start-windows": "Does Windows start with Secure Boot on?",
  "start-linux": "Does Linux with a shim signed by Microsoft start with Secure Boot on?",
  "start-others": "Does anything else start with Secure Boot on?",
} as const;
export type Question = keyof typeof QUESTIONS;

/** `hosts` is no question: it asks for the table of the daemons, and whether each of them loads this NVRAM. */
export type Topic = Question | "hosts";
