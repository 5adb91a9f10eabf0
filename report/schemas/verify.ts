/** JSON Schema of `verify --format json`. */
import { SCHEMA_VERSION } from "../report.ts";
import {
  array,
  count,
  document,
  flag,
  object,
  oneOf,
  orNull,
  type Schema,
  TOOL_SCHEMA,
  text,
} from "./common.ts";
import { ERROR } from "./report.ts";

const PROBLEM = object({
  code: text("stable; the message is not"),
  member: orNull(text("name of the archive's member")),
  offset: orNull(count("byte of the decompressed archive")),
  message: text(),
});

const DISK = object({
  id: text("Ref: and a number, as in ova.xml"),
  uuid: orNull(text()),
  nameLabel: orNull(text()),
  virtualBytes: orNull(count("size of the disk; null when ova.xml does not tell it")),
  blocks: count(),
  emptyBlocks: count("blocks without content, which keep a connection open"),
  storedBytes: count("of all blocks"),
  reachedBytes: count("how far blocks and the gaps between them reach"),
});

const FILE = object({
  name: text(),
  bytes: count(),
  algorithm: orNull(
    text("of the digest in the manifest, such as SHA256; null when it tells none of this file"),
  ),
  matches: orNull(flag("null when there is no digest to compare with")),
});

const VERIFICATION = object({
  path: text("as given on the command line"),
  compression: orNull(oneOf(["gzip", "zstd"])),
  error: orNull(ERROR),
  complete: flag("complete and undamaged"),
  bytes: count("of the archive, decompressed"),
  members: count(),
  blocks: count(),
  checkedBlocks: count("blocks with the right checksum"),
  checksums: array(oneOf(["xxhash", "checksum"]), "kinds that were met: XXH64, SHA-1"),
  disks: array(DISK),
  files: array(FILE, "of an appliance (OVA): all but its manifest and its signature"),
  problems: array(PROBLEM, "the first 1000"),
  problemCount: count(),
});

export const VERIFY_SCHEMA: Schema = document(
  "varscope verify",
  object({ schemaVersion: { const: SCHEMA_VERSION }, tool: TOOL_SCHEMA, verifications: array(VERIFICATION) }),
);
