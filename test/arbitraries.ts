/** fast-check generators over the builders. */
import fc from "fast-check";
import { ascii, concatBytes } from "../parsers/bytes.ts";
import { bootVariables, healthyBlob, incidentBlob, makeBlob, makeVariable } from "./builders/blob.ts";

const SEEDS: readonly Uint8Array[] = [
  healthyBlob(),
  incidentBlob(4, 3),
  makeBlob(bootVariables(), 1),
  makeBlob([makeVariable("A", new Uint8Array(57_344).fill(7))], 0),
  makeBlob([]),
];

/** Small and large numbers that a length, count or size may be hit with. */
const wildNumber = fc.oneof(
  fc.constantFrom(
    0n,
    1n,
    15n,
    16n,
    27n,
    28n,
    83n,
    84n,
    1024n,
    1025n,
    4096n,
    4097n,
    57_344n,
    57_345n,
    0xffff_ffffn,
    1n << 63n,
    (1n << 64n) - 1n,
  ),
  fc.bigInt(0n, 200_000n),
);

const edit = fc.oneof(
  fc.record({ kind: fc.constant("byte" as const), at: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant("u64" as const), at: fc.nat(), value: wildNumber }),
  fc.record({ kind: fc.constant("u32" as const), at: fc.nat(), value: wildNumber }),
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 100 }) }),
);

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function applyEdit(bytes: Uint8Array, change: Edit): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = change.at % bytes.length;
  if (change.kind === "cut") return bytes.slice(0, at);
  if (change.kind === "insert") return concatBytes([bytes.subarray(0, at), change.bytes, bytes.subarray(at)]);
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  if (change.kind === "byte") copy[at] = change.value;
  else if (change.kind === "u32" && at + 4 <= copy.length)
    view.setUint32(at, Number(BigInt.asUintN(32, change.value)), true);
  else if (change.kind === "u64" && at + 8 <= copy.length)
    view.setBigUint64(at, BigInt.asUintN(64, change.value), true);
  return copy;
}

/** A good blob with one to four edits; most edits fall near the header, where the sizes are. */
export const mutatedBlob: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.constantFrom(...SEEDS), fc.array(edit, { minLength: 1, maxLength: 4 }))
  .map(([seed, edits]) => edits.reduce((bytes, change) => applyEdit(bytes, change), seed));

/** Random bytes, half of them behind the magic. */
export const blobBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc.uint8Array({ maxLength: 600 }).map((bytes) => concatBytes([ascii("VARS"), bytes])),
  fc
    .tuple(fc.nat(3), fc.nat(3), fc.uint8Array({ maxLength: 600 }))
    .map(([version, count, bytes]) =>
      concatBytes([
        ascii("VARS"),
        Uint8Array.of(version, 0, 0, 0, count, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        bytes,
      ]),
    ),
);
