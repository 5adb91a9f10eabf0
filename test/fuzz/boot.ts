/**
 * Mutates disks (tables of partitions, FAT, programs, certificate tables), VHDs and exports, and asks what starts from them:
 * `npm run fuzz -- --boot --seconds N --seed N`. Only what is read of a seed is changed; the checksums of a GPT are put right again half
 * of the times, so that what they cover is looked at. Where recordings of real firmware lie beside the project their disks are seeds, too.
 * A fault is an exception that is no ParseError, an answer that takes longer than 5 s, or memory that grows; its bytes are kept in
 * fuzz-findings/.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openDisk, startVm } from "../../firmware/boot-manager.ts";
import { findLoaders } from "../../firmware/loaders.ts";
import { FirmwareVariables } from "../../firmware/variables.ts";
import { ExportDisks } from "../../library/boot/export-disks.ts";
import { openFile } from "../../library/boot/vhd-chain.ts";
import { FileReader } from "../../library/input/file-reader.ts";
import type { SeekableBytes } from "../../library/input/source.ts";
import { ascii, concatBytes, viewOf } from "../../parsers/bytes.ts";
import type { DiskBytes } from "../../parsers/disk/disk-bytes.ts";
import { diskOfLayers } from "../../parsers/disk/vhd.ts";
import { ParseError } from "../../parsers/errors.ts";
import type { EfiVariable } from "../../parsers/model.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { crc32 } from "../../parsers/packing/crc32.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import { inspectFile } from "../../report/disk-file.ts";
import {
  bootVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  sha256List,
  x509List,
} from "../builders/blob.ts";
import {
  makeBootDisk,
  makeBootManager,
  makeDiskWith,
  makeProgram,
  makeProgramWith,
  makeShim,
  signProgram,
} from "../builders/boot-disk.ts";
import { makeIdentity } from "../builders/signing.ts";
import { makeXva } from "../builders/tar.ts";
import { makeVhd } from "../builders/vhd.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { recordedBoots } from "../shared-data.ts";

const SLOW_MS = 5000;
const MAX_HEAP = 512 * 1_048_576;
/** Of one recorded disk in so many. */
const RECORDED_EVERY = 6;
const FINDINGS = "fuzz-findings";
const SECTOR = 512;
/** Most of what is read of a program is its code: what tells how to read it stands in front and behind. */
const EDGE_BYTES = 1024;

const CA = makeIdentity("fuzz CA");
const SIGNER = makeIdentity("fuzz signer", { issuer: CA, isAuthority: false });
const SBAT = "sbat,1,SBAT Version,sbat,1,https://example.invalid\n";
const SHIM = makeShim({
  sbat: `${SBAT}shim,4,fuzz,shim,1,https://example.invalid\n`,
  level: "sbat,1,2025021800\nshim,4\ngrub,5\n",
  vendor: CA.certificate,
});
const GRUB = makeProgramWith({ ".sbat": ascii(`${SBAT}grub,5,fuzz,grub2,1,https://example.invalid\n`) });

const DISKS: readonly Uint8Array[] = [
  makeBootDisk(signProgram(makeProgram(1), SIGNER, CA)),
  makeBootDisk(signProgram(makeBootManager(6, 0), SIGNER)),
  makeDiskWith({
    "\\EFI\\BOOT\\BOOTX64.EFI": signProgram(SHIM, SIGNER),
    "\\EFI\\BOOT\\GRUBX64.EFI": signProgram(GRUB, SIGNER),
  }),
];
const KEYS = x509List(MICROSOFT_OWNER, CA.certificate);
const VARIABLES = openBlob(
  makeBlob([
    ...bootVariables(),
    makeSignatureVariable("PK", KEYS),
    makeSignatureVariable("db", concatBytes([KEYS])),
    makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, 3)),
  ]),
).variables;

/** xorshift32: the same numbers for the same seed. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }
}

type Region = readonly [start: number, length: number];

interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly variables: readonly EfiVariable[];
  /** The disk in it. Throws ParseError. */
  readonly open: (file: SeekableBytes) => Promise<DiskBytes>;
  /** What is read of it where nothing is changed. */
  readonly regions: Region[];
}

async function openExport({ readAt, size }: SeekableBytes): Promise<DiskBytes> {
  const found = await ExportDisks.open({ readAt, open: async () => new FileReader({ readAt, size }) });
  const [ref, disk] = [...(found.ova?.disks ?? [])][0] ?? [];
  if (ref === undefined || disk?.virtualBytes == null)
    throw new ParseError({ code: "unrecognised", expected: "a disk", found: "none" });
  return found.disk(ref, disk.virtualBytes);
}

