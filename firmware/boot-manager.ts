/**
 * What the firmware starts, attempt by attempt (EDK2 MdeModulePkg/Universal/BdsDxe/BdsEntry.c, UefiBootManagerLib), with
 * what XCP-ng adds: BootOrder sorted by the order of devices that the VM is configured for (xenorder.patch).
 */
import type { SignatureVerifier } from "../daemon/crypto.ts";
import { equalBytes, viewOf } from "../parsers/bytes.ts";
import type { DiskBytes } from "../parsers/disk/disk-bytes.ts";
import { partOf } from "../parsers/disk/disk-bytes.ts";
import { type FatEntry, type FatVolume, openFat } from "../parsers/disk/fat.ts";
import { type Partition, type PartitionTable, readPartitionTable } from "../parsers/disk/partition-table.ts";
import { readChar16 } from "../parsers/efi/char16.ts";
import type { DevicePathNode } from "../parsers/efi/device-path.ts";
import {
  isBootable,
  type LoadOption,
  loadOptionName,
  readLoadOption,
  readLoadOptionOrder,
} from "../parsers/efi/load-option.ts";
import { ParseError } from "../parsers/errors.ts";
import { EFI_GLOBAL_VARIABLE } from "../parsers/guids.ts";
import { isApplication, isForX64, readImage } from "../parsers/pe/image.ts";
import { isOldShim, readShim } from "../parsers/pe/sbat.ts";
import { isBelow, securityVersionOf } from "../parsers/pe/security-version.ts";
import type { Generation } from "./generation.ts";
import { checkImage, type Reason } from "./image-check.ts";
import { Authorities, Pcr7, type Pcr7Event } from "./pcr7.ts";
import { runShim, type ShimOutcome } from "./shim.ts";
import type { FirmwareVariables } from "./variables.ts";
import { bootManagerVersionIn } from "./windows-version.ts";

export type AttemptStatus = "started" | "access-denied" | "not-found" | "unsupported";

export interface Attempt {
  /** `Boot0001`, or `fallback` for what the firmware looks for by itself on a disk. */
  readonly entry: string;
  readonly description: string;
  /** On its volume; null where the entry names none that varscope could follow. */
  readonly path: string | null;
  readonly disk: string | null;
  readonly partition: number | null;
  readonly file: Uint8Array | null;
  /** Null where varscope cannot tell. */
  readonly status: AttemptStatus | null;
  readonly why: {
    readonly rule: AttemptRule;
    readonly variable: string | null;
    readonly entry: number | null;
  } | null;
  /** What came behind a shim. */
  readonly then: ShimOutcome | null;
}

export type AttemptRule =
  | Reason["rule"]
  | "file-missing"
  | "no-volume"
  | "no-application"
  | "headers-damaged"
  | "not-on-a-disk"
  | "unreadable"
  | "svn-below-dbx"
  | "old-shim"
  | "secure-boot-off";

export interface Start {
  /** Null where varscope cannot tell. */
  readonly starts: boolean | null;
  readonly attempts: readonly Attempt[];
  readonly pcr7: string | null;
  readonly pcr7Events: readonly Pcr7Event[];
}

export interface Volume {
  readonly disk: string;
  readonly table: PartitionTable["kind"];
  readonly partition: Partition;
  /** Read when it is first asked for; null where the firmware would not mount it. */
  readonly fat: () => Promise<FatVolume | null>;
}

export interface OpenedDisk {
  readonly ref: string;
  readonly bytes: number;
  readonly table: PartitionTable | null;
  readonly volumes: readonly Volume[];
}

/** The volumes of a disk, in the order of its partitions; without a table the disk may be one itself. Throws ParseError where it cannot be read. */
export async function openDisk(ref: string, disk: DiskBytes): Promise<OpenedDisk> {
  const table = await readPartitionTable(disk);
  const volumes: Volume[] = [];
  for (const partition of table?.partitions ?? []) {
    let opened: Promise<FatVolume | null> | null = null;
    const fat = (): Promise<FatVolume | null> => {
      opened ??= openFat(partOf(disk, partition.start, partition.size));
      return opened;
    };
    volumes.push({ disk: ref, table: table?.kind ?? "gpt", partition, fat });
  }
  // FatPkg binds to any block device (EnhancedFatDxe/Fat.c, FatDriverBindingStart), also to a disk without partitions.
  const whole = table === null ? await openFat(disk) : null;
  if (whole !== null)
    volumes.push({ disk: ref, table: "mbr", partition: wholeDisk(disk), fat: async () => whole });
  return { ref, bytes: disk.size, table, volumes };
}

