/**
 * Microsoft's dbx_info_msft_*.json (microsoft/secureboot_objects, PreSignedObjects/DBX, HashesJsonSchema.json): images by
 * architecture with both hashes, revoked certificates, SVNs. Read leniently: an entry that is not as described is left out.
 */
import { SIGNATURE_LIST_HEADER_BYTES, SIGNATURE_OWNER_BYTES } from "../../parsers/efi/signature-list.ts";
import { ParseError } from "../../parsers/errors.ts";
import { misfitOf, misfitText } from "../../parsers/text/json-misfit.ts";
import { parseJson } from "../../parsers/text/json-text.ts";
import type { TextLayer } from "../../parsers/text/text-encoding.ts";
import { KNOWN_CERTIFICATES } from "./certificates.ts";
import { checkDbxInfo } from "./dbx-info-check.generated.ts";
import type { ImageName } from "./dbx-names.ts";
import { ARCHITECTURES, type Architecture, HASH_BYTES } from "./dbx-table.ts";
import type { AddedRelease } from "./extend-table.ts";
import { HashCollector } from "./hash-collector.ts";
import type { Reference } from "./reference-content.ts";
import { decodeSvn } from "./svn.ts";

const SHA256_HEX = /^[0-9a-f]{64}$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const ENTRY_BYTES: number = SIGNATURE_OWNER_BYTES + HASH_BYTES;

type JsonObject = Readonly<Record<string, unknown>>;

/** Throws ParseError `bad-structure` for a text that is no JSON or names no hash, and `over-limit`. */
export function readDbxInfo(layer: TextLayer, name: string): Reference {
  const table = parseTable(layer, name);
  const misfit = misfitOf(checkDbxInfo, table);
  if (misfit !== null) throw unusable(name, `a table in which ${misfitText(misfit)}`);
  const root = asObject(table);
  const images = asObject(root["images"]);
  const collector = new HashCollector(name);
  const draft: ImageDraft = { flat: [], optional: [], dates: [] };
  const of = (architecture: Architecture): readonly number[] =>
    takeImages(images[architecture], collector, draft);
  const authenticode = Object.fromEntries(ARCHITECTURES.map((one) => [one, of(one)]));
  const { x64 = [], ia32 = [], arm = [], aarch64 = [] } = authenticode;
  const releases = [hashRelease(name, x64, draft), revocationRelease(name, root)].filter(
    (one) => one !== null,
  );
  if (releases.length === 0) throw unusable(name, "neither hashes for x64 nor SVNs nor certificates");
  return {
    name,
    hashes: collector.bytes(),
    authenticode: { x64, ia32, arm, aarch64 },
    flat: draft.flat,
    optional: draft.optional,
    releases,
    names: collector.names,
  };
}

interface ImageDraft {
  readonly flat: number[];
  readonly optional: number[];
  readonly dates: string[];
}

/** As bounded as every other JSON. */
function parseTable(layer: TextLayer, name: string): unknown {
  try {
    return parseJson(layer);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    if (error.code === "over-limit") throw error.within(name);
    throw unusable(name, "a text that is no JSON");
  }
}

function unusable(name: string, found: string): ParseError {
  return new ParseError({
    code: "bad-structure",
    path: name,
    expected: "Microsoft's dbx_info table",
    found,
    next: "Give dbx_info_msft_latest.json of microsoft/secureboot_objects, or a signed update.",
  });
}

/** Positions of the Authenticode hashes of one architecture, each once. */
function takeImages(value: unknown, collector: HashCollector, draft: ImageDraft): readonly number[] {
  const positions = new Set<number>();
  for (const item of asArray(value)) {
    const image = asObject(item);
    const hash = hashOf(image["authenticodeHash"]);
    const flat = hashOf(image["flatHash"]);
    const name = nameOf(image);
    if (flat !== null) {
      draft.flat.push(collector.position(flat));
      collector.addName(flat, name);
    }
    if (hash === null) continue;
    const position = collector.position(hash);
    positions.add(position);
    collector.addName(hash, name);
    if (image["isOptional"] === "true" || image["isOptional"] === true) draft.optional.push(position);
    if (DATE.test(name.dateOfAddition)) draft.dates.push(name.dateOfAddition);
  }
  return [...positions];
}

function nameOf(image: JsonObject): ImageName {
  return {
    fileName: asText(image["filename"]),
    company: asText(image["companyName"]),
    dateOfAddition: asText(image["dateOfAddition"]),
    description: asText(image["description"]),
    signingAuthority: asText(image["signingAuthority"]).replace(/^CN = /, ""),
  };
}

/** The table lists what may be left out as well, so an update made from it has at most this payload. */
function hashRelease(name: string, x64: readonly number[], draft: ImageDraft): AddedRelease | null {
  if (x64.length === 0) return null;
  const payloadBytes = SIGNATURE_LIST_HEADER_BYTES + x64.length * ENTRY_BYTES;
  return {
    ...releaseFacts(name, newest(draft.dates), payloadBytes),
    members: x64,
    certificates: [],
    svns: [],
  };
}

/** Certificates and SVNs come in updates of their own, which are opt-in. */
function revocationRelease(name: string, root: JsonObject): AddedRelease | null {
  const thumbprints = asArray(root["certificates"]).map((item) =>
    asText(asObject(item)["thumbprint"]).toLowerCase(),
  );
  const certificates = KNOWN_CERTIFICATES.filter(({ sha1 }) => thumbprints.includes(sha1));
  const rows = asArray(root["svns"]).map(asObject);
  const svns = rows.flatMap((row) => decodeSvn(hashOf(row["value"]) ?? new Uint8Array(0)) ?? []);
  if (certificates.length + svns.length === 0) return null;
  const certificateBytes = certificates.map(
    ({ derBytes }) => SIGNATURE_LIST_HEADER_BYTES + SIGNATURE_OWNER_BYTES + derBytes,
  );
  const svnBytes = svns.length === 0 ? 0 : SIGNATURE_LIST_HEADER_BYTES + svns.length * ENTRY_BYTES;
  const date = newest(rows.map((row) => asText(row["dateOfLastChange"])).filter((text) => DATE.test(text)));
  const payloadBytes = certificateBytes.reduce((sum, bytes) => sum + bytes, svnBytes);
  return {
    ...releaseFacts(`${name} (SVN)`, date, payloadBytes),
    members: [],
    certificates: certificates.map(({ sha256, derBytes }) => ({ sha256, derBytes })),
    svns,
  };
}

type ReleaseFacts = Omit<AddedRelease, "members" | "certificates" | "svns">;

function releaseFacts(label: string, date: string, payloadBytes: number): ReleaseFacts {
  return { id: label, label, date, signer: null, payloadBytes, ownedByMicrosoft: true };
}

function newest(dates: readonly string[]): string {
  return [...dates].sort().at(-1) ?? "";
}

/** The 32 bytes of a SHA-256 in hexadecimal; null for anything else, such as the SHA-1 that a few flat hashes are. */
function hashOf(value: unknown): Uint8Array | null {
  const text = asText(value).toLowerCase();
  if (!SHA256_HEX.test(text)) return null;
  return Uint8Array.from({ length: HASH_BYTES }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

function asObject(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asText(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}
