/** Up to this many copies are shown in full. Of more copies people get an overview. */
export const MAX_TOLD_IN_FULL = 5;

/** For how many copies an HTML report draws pictures: each takes about 20 kB, and a browser is slow with more. */
export const MAX_DRAWN_COPIES = 100;

/** Copies of one input for which pictures are made ready where `--quiet` or a baseline may leave out some of those that would be drawn. */
export const MAX_PICTURED_COPIES = 1000;
