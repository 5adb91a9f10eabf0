/**
 * Regenerates the data modules of rules/knowledge from what Microsoft publishes:
 *
 *   node scripts/make-knowledge.mjs FOLDER [OUT]
 *
 * FOLDER holds the signed updates (DBX*.bin or .efiauth2), the tables (dbx_info*.json) and the KEK certificates (.der) of
 * github.com/microsoft/secureboot_objects. OUT is rules/knowledge unless given. The output depends on the files alone.
 * A new release is: put its files into FOLDER, add a row to RELEASES (for its date and label), run, `npm run format`.
 * What the strings mean stands in rules/knowledge/dbx-table.ts and dbx-names.ts.
 */
import { createHash, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Dates and labels: no file tells its own (all are signed as of 2010-03-06). Dates are those of the commits that published them. */
const RELEASES = {
  "DBXUpdate2024.bin": {
    id: "2024-04-pca2011",
    date: "2024-04-09",
    label: "DBXUpdate2024 (revokes Production PCA 2011)",
  },
  "DBXUpdate-2024-07.bin": { id: "2024-07", date: "2024-07-17", label: "July 2024 (v1.1.3)" },
  "DBXUpdate-2025-01.bin": { id: "2025-01", date: "2025-01-17", label: "January 2025 (v1.3)" },
  "DBXUpdate-2025-02.bin": { id: "2025-02", date: "2025-02-24", label: "February 2025 (v1.4.0)" },
  "DBXUpdate-2025-06.bin": { id: "2025-06", date: "2025-06-10", label: "June 2025 (v1.5.0)" },
  "DBXUpdate-2025-10.bin": { id: "2025-10", date: "2025-10-15", label: "October 2025 (v1.6.0)" },
  "DBXUpdate-2026-06a.bin": {
    id: "2026-06a",
    date: "2026-06-09",
    label: "June 2026 without optional hashes",
  },
  "DBXUpdateSVN.bin": { id: "2026-06-svn", date: "2026-06-09", label: "DBXUpdateSVN (boot manager SVN 9)" },
  "DBXUpdate-2026-06b.bin": { id: "2026-06b", date: "2026-06-10", label: "June 2026 (v1.6.5)" },
};
const ARCHITECTURES = ["x64", "ia32", "arm", "aarch64"];
const EFI_CERT_SHA256 = "2616c4c14c509240aca941f936934328";
const EFI_CERT_X509 = "a159c0a5e494a74a87b5ab155c2bf072";
const MICROSOFT_OWNER = "bd9afa775903324dbd6028f4e78f784b";
const SVN_OWNER = "6c2b139dd5598843ab1c185cfcb2eb92";

/** @typedef {{ type: string, owner: string, data: Buffer }} Entry */

/** @param {Buffer} payload @param {string} name @returns {Entry[]} */
function entriesOf(payload, name) {
  const entries = [];
  for (let at = 0; at < payload.length; ) {
    const type = payload.toString("hex", at, at + 16);
    const [listSize, headerSize, size] = [16, 20, 24].map((offset) => payload.readUInt32LE(at + offset));
    if (listSize < 28 || size <= 16 || at + listSize > payload.length)
      throw new Error(`${name}: broken list`);
    for (let i = at + 28 + headerSize; i < at + listSize; i += size) {
      entries.push({
        type,
        owner: payload.toString("hex", i, i + 16),
        data: payload.subarray(i + 16, i + size),
      });
    }
    at += listSize;
  }
  return entries;
}

/** Children of a DER value. @param {Buffer} der @returns {{ tag: number, whole: Buffer, body: Buffer }[]} */
function children(der) {
  const found = [];
  for (let at = 0; at < der.length; ) {
    const lengthBytes = der[at + 1] < 0x80 ? 0 : der[at + 1] & 0x7f;
    const length = lengthBytes === 0 ? der[at + 1] : der.readUIntBE(at + 2, lengthBytes);
    const start = at + 2 + lengthBytes;
    found.push({
      tag: der[at],
      whole: der.subarray(at, start + length),
      body: der.subarray(start, start + length),
    });
    at = start + length;
  }
  return found;
}

/** Fingerprint of the KEK that issued the signer of a SignedData. @param {Buffer} signedData @param {X509Certificate[]} keks */
function signerOf(signedData, keks, name) {
  const certificates = children(children(signedData)[0].body).find((child) => child.tag === 0xa0);
  for (const { whole } of children(certificates.body)) {
    const certificate = new X509Certificate(whole);
    const kek = keks.find((one) => certificate.checkIssued(one) && certificate.verify(one.publicKey));
    if (kek !== undefined) return sha256(kek.raw);
  }
  throw new Error(`${name}: none of the KEK certificates of the folder issued its signer`);
}

/** @param {Buffer | string} bytes */
function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** One signed update: EFI_VARIABLE_AUTHENTICATION_2, then signature lists (UEFI 2.10 §8.2.6). */
function readRelease(folder, name, keks) {
  const file = readFileSync(path.join(folder, name));
  const payloadAt = 16 + file.readUInt32LE(16);
  const payload = file.subarray(payloadAt);
  const entries = entriesOf(payload, name);
  const of = (type, owner) => entries.filter((entry) => entry.type === type && entry.owner === owner);
  const hashes = of(EFI_CERT_SHA256, MICROSOFT_OWNER).map(({ data }) => data.toString("hex"));
  const svns = of(EFI_CERT_SHA256, SVN_OWNER).map(({ data }) => data.toString("base64"));
  const certificates = of(EFI_CERT_X509, MICROSOFT_OWNER).map(({ data }) => ({
    sha256: sha256(data),
    derBytes: data.length,
  }));
  if (hashes.length + svns.length + certificates.length !== entries.length)
    throw new Error(`${name}: unknown entries`);
  const stem = path.parse(name).name;
  const facts = RELEASES[name] ?? { id: stem, date: stem.match(/\d{4}-\d{2}/)?.[0] ?? "", label: stem };
  return {
    ...facts,
    signer: signerOf(file.subarray(40, payloadAt), keks, name),
    payloadBytes: payload.length,
    hashCount: hashes.length,
    hashes,
    certificates,
    svns,
  };
}

/** Everything the tables say, the newest last. */
function readTables(folder, names) {
  const images = new Map();
  for (const name of names) {
    const table = JSON.parse(readFileSync(path.join(folder, name), "utf8"));
    for (const architecture of ARCHITECTURES) {
      for (const image of table.images[architecture] ?? []) mergeImage(images, architecture, image);
    }
  }
  return [...images.values()];
}

/** Later tables win, but a text that they leave empty is kept: v1.6 lost the CVE of fourteen images. */
function mergeImage(images, architecture, image) {
  const key = `${image.authenticodeHash.toLowerCase()} ${architecture}`;
  const old = images.get(key);
  const flat = image.flatHash.trim().toLowerCase();
  images.set(key, {
    architecture,
    hash: image.authenticodeHash.trim().toLowerCase(),
    /** A few flat hashes of 2026 are SHA-1 and can stand in no SHA-256 list. */
    flats: new Set([...(old?.flats ?? []), ...(flat.length === 64 ? [flat] : [])]),
    optional: image.isOptional === "true",
    file: clean(image.filename) || old?.file || "",
    company: clean(image.companyName) || old?.company || "",
    date: clean(image.dateOfAddition) || old?.date || "",
    description: clean(image.description) || old?.description || "",
    authority:
      clean(image.signingAuthority)
        .replace(/^CN = /, "")
        .replace(/ temp force include$/, "") ||
      old?.authority ||
      "",
  });
}

function clean(text) {
  const trimmed = (text ?? "").trim();
  return trimmed === "N/A" ? "" : trimmed;
}

/** Bit i stands for hash i, the lowest bit of a byte first; whole words. @param {string[]} all @param {Set<string>} members */
function bitmap(all, members) {
  const bytes = Buffer.alloc(4 * Math.ceil(all.length / 32));
  all.forEach((hash, i) => {
    if (members.has(hash)) bytes[i >> 3] |= 1 << (i & 7);
  });
  return bytes.toString("base64");
}

const COMMENT = `/**
 * Generated by scripts/make-knowledge.mjs from Microsoft's signed updates and dbx_info tables. Do not edit:
 * run \`node scripts/make-knowledge.mjs FOLDER\` with the new files in FOLDER, then \`npm run format\`.
 */
`;

function tableModule(all, releases, images) {
  const members = (chosen) => bitmap(all, new Set(chosen.map(({ hash }) => hash)));
  const data = {
    hashes: Buffer.from(all.join(""), "hex").toString("base64"),
    architectures: Object.fromEntries(
      ARCHITECTURES.map((one) => [one, members(images.filter(({ architecture }) => architecture === one))]),
    ),
    flat: bitmap(all, new Set(images.flatMap(({ flats }) => [...flats]))),
    optional: members(images.filter(({ optional }) => optional)),
    releases: releases.map((release) => ({ ...release, hashes: bitmap(all, new Set(release.hashes)) })),
  };
  return `${COMMENT}import type { DbxData } from "./dbx-table.ts";\n\nexport const DBX_DATA: DbxData = ${literal(data)};\n`;
}

function namesModule(all, images) {
  const columns = ["file", "company", "date", "description", "authority"];
  const values = columns.map((column) => [...new Set(images.map((image) => image[column]))].sort());
  const rowText = (image) =>
    columns.map((column, i) => values[i].indexOf(image[column]).toString(36)).join(".");
  const rows = [...new Set(images.map(rowText))].sort();
  const rowsOfHash = new Map(all.map((hash) => [hash, new Set()]));
  for (const image of images) {
    for (const hash of [image.hash, ...image.flats]) rowsOfHash.get(hash).add(rows.indexOf(rowText(image)));
  }
  const data = {
    files: values[0].join("\n"),
    companies: values[1].join("\n"),
    dates: values[2].join("\n"),
    descriptions: values[3].join("\n"),
    authorities: values[4].join("\n"),
    rows: rows.join(" "),
    rowsOfHash: all
      .map((hash) => [...rowsOfHash.get(hash)].map((row) => row.toString(36)).join(","))
      .join(" "),
  };
  return `${COMMENT}import type { DbxNamesData } from "./dbx-names.ts";\n\nexport const DBX_NAMES_DATA: DbxNamesData = ${literal(data)};\n`;
}

/** A literal laid out as Biome lays it out. @param {unknown} value */
function literal(value, indent = "") {
  if (typeof value === "string" || typeof value === "number") return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const flat = `[${value.map((one) => JSON.stringify(one)).join(", ")}]`;
    if (value.every((one) => typeof one === "string") && inner.length + flat.length < 90) return flat;
    return `[\n${value.map((one) => `${inner}${literal(one, inner)},\n`).join("")}${indent}]`;
  }
  const fields = Object.entries(value).map(([key, one]) => {
    const text = literal(one, inner);
    // A key of up to four characters keeps its string on the line: breaking would win nothing.
    const long =
      typeof one === "string" && key.length > 4 && inner.length + key.length + 3 + text.length > 110;
    return `${inner}${key}:${long ? `\n${inner}  ` : " "}${text},\n`;
  });
  return `{\n${fields.join("")}${indent}}`;
}