/** Number 0: no HD() node names it. */
function wholeDisk({ size }: DiskBytes): Partition {
  return { number: 0, type: "", signature: new Uint8Array(0), start: 0, size };
}

export interface StartSettings {
  readonly disks: readonly OpenedDisk[];
  /** Changed by the start. */
  readonly variables: FirmwareVariables;
  readonly secureBoot: boolean;
  readonly generation: Generation;
  /** HVM_boot_params:order, such as `cdn`; null leaves BootOrder as it is. */
  readonly bootOrder: string | null;
  readonly verifier: SignatureVerifier;
}

const FALLBACK_PATH = "\\EFI\\BOOT\\BOOTX64.EFI";
const HARD_DRIVE = { type: 4, subType: 1 };
const CD_ROM = { type: 4, subType: 2 };
const FILE_PATH = { type: 4, subType: 4 };
const MESSAGING = 3;
/** ATAPI, SCSI, USB, SATA, NVMe: disks by themselves. */
const DISK_LEAVES: ReadonlySet<number> = new Set([1, 2, 5, 18, 23]);
/** MAC, IPv4, IPv6. */
const NETWORK_NODES: ReadonlySet<number> = new Set([11, 12, 13]);
const MBR_TYPE = 1;
const GPT_TYPE = 2;

export async function startVm(settings: StartSettings): Promise<Start> {
  return new BootManager(settings).run();
}

function isNode({ type, subType }: DevicePathNode, kind: { type: number; subType: number }): boolean {
  return type === kind.type && subType === kind.subType;
}

interface Candidate {
  readonly entry: string;
  readonly option: LoadOption | null;
  readonly data: Uint8Array;
}

type Step = { readonly goesOn: true } | { readonly goesOn: false; readonly starts: boolean | null };

class BootManager {
  readonly #settings: StartSettings;
  readonly #secureBoot: boolean;
  readonly #pcr7: Pcr7;
  readonly #authorities: Authorities;
  readonly #attempts: Attempt[] = [];

  constructor(settings: StartSettings) {
    this.#settings = settings;
    // Without a PK the firmware is in setup mode, and checks nothing.
    this.#secureBoot = settings.secureBoot && settings.variables.global("PK") !== null;
    this.#pcr7 = new Pcr7(settings.verifier.sha256);
    this.#authorities = new Authorities(this.#pcr7);
  }

  async run(): Promise<Start> {
    this.#pcr7.startPolicy(this.#settings.variables, this.#secureBoot);
    let starts: boolean | null = false;
    let isKnown = true;
    for (const candidate of this.#candidates()) {
      const step = await this.#tryCandidate(candidate);
      if (step.goesOn) continue;
      ({ starts } = step);
      isKnown = starts !== null;
      break;
    }
    const { value, events } = this.#pcr7;
    return {
      starts,
      attempts: this.#attempts,
      pcr7: isKnown ? value : null,
      pcr7Events: isKnown ? events : [],
    };
  }

