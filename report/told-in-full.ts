/** Copies of an NVRAM that people are told in full, each with all that was found; of more of them there is an overview. */
export const MAX_TOLD_IN_FULL = 5;
