/**
 * Inputs that lie in an encrypted remote of Xen Orchestra. Encrypted after they were changed, they come to what they come to elsewhere;
 * changed after that, they are refused as such; and a mark that was changed crashes nothing.
 */
import { createSecretKey } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { useRemoteKey } from "../../cli/io/remote-key.ts";
import { equalBytes } from "../../parsers/bytes.ts";
import { looksLikeText } from "../../parsers/formats/looks-like.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { withLimit } from "../builders/limits.ts";
import { encrypted, encryptionMark } from "../builders/xen-orchestra.ts";
import { mutate, pick, randomOf } from "./mutate.ts";
import type { TryInput } from "./try-input.ts";

const KEY = "0123456789abcdef0123456789ABCDEF";
const ALGORITHMS = ["aes-256-gcm", "chacha20-poly1305"] as const;
const CHANGES = ["before", "before", "after", "mark"] as const;
/** As all are, and as large ones are: in pieces, which are vouched for at their end. */
const AT_ONCE_BYTES = [PARSER_LIMITS.maxDecipheredAtOnceBytes, 64] as const;
/** Vector and tag. What is shorter nobody encrypted. */
const AROUND_BYTES = 28;
/** One input of so many. */
const EVERY = 8;

/** How the `index`-th input of a run is tried. */
export function wayOf(index: number, folder: string, tryInput: TryInput): TryInput {
  return index % EVERY === EVERY - 1 ? tryEncrypted(tryInput, folder, index) : tryInput;
}

/** `tryInput`, with the file below a folder of its own as that of a remote. */
function tryEncrypted(tryInput: TryInput, folder: string, index: number): TryInput {
  return async (path) => {
    const plain = new Uint8Array(readFileSync(path));
    const random = randomOf(index);
    const algorithm = pick(random, ALGORITHMS);
    const change = pick(random, CHANGES);
    const root = mkdtempSync(join(folder, "remote-"));
    const changed = (bytes: Uint8Array, where: typeof change): Uint8Array =>
      change === where ? mutate(bytes, random, plain) : bytes;
    try {
      const backups = join(root, "xo-vm-backups");
      mkdirSync(backups);
      const sealed = encrypted(plain, KEY, algorithm, index);
      const bytes = changed(sealed, "after");
      writeFileSync(join(root, "encryption.json"), changed(encryptionMark(algorithm), "mark"));
      writeFileSync(join(root, "metadata.json"), encrypted(Uint8Array.of(1, 2), KEY, algorithm, index + 1));
      const input = join(backups, "input");
      writeFileSync(input, bytes);
      const limit = pick(random, AT_ONCE_BYTES);
      const result = await withLimit("maxDecipheredAtOnceBytes", limit, () => withKey(() => tryInput(input)));
      if (
        change === "after" &&
        !equalBytes(bytes, sealed) &&
        mustBeRefused(bytes, limit) &&
        result !== "encrypted"
      )
        throw new Error(`what nobody vouches for comes to ${result}`);
      if (change === "before" && plain.length > 0) {
        const elsewhere = await tryInput(path);
        if (result !== elsewhere)
          throw new Error(`deciphered it comes to ${result}, elsewhere to ${elsewhere}`);
      }
      return `encrypted (${change}): ${result}`;
    } finally {
      rmSync(root, { recursive: true });
    }
  };
}

/** Of a large one the head is read, and what is read is not yet vouched for. */
function mustBeRefused(bytes: Uint8Array, limit: number): boolean {
  return bytes.length >= AROUND_BYTES && bytes.length <= limit && !looksLikeText(bytes);
}

async function withKey<T>(body: () => Promise<T>): Promise<T> {
  useRemoteKey(createSecretKey(Buffer.from(KEY)));
  try {
    return await body();
  } finally {
    useRemoteKey(null);
  }
}
