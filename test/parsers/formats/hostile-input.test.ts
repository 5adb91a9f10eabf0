import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { FORMATS, STREAMED_FORMATS } from "../../../parsers/formats/index.ts";
import { encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob, MICROSOFT_OWNER, sha256List } from "../../builders/blob.ts";
import { base64, HEALTHY_FILES, hostArchive } from "../../builders/certificates.ts";
import { makeOvaXml, snapshotMetadata, vmObject } from "../../builders/ova-xml.ts";
import { makeDatabase, poolRow, snapshotRow, vmRow } from "../../builders/xapi-db.ts";
import {
  cacheText,
  configMetadata,
  deltaMetadata,
  encryptionMark,
  poolMetadata,
} from "../../builders/xen-orchestra.ts";

const NVRAM = { "EFI-variables": Buffer.from(healthyBlob()).toString("base64") };
const VM = { uuid: "u", name_label: "n", NVRAM };
const SNAPSHOT = { ...VM, is_a_template: true, snapshot_metadata: snapshotMetadata(VM) };

const SEEDS: Readonly<Record<string, Uint8Array>> = {
  vars: healthyBlob(),
  "ova-xml": makeOvaXml([vmObject("Ref:0", VM), vmObject("Ref:1", SNAPSHOT), vmObject("Ref:2", VM)]),
  "nvram-json": encodeUtf8(JSON.stringify({ vm: VM, vmSnapshot: SNAPSHOT })),
  "nvram-text": encodeUtf8(`EFI-variables: ${NVRAM["EFI-variables"]}; EFI-variables-on-boot: reset\n`),
  "efivars-b64": encodeUtf8(NVRAM["EFI-variables"]),
  "uefi-certificates": hostArchive(HEALTHY_FILES),
  "xo-pool-metadata": poolMetadata({ hosts: base64(hostArchive(HEALTHY_FILES)) }),
  "xo-encryption": encryptionMark("aes-256-gcm"),
  "xo-config": configMetadata(),
  "uefi-json": encodeUtf8(
    JSON.stringify({
      version: 2,
      variables: [{ name: "db", guid: "d719b2cb-3d3a-4596-a3bc-dad00e67656f", attr: 39, data: "0102" }],
    }),
  ),
  "signature-lists": sha256List(MICROSOFT_OWNER, 3),
  efivarfs: concatBytes([Uint8Array.of(0x27, 0, 0, 0), sha256List(MICROSOFT_OWNER, 3)]),
  "auth-file": HEALTHY_FILES[1]?.bytes ?? new Uint8Array(0),
};

const signs = fc.constantFrom(
  ..."<>/&;!?-'\"(){}[]:,\\=% \n\0V",
  "<!--",
  "]]>",
  "<value>",
  "</struct>",
  "NVRAM",
);
const edit = fc.record({ at: fc.nat(), removed: fc.nat(3), added: fc.string({ unit: signs, maxLength: 3 }) });
const mutations = (seeds: fc.Arbitrary<Uint8Array>) =>
  fc.tuple(seeds, fc.array(edit, { minLength: 1, maxLength: 4 })).map(([seed, edits]) =>
    edits.reduce((bytes, { at, removed, added }) => {
      const place = at % (bytes.length + 1);
      return concatBytes([bytes.subarray(0, place), encodeUtf8(added), bytes.subarray(place + removed)]);
    }, seed),
  );
const mutated = mutations(fc.constantFrom(...Object.values(SEEDS)));

const DATABASE = makeDatabase({
  VM: [vmRow(VM), snapshotRow({ ...VM, is_a_template: true }, VM)],
  pool: [poolRow({ own: base64(hostArchive(HEALTHY_FILES)) })],
});

const BACKUP = { uuid: "u", name_label: "n", time: new Date(0), blob: healthyBlob() };
const CACHE = cacheText([BACKUP, { ...BACKUP, time: new Date(1e12) }], deltaMetadata);

describe("every format that is read as a stream", () => {
  it.each(STREAMED_FORMATS.map((format) => [format.id, format] as const))(
    "reads any bytes, in pieces of any size, or says why not: %s",
    (_, format) => {
      fc.assert(
        fc.property(
          mutations(fc.constantFrom(DATABASE, CACHE)),
          fc.integer({ min: 1, max: 70_000 }),
          (bytes, pieceBytes) => {
            const before = bytes.slice();
            const reader = format.reader(nodePlatform, (copies) => expect(copies.length).toBeGreaterThan(0));
            try {
              for (let at = 0; at < bytes.length; at += pieceBytes)
                reader.feed(bytes.subarray(at, at + pieceBytes));
              reader.end();
            } catch (error) {
              expect(error).toBeInstanceOf(ParseError);
              expect((error as ParseError).offset ?? 0).toBeLessThanOrEqual(bytes.length);
            }
            expect(Buffer.compare(bytes, before)).toBe(0);
          },
        ),
        { numRuns: 200 },
      );
    },
  );
});

describe("every format that is read as a whole", () => {
  it.each(FORMATS.map((format) => [format.id, format] as const))(
    "gives a dump for any bytes: %s",
    (id, format) => {
      fc.assert(
        fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
          const before = bytes.slice();
          format.probe(bytes.subarray(0, 65_536));
          const { format: named, vms, certificates, error } = format.open(bytes, nodePlatform);
          expect(named).toBe(id);
          // A backup of Xen Orchestra's configuration holds nothing, and says so without a fault.
          if (id !== "xo-config") expect(vms.length + certificates.length > 0 || error !== null).toBe(true);
          expect(error?.offset ?? 0).toBeLessThanOrEqual(bytes.length);
          expect(Buffer.compare(bytes, before)).toBe(0);
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each(Object.entries(SEEDS))("is the first to claim its own: %s", (id, seed) => {
    expect(FORMATS.find((format) => format.probe(seed.subarray(0, 65_536)))?.id).toBe(id);
  });
});