function makeSeeds(): Seed[] {
  const of = (
    name: string,
    bytes: Uint8Array,
    open: Seed["open"],
    variables: readonly EfiVariable[] = VARIABLES,
  ): Seed => ({ name, bytes, open, variables, regions: [] });
  const raw: Seed["open"] = async ({ readAt, size }) => ({ size, read: async (at, n) => readAt(at, n) });
  const vhd: Seed["open"] = async (file) => diskOfLayers([(await openFile("fuzz.vhd", file)).layer]);
  const recorded = recordedBoots().filter((_, i) => i % RECORDED_EVERY === 0);
  return [
    ...DISKS.map((disk, i) => of(`disk ${i}`, disk, raw)),
    of("vhd", makeVhd(DISKS[2]!, { id: 1 }), vhd),
    of(
      "export",
      makeXva(
        exportMembers({ uuid: "7b9a0e1c-5d1f-4c58-9f5e-2a6f0c1d3e4f", name_label: "fuzz", NVRAM: {} }, [
          diskOf("Ref:7", DISKS[0]!),
        ]),
      ),
      openExport,
    ),
    ...recorded.map(({ name, nvram, disk, observed }) =>
      of(name, disk(Object.values(observed)[0]!.disk), raw, openBlob(nvram).variables),
    ),
  ];
}

/** A seed with changes laid over it: copying ten megabytes for six bytes would take longer than all else. */
class Overlay {
  readonly #seed: Uint8Array;
  readonly #changed = new Map<number, Uint8Array>();
  size: number;

  constructor(seed: Uint8Array) {
    this.#seed = seed;
    this.size = seed.length;
  }

  /** A part within one sector at a time. */
  write(at: number, bytes: Uint8Array): void {
    for (const [i, byte] of bytes.entries()) {
      const sector = Math.floor((at + i) / SECTOR);
      let own = this.#changed.get(sector);
      if (own === undefined) {
        own = this.#seed.slice(sector * SECTOR, (sector + 1) * SECTOR);
        this.#changed.set(sector, own);
      }
      own[(at + i) % SECTOR] = byte;
    }
  }

  readonly readAt = (at: number, length: number): Uint8Array => {
    const end = Math.min(at + length, this.size);
    const bytes = this.#seed.slice(Math.min(at, end), end);
    for (const [sector, own] of this.#changed) {
      const start = sector * SECTOR;
      if (start + own.length <= at || start >= end) continue;
      const from = Math.max(at, start);
      bytes.set(own.subarray(from - start, Math.min(own.length, end - start)), from - at);
    }
    return bytes;
  };

  whole(): Uint8Array {
    return this.readAt(0, this.size);
  }
}

function changed({ bytes, regions }: Seed, random: Random): Overlay {
  const overlay = new Overlay(bytes);
  const changes = 1 + random.below(6);
  for (let i = 0; i < changes; i++) {
    const [start, length] = regions[random.below(regions.length)]!;
    const edge = Math.min(length, EDGE_BYTES);
    const place = [random.below(length), random.below(edge), length - 1 - random.below(edge)][
      random.below(3)
    ]!;
    const at = start + place;
    const piece = overlay.readAt(at, 4);
    const view = viewOf(piece);
    const kind = random.below(5);
    if (kind === 0) piece[0]! ^= 1 << random.below(8);
    else if (kind === 1 && piece.length === 4)
      view.setUint32(0, [0, 0xffff_ffff, 0x7fff_ffff, 0x1_0000, 1][random.below(5)]!, true);
    else if (kind === 2 && piece.length >= 2) view.setUint16(0, random.below(0x1_0000), true);
    if (kind < 3) overlay.write(at, piece);
    else {
      const [from, most] = regions[random.below(regions.length)]!;
      const count = Math.min(1 + random.below(600), overlay.size - at);
      overlay.write(
        at,
        kind === 3
          ? overlay.readAt(from + random.below(most), count)
          : new Uint8Array(count).fill(random.below(256)),
      );
    }
  }
  if (random.below(2) === 0) mendGpt(overlay);
  if (random.below(10) === 0) overlay.size = random.below(bytes.length);
  return overlay;
}

