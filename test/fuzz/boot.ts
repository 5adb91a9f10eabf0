/**
 * Mutates disks (tables of partitions, FAT, programs, certificate tables, VHDs) and asks what starts from them:
 * `npm run fuzz -- --boot --seconds N --seed N`. A fault is an exception that is no ParseError, an answer that takes longer than 5 s,
 * or memory that grows; its disk is kept in fuzz-findings/.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openDisk, startVm } from "../../firmware/boot-manager.ts";
import { findLoaders } from "../../firmware/loaders.ts";
import { FirmwareVariables } from "../../firmware/variables.ts";
import { openFile } from "../../library/boot/vhd-chain.ts";
import { ascii, concatBytes } from "../../parsers/bytes.ts";
import { type DiskBytes, diskOfBytes } from "../../parsers/disk/disk-bytes.ts";
import { diskOfLayers } from "../../parsers/disk/vhd.ts";
import { ParseError } from "../../parsers/errors.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
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
  DATA_START,
  FAT_START,
  makeBootDisk,
  makeBootManager,
  makeDiskWith,
  makeProgram,
  makeProgramWith,
  makeShim,
  ROOT_START,
  signProgram,
} from "../builders/boot-disk.ts";
import { makeIdentity } from "../builders/signing.ts";
import { makeVhd } from "../builders/vhd.ts";

const SLOW_MS = 5000;
const MAX_HEAP = 512 * 1_048_576;
const FINDINGS = "fuzz-findings";
const PARTITION_START = 1_048_576;
const PARTITION_BYTES = 98_304;
/** Where tables and headers of these disks stand, and how long they are; the rest is mostly zeros. */
const REGIONS: readonly (readonly [start: number, length: number])[] = [
  [440, 72],
  [512, 92],
  [1024, 256],
  [PARTITION_START, 64],
  [FAT_START, 64],
  [ROOT_START, 96],
  [DATA_START, 1024],
  [DATA_START + 1024, 512],
  [DATA_START + 1024, 8192],
  [0, 20_480],
];

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
const VHDS = DISKS.map((disk) => makeVhd(disk, { id: 1 }));
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

function mutated(disk: Uint8Array, random: Random): Uint8Array {
  const bytes = disk.slice();
  const view = new DataView(bytes.buffer);
  const changes = 1 + random.below(6);
  for (let i = 0; i < changes; i++) {
    const [start, length] = REGIONS[random.below(REGIONS.length)]!;
    const at = start + random.below(length);
    switch (random.below(5)) {
      case 0:
        bytes[at]! ^= 1 << random.below(8);
        break;
      case 1:
        view.setUint32(at, [0, 0xffff_ffff, 0x7fff_ffff, 0x1_0000, 1][random.below(5)]!, true);
        break;
      case 2:
        view.setUint16(at, random.below(0x1_0000), true);
        break;
      case 3:
        bytes.copyWithin(
          at,
          PARTITION_START + random.below(PARTITION_BYTES),
          PARTITION_START + PARTITION_BYTES,
        );
        break;
      default:
        bytes.fill(random.below(256), at, at + random.below(600));
    }
  }
  return random.below(10) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

async function ask(disk: DiskBytes, generation: "202208" | "newer"): Promise<string> {
  const opened = await openDisk("disk", disk);
  const { starts } = await startVm({
    disks: [opened],
    variables: new FirmwareVariables(VARIABLES),
    secureBoot: true,
    generation,
    bootOrder: "cdn",
    verifier: nodeSignatureVerifier,
  });
  const loaders = await findLoaders([opened]);
  const settings = { verifier: nodeSignatureVerifier, platform: nodePlatform };
  for (const { file } of loaders.found) inspectFile(file, settings);
  return `starts ${starts}`;
}

/** As a disk, or as a VHD that is changed itself. */
async function tryOne(index: number, seed: number): Promise<{ outcome: string; bytes: Uint8Array }> {
  const random = new Random(seed * 1_000_003 + index * 7919);
  const disk = DISKS[index % DISKS.length]!;
  const generation = random.below(2) === 0 ? "202208" : "newer";
  const isVhd = index % 16 === 0;
  const bytes = mutated(isVhd ? VHDS[index % VHDS.length]! : disk, random);
  try {
    if (!isVhd) return { outcome: await ask(diskOfBytes(bytes), generation), bytes };
    const readAt = (from: number, length: number): Uint8Array => bytes.subarray(from, from + length);
    const { layer } = await openFile("fuzz.vhd", { readAt, size: bytes.length });
    return { outcome: await ask(diskOfLayers([layer]), generation), bytes };
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
const outcomes = new Map<string, number>();
let faults = 0;
let slowest = 0;
let heap = 0;
let index = 0;
for (; Date.now() < end; index++) {
  const began = Date.now();
  const { outcome, bytes } = await tryOne(index, seed);
  const took = Date.now() - began;
  slowest = Math.max(slowest, took);
  const { heapUsed } = process.memoryUsage();
  heap = Math.max(heap, heapUsed);
  outcomes.set(outcome.split("\n")[0]!, (outcomes.get(outcome.split("\n")[0]!) ?? 0) + 1);
  if (!outcome.startsWith("FAULT") && took <= SLOW_MS && heapUsed <= MAX_HEAP) continue;
  faults++;
  mkdirSync(FINDINGS, { recursive: true });
  writeFileSync(`${FINDINGS}/boot-${seed}-${index}.raw`, bytes);
  process.stdout.write(`input ${index} (${took} ms, ${heapUsed} bytes of heap): ${outcome}\n`);
}
for (const [outcome, count] of [...outcomes].sort((a, b) => b[1] - a[1]))
  process.stdout.write(`${String(count).padStart(8)}  ${outcome}\n`);
process.stdout.write(
  `${index} disks, ${faults} faults, slowest ${slowest} ms, heap at most ${(heap / 1_048_576) | 0} MiB, seed ${seed}\n`,
);
process.exitCode = faults === 0 ? 0 : 1;