  #option(number: number): Candidate | null {
    const entry = loadOptionName("Boot", number);
    const data = this.#settings.variables.global(entry);
    return data === null ? null : { entry, option: readLoadOption(data), data };
  }

  #candidates(): Candidate[] {
    const { variables, bootOrder } = this.#settings;
    const next = variables.global("BootNext");
    const first = next?.length === 2 ? this.#option(viewOf(next).getUint16(0, true)) : null;
    variables.delete("BootNext", EFI_GLOBAL_VARIABLE);
    const numbers = readLoadOptionOrder(variables.global("BootOrder") ?? new Uint8Array(0)).numbers;
    const ordered = [...new Set(numbers)].map((number) => this.#option(number)).filter((one) => one !== null);
    const sorted = bootOrder === null ? ordered : sortedByClass(ordered, bootOrder);
    const active = sorted.filter(({ option }) => option !== null && isBootable(option));
    const hasOwn = active.some(({ option }) => option !== null && isOwnDisk(option));
    const fallback: Candidate = { entry: "fallback", option: null, data: new Uint8Array(0) };
    return [...(first === null ? [] : [first]), ...active, ...(hasOwn ? [] : [fallback])];
  }

  async #tryCandidate({ entry, option, data }: Candidate): Promise<Step> {
    const head = { entry, description: option?.description ?? "the firmware's own entries for disks" };
    const optionalData = option === null ? new Uint8Array(0) : data.subarray(option.optionalData.start);
    try {
      if (option === null || isOwnDisk(option)) return await this.#tryDisks(head, optionalData);
      const places = this.#placesOf(option);
      if (places === null) return this.#failed(head, "unsupported", "not-on-a-disk");
      if (places.volumes.length === 0)
        return this.#failed({ ...head, path: places.path }, "not-found", "no-volume");
      for (const volume of places.volumes) {
        const found = await (await volume.fat())?.find(places.path);
        if (found == null || found.isFolder) continue;
        return await this.#load({ ...head, path: places.path, volume, found, optionalData });
      }
      return this.#failed({ ...head, path: places.path }, "not-found", "file-missing");
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      // Damaged on the way: no file for the firmware either. Where a limit was met, varscope cannot tell.
      if (error.code === "bad-structure") return this.#failed(head, "not-found", "unreadable");
      if (error.code !== "over-limit") throw error;
      this.#add(head, null, { rule: "undecided", variable: null, entry: null });
      return { goesOn: false, starts: null };
    }
  }

  /** Each disk has an entry of its own (BmEnumerateBootOptions): what one refuses is no end of the others. */
  async #tryDisks(head: Pick<Attempt, "entry" | "description">, optionalData: Uint8Array): Promise<Step> {
    const path = FALLBACK_PATH;
    let isTried = false;
    for (const { volumes } of this.#settings.disks)
      for (const volume of volumes) {
        const found = await (await volume.fat())?.find(path);
        if (found == null || found.isFolder) continue;
        const step = await this.#load({ ...head, path, volume, found, optionalData });
        if (!step.goesOn) return step;
        isTried = true;
        break;
      }
    if (isTried) return { goesOn: true };
    return this.#failed({ ...head, path }, "not-found", this.#hasVolumes() ? "file-missing" : "no-volume");
  }

  #hasVolumes(): boolean {
    return this.#settings.disks.some(({ volumes }) => volumes.length > 0);
  }

  #everywhere(path: string): { path: string; volumes: readonly Volume[] } {
    return { path, volumes: this.#settings.disks.flatMap(({ volumes }) => volumes) };
  }

  /** Null for what is on no disk, or on one that only the host could name. */
  #placesOf({ filePaths }: LoadOption): { path: string; volumes: readonly Volume[] } | null {
    const nodes = filePaths[0]?.nodes ?? [];
    const [first] = nodes;
    if (first === undefined) return null;
    const path = filePathOf(nodes);
    if (isNode(first, FILE_PATH)) return this.#everywhere(path);
    if (!isNode(first, HARD_DRIVE)) return null;
    const { volumes } = this.#everywhere(path);
    return {
      path: path === "" ? FALLBACK_PATH : path,
      volumes: volumes.filter((volume) => matches(first, volume)),
    };
  }

  async #load(at: {
    entry: string;
    description: string;
    path: string;
    volume: Volume;
    found: FatEntry;
    optionalData: Uint8Array;
  }): Promise<Step> {
    const { entry, description, path, volume, found, optionalData } = at;
    const fat = await volume.fat();
    if (fat === null) return this.#failed({ entry, description, path }, "not-found", "no-volume");
    const file = await fat.read(found);
    const head = { entry, description, path, file, disk: volume.disk, partition: volume.partition.number };
    if (!isApplication(file)) return this.#failed(head, "not-found", "no-application");
    const image = readImage(file);
    if (image === null || !isForX64(image))
      return this.#failed(head, this.#secureBoot ? "access-denied" : "unsupported", "headers-damaged");
    const { variables, generation, verifier } = this.#settings;
    const databases = {
      db: variables.database("db"),
      dbx: variables.database("dbx"),
      dbt: variables.database("dbt"),
    };
    const verdict = this.#secureBoot
      ? checkImage(image, databases, { generation, verifier, authorities: this.#authorities })
      : { accepted: true, why: { rule: "secure-boot-off" as const, variable: null, entry: null } };
    if (verdict.accepted === null) {
      this.#add(head, null, verdict.why);
      return { goesOn: false, starts: null };
    }
    if (!verdict.accepted) {
      this.#add(head, "access-denied", verdict.why);
      return { goesOn: true };
    }
    const own = securityVersionOf(image);
    const asked = bootManagerVersionIn(databases.dbx);
    if (this.#secureBoot && own !== null && asked !== null && isBelow(own, asked.version)) {
      this.#add(head, "started", { rule: "svn-below-dbx", variable: "dbx", entry: asked.entry });
      return { goesOn: false, starts: false };
    }
    if (isOldShim(image)) {
      this.#add(head, "started", { rule: "old-shim", variable: null, entry: null });
      return { goesOn: false, starts: null };
    }
    const shim = readShim(image);
    if (shim === null) {
      this.#add(head, "started", verdict.why);
      return { goesOn: false, starts: true };
    }
    const then = await runShim({
      image,
      shim,
      path,
      volume: fat,
      optionalData,
      secureBoot: this.#secureBoot,
      variables,
      pcr7: this.#pcr7,
      verifier,
    });
    this.#add(head, "started", verdict.why, then);
    return then.end === "returned" ? { goesOn: true } : { goesOn: false, starts: then.starts };
  }

  #failed(
    head: Partial<Attempt> & Pick<Attempt, "entry" | "description">,
    status: AttemptStatus,
    rule: AttemptRule,
  ): Step {
    this.#add(head, status, { rule, variable: null, entry: null });
    return { goesOn: true };
  }

  #add(
    head: Partial<Attempt> & Pick<Attempt, "entry" | "description">,
    status: AttemptStatus | null,
    why: Attempt["why"],
    then: ShimOutcome | null = null,
  ): void {
    this.#attempts.push({ path: null, disk: null, partition: null, file: null, ...head, status, why, then });
  }
}

