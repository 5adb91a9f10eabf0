/** Copies of an NVRAM that people are told in full, each with all that was found; of more of them there is an overview. */
export const MAX_TOLD_IN_FULL = 5;

/** Copies of which a page draws pictures; each is some 20 kB, and with more of them a page is too heavy for a browser. */
export const MAX_DRAWN_COPIES = 100;

/** Copies of one input for which pictures are made ready where `--quiet` or a baseline may leave out some of those that would be drawn. */
export const MAX_PICTURED_COPIES = 1000;
