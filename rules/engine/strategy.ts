/** How far a repair may go. */

/** merge: safe repairs only. compact: also drops dead weight, and sets attributes of key variables to 0x27. remove: also deletes what nothing else can save. */
export type Strategy = "merge" | "compact" | "remove";
/** Mildest first. */
export const STRATEGIES: readonly Strategy[] = ["merge", "compact", "remove"];
