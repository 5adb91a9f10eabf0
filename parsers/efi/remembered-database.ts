/** Signature databases that were read before, by their bytes: see content-cache.ts. One cache for each platform. */
import { ContentCache } from "../content-cache.ts";
import { CACHE_LIMITS } from "../limits.ts";
import { oncePer } from "../once-per.ts";
import type { Platform } from "../platform.ts";
import { readSignatureDatabase, type SignatureDatabase } from "./signature-list.ts";

const cacheOf: (platform: Platform) => ContentCache<SignatureDatabase> = oncePer(
  () => new ContentCache(CACHE_LIMITS.databases),
);

/**
 * As readSignatureDatabase, and the same object for the same bytes where they were seen lately, so that what hangs on it
 * (its index, its inventory, its certificates) is not worked out again. Its `data` may be a copy.
 */
export function rememberedDatabase(data: Uint8Array, platform: Platform): SignatureDatabase {
  return cacheOf(platform).get(data, platform, readSignatureDatabase);
}
