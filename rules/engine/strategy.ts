/** How far a repair may go. */

/** merge: safe repairs only. compact: also drops dead weight. remove: also deletes what nothing else can save. */
export type Strategy = "merge" | "compact" | "remove";
/** Mildest first. */
export const STRATEGIES: readonly Strategy[] = ["merge", "compact", "remove"];