function main(folder, out) {
  const names = readdirSync(folder).sort();
  const keks = names
    .filter((name) => name.endsWith(".der"))
    .map((name) => new X509Certificate(readFileSync(path.join(folder, name))))
    .filter((certificate) => /CN=.*KEK/.test(certificate.subject));
  const releases = names
    .filter((name) => /^dbx.*\.(bin|efiauth2)$/i.test(name))
    .map((name) => readRelease(folder, name, keks))
    .sort((a, b) => (a.date + a.id < b.date + b.id ? -1 : 1));
  const images = readTables(
    folder,
    names.filter((name) => /^dbx_info.*\.json$/.test(name)),
  );
  const all = [
    ...new Set([
      ...releases.flatMap(({ hashes }) => hashes),
      ...images.flatMap(({ hash, flats }) => [hash, ...flats]),
    ]),
  ].sort();
  const modules = {
    "dbx-data.ts": tableModule(all, releases, images),
    "dbx-names-data.ts": namesModule(all, images),
  };
  for (const [name, text] of Object.entries(modules)) {
    writeFileSync(path.join(out, name), text);
    console.log(`${path.join(out, name)}: ${Buffer.byteLength(text)} bytes`);
  }
  console.log(`${all.length} hashes, ${releases.length} releases, ${images.length} images`);
}

const [folder, out = fileURLToPath(new URL("../rules/knowledge", import.meta.url))] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node scripts/make-knowledge.mjs FOLDER [OUT]");
  process.exit(2);
}
main(folder, out);
