/**
 * Random but plausible stores of a VM: what PK, KEK, db and dbx may look like, absent, empty, malformed and misplaced ones
 * included, sizes near the limits, and what the record says of Secure Boot. Certificates are test keys that play Microsoft's.
 */
import fc from "fast-check";
import { concatBytes } from "../../parsers/bytes.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../parsers/efi/signature-list.ts";
import { guidNamed } from "../../parsers/guids.ts";
import type { VmSource } from "../../parsers/model.ts";
import { nvramOfBlob } from "../../parsers/nvram/nvram.ts";
import type { VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import { readSecureBoot, withPoolCertificates } from "../../parsers/records/secure-boot.ts";
import { microsoftDbx, release } from "../rules/knowledge/knowledge-data.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  EFI_GLOBAL_VARIABLE,
  EFI_IMAGE_SECURITY_DATABASE,
  MICROSOFT_OWNER,
  makeBlob,
  makeTime,
  makeVariable,
  noise,
  sha256List,
  XCP_NG_OWNER,
  x509List,
} from "./blob.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "./sample-keys.ts";
import { TEST_EC_KEK, TEST_EXPIRED_DB } from "./test-certificates.ts";
import { TEST_ROLES } from "./test-microsoft.ts";

const { guestPk, oemPk, kek2011, kek2023, pca2011, windows2023, uefi2011, uefi2023, optionRom2023 } =
  TEST_ROLES;
const JUNK = noise(60, 5);
const DB_2011 = [pca2011, uefi2011];
const DB_2023 = [windows2023, uefi2023, optionRom2023];

/** What is made once: building a list of a thousand hashes takes longer than judging it. */
function once<Value>(make: (key: string) => Value): (key: string) => Value {
  const made = new Map<string, Value>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

const releaseList = once(microsoftDbx);
const ownHashes = once((key) => {
  const [owner = CUSTOM_OWNER, count = "0"] = key.split(" ");
  return sha256List(owner, Number(count));
});

const owner = fc.oneof(
  { weight: 16, arbitrary: fc.constant(MICROSOFT_OWNER) },
  { weight: 1, arbitrary: fc.constantFrom(CUSTOM_OWNER, XCP_NG_OWNER) },
);
const lists = (certificates: readonly Uint8Array[], of: string): Uint8Array =>
  concatBytes(certificates.map((certificate) => x509List(of, certificate)));

/** A list without an entry. */
const EMPTY_LIST = buildSignatureList(guidBytes(guidNamed("EFI_CERT_X509")), new Uint8Array(0), 800, []);
/** The digest of a certificate, which in db names no image. */
const DIGEST_LIST = buildSignatureList(guidBytes(guidNamed("EFI_CERT_X509_SHA256")), new Uint8Array(0), 64, [
  noise(64, 6),
]);

/** Certificates as hosts and guests leave them, and any others. */
function certificates(usual: readonly (readonly Uint8Array[])[], any: readonly Uint8Array[]) {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...usual) },
    { weight: 2, arbitrary: fc.subarray([...any]) },
  );
}

const data = (usual: readonly (readonly Uint8Array[])[], any: readonly Uint8Array[]) =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.tuple(certificates(usual, any), owner).map(([held, of]) => lists(held, of)),
    },
    { weight: 1, arbitrary: fc.constantFrom(EMPTY_LIST, DIGEST_LIST, x509List(CUSTOM_OWNER, JUNK)) },
  );

const pkData = data([[guestPk], [guestPk], [oemPk], [SAMPLE_PK]], [kek2011]);
const kekData = data(
  [[kek2011, kek2023], [kek2011, kek2023], [kek2011], [kek2023], [SAMPLE_KEK]],
  [kek2011, kek2023, SAMPLE_KEK, TEST_EC_KEK, uefi2023, JUNK],
);
const dbData = fc
  .tuple(
    data(
      [
        [...DB_2011, ...DB_2023],
        [...DB_2011, ...DB_2023],
        DB_2011,
        DB_2023,
        [uefi2011, uefi2023],
        [kek2011, kek2023],
        [SAMPLE_DB],
      ],
      [...DB_2011, ...DB_2023, SAMPLE_DB, TEST_EXPIRED_DB, kek2011, JUNK],
    ),
    fc.constantFrom(0, 0, 0, 1, 3, 300),
  )
  .map(([held, hashes]) =>
    hashes === 0 ? held : concatBytes([held, ownHashes(`${CUSTOM_OWNER} ${hashes}`)]),
  );
const dbxData = fc
  .tuple(
    fc.constantFrom("2026-06b", "2026-06b", "2025-10", "2025-06", "2024-07", ""),
    owner,
    fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1190) }),
    fc.oneof(
      { weight: 5, arbitrary: fc.subarray([pca2011, uefi2011, SAMPLE_DB, windows2023, uefi2023]) },
      { weight: 1, arbitrary: fc.constant([pca2011, windows2023]) },
    ),
    fc.nat(4),
  )
  .map(([id, of, own, revoked, revokes]) =>
    concatBytes([
      ...(id === "" ? [] : [releaseList(id)]),
      ...(own === 0 ? [] : [ownHashes(`${of} ${own}`)]),
      ...(revokes === 0 ? revoked.map((certificate) => x509List(MICROSOFT_OWNER, certificate)) : []),
    ]),
  );

const time = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      makeTime(2025, 7, 29, 14, 22),
      makeTime(2010, 3, 6, 19, 17, 21),
      new Uint8Array(16),
    ),
  },
  { weight: 1, arbitrary: fc.constant(makeTime(2127, 1, 1)) },
);