/** BmMatchPartitionDevicePathNode: number, kind of table and signature; where it starts is not compared. */
function matches({ data }: DevicePathNode, { table, partition }: Volume): boolean {
  if (data.length < 38 || partition.number === 0) return false;
  const kind = table === "gpt" ? GPT_TYPE : MBR_TYPE;
  return (
    viewOf(data).getUint32(0, true) === partition.number &&
    data[36] === kind &&
    data[37] === kind &&
    equalBytes(data.subarray(20, 36), partition.signature)
  );
}

/** All nodes of type file, joined. */
function filePathOf(nodes: readonly DevicePathNode[]): string {
  return nodes
    .filter((node) => isNode(node, FILE_PATH))
    .map(({ data }) => readChar16(data).split("\0")[0] ?? "")
    .join("\\");
}

/** What the firmware writes by itself for a whole disk: the path ends at the device. */
function isOwnDisk({ filePaths }: LoadOption): boolean {
  const nodes = filePaths[0]?.nodes ?? [];
  const last = nodes.at(-1);
  return last?.type === MESSAGING && DISK_LEAVES.has(last.subType) && !isNetwork(nodes);
}

function isNetwork(nodes: readonly DevicePathNode[]): boolean {
  return nodes.some(({ type, subType }) => type === MESSAGING && NETWORK_NODES.has(subType));
}

/** SetBootOrderFromXen: stably, by the place of the device's letter; of no class, last. */
function sortedByClass(candidates: readonly Candidate[], order: string): Candidate[] {
  const place = ({ option }: Candidate): number => {
    const letter = option === null ? null : classOf(option);
    const at = letter === null ? -1 : order.indexOf(letter);
    return at < 0 ? order.length : at;
  };
  return [...candidates].sort((a, b) => place(a) - place(b));
}

function classOf(option: LoadOption): "c" | "d" | "n" | null {
  const nodes = option.filePaths[0]?.nodes ?? [];
  if (nodes.some((node) => isNode(node, HARD_DRIVE))) return "c";
  if (nodes.some((node) => isNode(node, CD_ROM))) return "d";
  if (isNetwork(nodes)) return "n";
  return isOwnDisk(option) ? "c" : null;
}