/** So that the firmware believes what its table says now. */
function mendGpt(overlay: Overlay): void {
  const header = overlay.readAt(SECTOR, SECTOR);
  if (header.length < SECTOR || !ascii("EFI PART").every((byte, i) => header[i] === byte)) return;
  const view = viewOf(header);
  const [at, bytes] = [
    Number(view.getBigUint64(72, true)) * SECTOR,
    view.getUint32(80, true) * view.getUint32(84, true),
  ];
  if (at + bytes > overlay.size || bytes > 1_048_576) return;
  view.setUint32(88, crc32(overlay.readAt(at, bytes)), true);
  view.setUint32(16, 0, true);
  view.setUint32(
    16,
    crc32(header.subarray(0, Math.min(SECTOR, Math.max(92, view.getUint32(12, true))))),
    true,
  );
  overlay.write(SECTOR, header.subarray(0, 92));
}

async function ask(
  { open, variables }: Seed,
  file: SeekableBytes,
  generation: "202208" | "newer",
): Promise<string> {
  const opened = await openDisk("disk", await open(file));
  const { starts } = await startVm({
    disks: [opened],
    variables: new FirmwareVariables(variables),
    secureBoot: true,
    generation,
    bootOrder: "cdn",
    verifier: nodeSignatureVerifier,
  });
  const loaders = await findLoaders([opened]);
  const settings = { verifier: nodeSignatureVerifier, platform: nodePlatform };
  for (const { file: program } of loaders.found) inspectFile(program, settings);
  return `starts ${starts}`;
}

/** What is read where nothing is changed. */
async function learn(seed: Seed): Promise<void> {
  const { bytes, regions } = seed;
  const readAt = (at: number, length: number): Uint8Array => {
    if (length > 0) regions.push([at, Math.min(length, bytes.length - at)]);
    return bytes.subarray(at, at + length);
  };
  await ask(seed, { readAt, size: bytes.length }, "newer");
}

async function tryOne(
  seeds: readonly Seed[],
  index: number,
  number: number,
): Promise<{ outcome: string; bytes: () => Uint8Array }> {
  const random = new Random(number * 1_000_003 + index * 7919);
  const seed = seeds[index % seeds.length]!;
  const generation = random.below(2) === 0 ? "202208" : "newer";
  const overlay = changed(seed, random);
  const bytes = (): Uint8Array => overlay.whole();
  try {
    return { outcome: await ask(seed, overlay, generation), bytes };
  } catch (error) {
    if (error instanceof ParseError) return { outcome: `ParseError ${error.code}`, bytes };
    return { outcome: `FAULT ${error instanceof Error ? error.stack : String(error)}`, bytes };
  }
}

const { values } = parseArgs({
  options: {
    boot: { type: "boolean" },
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
  },
});
const seed = Number(values.seed);
const end = Date.now() + Number(values.seconds) * 1000;
const seeds = makeSeeds();
for (const one of seeds) await learn(one);
const outcomes = new Map<string, number>();
let faults = 0;
let slowest = 0;
let index = 0;
const heaps: number[] = [];
const residents: number[] = [];
for (; Date.now() < end; index++) {
  const began = Date.now();
  const { outcome, bytes } = await tryOne(seeds, index, seed);
  const took = Date.now() - began;
  slowest = Math.max(slowest, took);
  const { heapUsed, rss } = process.memoryUsage();
  heaps.push(heapUsed);
  residents.push(rss);
  outcomes.set(outcome.split("\n")[0]!, (outcomes.get(outcome.split("\n")[0]!) ?? 0) + 1);
  if (!outcome.startsWith("FAULT") && took <= SLOW_MS && heapUsed <= MAX_HEAP) continue;
  faults++;
  mkdirSync(FINDINGS, { recursive: true });
  writeFileSync(`${FINDINGS}/boot-${seed}-${index}.raw`, bytes());
  process.stdout.write(`input ${index} (${took} ms, ${heapUsed} bytes of heap): ${outcome}\n`);
}
for (const [outcome, count] of [...outcomes].sort((a, b) => b[1] - a[1]))
  process.stdout.write(`${String(count).padStart(8)}  ${outcome}\n`);
/** Of the first half and of the second: what grows shows there. */
const halves = (values: readonly number[]): string =>
  [values.slice(0, values.length / 2), values.slice(values.length / 2)]
    .map((half) => `${Math.round(half.reduce((most, one) => Math.max(most, one), 0) / 1_048_576)} MiB`)
    .join(", then ");
process.stdout.write(
  `${index} inputs of ${seeds.length} seeds, ${faults} faults, slowest ${slowest} ms, heap at most ${halves(heaps)}, memory at most ${halves(residents)}, seed ${seed}\n`,
);
process.exitCode = faults === 0 ? 0 : 1;