type Oddity = "none" | "wrong-guid" | "attributes" | "malformed" | "twice";
const oddity = fc.oneof(
  { weight: 30, arbitrary: fc.constant<Oddity>("none") },
  { weight: 1, arbitrary: fc.constantFrom<Oddity>("wrong-guid", "attributes", "malformed", "twice") },
);

/** One key variable, or none: what is empty does not load. */
function keyVariable(name: "PK" | "KEK" | "db" | "dbx", held: fc.Arbitrary<Uint8Array>, absent: number) {
  const isGlobal = name === "PK" || name === "KEK";
  const [guid, other] = isGlobal
    ? [EFI_GLOBAL_VARIABLE, EFI_IMAGE_SECURITY_DATABASE]
    : [EFI_IMAGE_SECURITY_DATABASE, EFI_GLOBAL_VARIABLE];
  const there = fc
    .tuple(held, time, oddity, fc.constantFrom(0x07, 0x26, 0x67, 0x03), fc.nat(40))
    .map(([bytes, timestamp, kind, attributes, cut]): VariableFields[] => {
      const whole = kind === "malformed" ? bytes.subarray(0, Math.max(1, bytes.length - 1 - cut)) : bytes;
      const one = makeVariable(name, whole, {
        guid: kind === "wrong-guid" ? other : guid,
        attributes: kind === "attributes" ? attributes : 0x27,
        timestamp,
      });
      if (whole.length === 0) return [];
      return kind === "twice" ? [one, { ...one, data: EMPTY_LIST }] : [one];
    });
  return fc.oneof(
    { weight: 10, arbitrary: there },
    { weight: absent, arbitrary: fc.constant<VariableFields[]>([]) },
  );
}

/** What the guest keeps besides; `room` bytes of the total are left where it is not null. */
function filler(variables: readonly VariableFields[], room: number): VariableFields[] {
  const used = variables.reduce((sum, one) => sum + one.nameBytes.length + one.data.length + 128, 0);
  // What the daemon makes at each start, with the names and overheads of two more variables.
  let left = 131_072 - used - 1583 - room;
  const made: VariableFields[] = [];
  for (let i = 0; left > 200; i++) {
    const length = Math.min(left - 140, 57_344);
    if (length < 1) break;
    made.push(makeVariable(`Fill${i}`, noise(1, i + 1), { attributes: 0x07 }));
    made[i] = { ...(made[i] as VariableFields), data: new Uint8Array(length).fill(7) };
    left -= length + 138;
  }
  return made;
}

const mok = fc.constantFrom(0, 0, 0, 1, 3).map((count) =>
  count === 0
    ? []
    : [
        makeVariable("MokList", lists(Array<Uint8Array>(count).fill(SAMPLE_DB), CUSTOM_OWNER), {
          guid: guidNamed("SHIM_LOCK"),
          attributes: 0x03,
        }),
      ],
);

export interface RandomStore {
  readonly bytes: Uint8Array;
  readonly vm: VmSource;
  /** For the message of a failure. */
  readonly told: string;
  readonly [fc.toStringMethod]: () => string;
}

const setting = fc.oneof(
  { weight: 5, arbitrary: fc.constant("true") },
  { weight: 4, arbitrary: fc.constantFrom("false", "auto", "auto+", "auto-", null) },
);

export const randomStore: fc.Arbitrary<RandomStore> = fc
  .tuple(
    keyVariable("PK", pkData, 2),
    keyVariable("KEK", kekData, 1),
    keyVariable("db", dbData, 1),
    keyVariable("dbx", dbxData, 2),
    mok,
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.integer({ min: -2000, max: 30_000 }) },
    ),
    setting,
    fc.nat(30),
    fc.constantFrom(1, 2, 2, 2),
  )
  .map(([pk, kek, db, dbx, moks, room, text, permissive, version]) => {
    const keys = [...pk, ...kek, ...db, ...dbx, ...moks, ...bootVariables()];
    const bytes = makeBlob([...(room === null ? [] : filler(keys, room)), ...keys], version);
    const platform = text?.replace(/[+-]$/, "") ?? null;
    const fields = new Map<string, string>();
    if (platform !== null) fields.set("platform:secureboot", platform);
    if (permissive === 0) fields.set("platform:auth-enforce", "false");
    const vm: VmSource = {
      uuid: null,
      nameLabel: null,
      kind: "unknown",
      source: "NVRAM",
      firmware: platform === null ? null : "uefi",
      secureBoot: platform === null ? null : readSecureBoot(platform),
      fields,
      nvram: nvramOfBlob(bytes),
    };
    const told = `secureboot ${text}, auth-enforce ${permissive !== 0}, ${keys
      .map(
        ({ nameBytes, data: held, attributes }) =>
          `${Buffer.from(nameBytes).toString("utf16le")} ${held.length} 0x${attributes.toString(16)}`,
      )
      .join(", ")}`;
    return {
      bytes,
      vm: text === "auto+" || text === "auto-" ? withPoolCertificates(vm, text === "auto+") : vm,
      told,
      [fc.toStringMethod]: () => told,
    };
  });

/** The update of dbx that a release is, without its signature: null for one that brings a certificate, which is not at hand. */
export function payloadOf(id: string): Uint8Array | null {
  const { certificates: revoked, svns, hashCount } = release(id);
  return revoked.length > 0 || svns.length > 0 || hashCount === 0 ? null : releaseList(id);
}
