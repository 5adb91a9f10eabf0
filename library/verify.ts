/** A whole export read once, and every block of it checked. */
import { type ErrorCode, ParseError } from "../parsers/errors.ts";
import { looksLike } from "../parsers/formats/looks-like.ts";
import { uefiCertificates } from "../parsers/formats/uefi-certificates.ts";
import { descriptionOf } from "../parsers/ova/description.ts";
import { type Hashing, OvaVerifier } from "../parsers/ova/verify.ts";
import type { Compression } from "../parsers/packing/compression.ts";
import { isTarHeader, TAR_BLOCK_BYTES } from "../parsers/packing/tar.ts";
import { type BlockDigests, type XvaVerification, XvaVerifier } from "../parsers/xva/verify.ts";
import { errorReport } from "../report/error-report.ts";
import { clip } from "../report/render/printable.ts";
import type { VerifyEntry } from "../report/verify.ts";
import { HostFileCollector } from "./archive/host-files.ts";
import { CHUNK_BYTES, Peekable } from "./input/chunks.ts";
import { encryptedRemote } from "./input/encrypted-remote.ts";
import { orMember } from "./input/open-input.ts";
import type { ByteSource } from "./input/source.ts";
import { asParseError } from "./input/system-errors.ts";
import { compressionOf, plainBytes } from "./unpack/decompress.ts";
import { ExpansionGuard } from "./unpack/expansion-guard.ts";
import type { World } from "./world.ts";

/** Checksums as fast as the machine has them. */
export interface VerifyHashes {
  /** Of the blocks of an export. */
  readonly blocks: () => Promise<BlockDigests>;
  /** Of the files of an appliance; null for an algorithm that no appliance should name. */
  readonly files: (algorithm: string) => Hashing | null;
}

export interface VerifySettings {
  readonly world: World;
  readonly hashes: VerifyHashes;
  /** Is told when the reading begins; what it returns is called at its end. */
  readonly watch: (source: ByteSource) => () => void;
}

/** What cannot be opened or is no export has an error; never throws ParseError. `open` opens `path`. */
export async function verifyExport(
  path: string,
  open: () => Promise<ByteSource>,
  { world, hashes, watch }: VerifySettings,
): Promise<VerifyEntry> {
  let source: ByteSource | null = null;
  let compression: Compression | null = null;
  try {
    source = await open();
    const plain = (await world.remoteKey?.()?.decipher(path, source)) ?? null;
    const bytes = plain?.bytes ?? source.bytes;
    const head = await bytes.head(TAR_BLOCK_BYTES);
    compression = compressionOf(head);
    if (plain === null && compression === null && !isTarHeader(head)) {
      const encrypted = await encryptedRemote(path, head, world);
      if (encrypted !== null) throw encrypted;
    }
    const stop = watch(source);
    try {
      const guard = new ExpansionGuard();
      const content = new Peekable(await plainBytes(bytes, world.makeInflater, guard));
      const result = await verifyBytes(content, guard, hashes);
      return { path, compression, error: null, complete: result.problemCount === 0, ...result };
    } finally {
      stop();
    }
  } catch (error) {
    const failure = await orMember(path, asParseError(error), world);
    return { path, compression, error: errorReport(failure), complete: false, ...NOTHING };
  } finally {
    await source?.close();
  }
}

const NAME_SHOWN = 60;

const NOTHING: XvaVerification = {
  bytes: 0,
  members: 0,
  blocks: 0,
  checkedBlocks: 0,
  checksums: [],
  disks: [],
  problems: [],
  problemCount: 0,
};

type Verification = Omit<VerifyEntry, "path" | "compression" | "error" | "complete">;

/** An appliance (OVA), whoever made it. */
async function verifyAppliance(
  archive: Peekable,
  guard: ExpansionGuard,
  hashes: VerifyHashes,
): Promise<Verification> {
  const verifier = new OvaVerifier(hashes.files);
  guard.allowSparse();
  let failure: ParseError | null = null;
  try {
    for await (const chunk of archive) verifier.push(chunk);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    failure = error;
  }
  const result = verifier.finish(
    failure === null ? null : { isCut: failure.code === "truncated", message: failure.message },
  );
  return { ...NOTHING, ...result };
}

/** Throws ParseError where the input is no export; one that ends too early or cannot be read on is damaged. */
async function verifyBytes(
  archive: Peekable,
  guard: ExpansionGuard,
  hashes: VerifyHashes,
): Promise<Verification> {
  const head = await archive.head(CHUNK_BYTES);
  if (head.length === 0) throw noExport("no bytes at all", { code: "empty-input" });
  if (!isTarHeader(head)) throw noExport(looksLike(head), {});
  if (descriptionOf(head) !== null) return verifyAppliance(archive, guard, hashes);
  const verifier = new XvaVerifier(await hashes.blocks());
  const { names } = verifier;
  let failure: ParseError | null = null;
  try {
    for await (const chunk of archive) {
      verifier.push(chunk);
      if (names.isExport) guard.allowSparse();
    }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    failure = error;
  }
  const result = verifier.finish(
    failure === null ? null : { isCut: failure.code === "truncated", message: failure.message },
  );
  if (names.isExport) return result;
  throw noExport(archiveText(head, names.first, result.members), {
    next: "`varscope analyze` reads what it holds.",
  });
}

function noExport(
  found: string,
  { code = "unrecognised", next = "" }: { readonly code?: ErrorCode; readonly next?: string },
): ParseError {
  return new ParseError({ code, offset: 0, expected: "an export (XVA), plain or compressed", found, next });
}

/** What an archive is in which nothing belongs to an export. */
function archiveText(head: Uint8Array, names: readonly string[], members: number): string {
  if (uefiCertificates.probe(head)) return uefiCertificates.title;
  const files = new HostFileCollector();
  for (const name of names) files.see(name);
  const what = files.isBugReport ? "a bug report" : "an archive of other files";
  const shown = names.map((name) => JSON.stringify(clip(name, NAME_SHOWN))).join(", ");
  return `${what}, without ova.xml and disks (${shown}${members > names.length ? ` and ${members - names.length} more` : ""})`;
}
