/** How whole files are compressed. */

export type Compression = "gzip" | "zstd" | "bzip2";
