/** What a file in a folder comes to that no format claims. */

/** What no format claims. An empty file is no format's, too; in a folder it is as little a fault as any other. */
export const UNCLAIMED_CODES: readonly string[] = ["unrecognised", "empty-input"];
