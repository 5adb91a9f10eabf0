/**
 * What shim does once the firmware has started it (shim shim.c, mok.c, sbat.c, verify.c, tpm.c; 15.8 and 16.1): its
 * levels, its own lists of keys, and the second stage.
 */
import type { SignatureVerifier } from "../daemon/crypto.ts";
import { concatBytes, viewOf } from "../parsers/bytes.ts";
import type { FatVolume } from "../parsers/disk/fat.ts";
import { guidBytes } from "../parsers/efi/guid.ts";
import { readSbatLevel, type SbatEntry } from "../parsers/efi/sbat.ts";
import {
  buildSignatureList,
  EFI_CERT_X509_GUID,
  SIGNATURE_OWNER_BYTES,
} from "../parsers/efi/signature-list.ts";
import { SHIM_LOCK } from "../parsers/guids.ts";
import { type EfiImage, isForX64, readImage } from "../parsers/pe/image.ts";
import { readSbat, type ShimData } from "../parsers/pe/sbat.ts";
import { Authorities, type Pcr7 } from "./pcr7.ts";
import { type ShimKeys, verifyForShim } from "./shim-check.ts";
import type { FirmwareVariables } from "./variables.ts";

/** How a start by shim ends. */
export interface ShimOutcome {
  /** Null where varscope cannot tell. */
  readonly starts: boolean | null;
  /** `returned`: to the firmware, which tries its next entry. `stopped`: power off, a reset, or a program. */
  readonly end: "returned" | "stopped";
  readonly why: ShimReason;
  /** Of the second stage; null where it did not come to that. */
  readonly path: string | null;
}

export type ShimReason =
  | "second-stage-started"
  | "second-stage-missing"
  | "second-stage-refused"
  | "second-stage-no-program"
  | "sbat-below-level"
  | "sbat-missing"
  | "shim-below-level"
  | "mok-manager-missing"
  | "mok-manager-asks"
  | "fallback-resets"
  | "add-ons-not-followed"
  | "undecided";

export interface ShimSettings {
  readonly image: EfiImage;
  readonly shim: ShimData;
  /** Such as `\EFI\debian\shimx64.efi`. */
  readonly path: string;
  readonly volume: FatVolume;
  readonly optionalData: Uint8Array;
  readonly secureBoot: boolean;
  readonly variables: FirmwareVariables;
  readonly pcr7: Pcr7;
  readonly verifier: SignatureVerifier;
}

/** SBAT_VAR_ORIGINAL, to which shim goes back while Secure Boot is off. */
const FIRST_LEVEL = "sbat,1,2021030218\n";
const LEVEL_START = "sbat,";
/** Behind `sbat,1,`. */
const DATE_OFFSET = 7;
const DATE_LENGTH = 10;
const NON_VOLATILE_BOOT = 0x03;
const APPEND = 0x20;
const RUNTIME = 0x04;
const POLICY_LATEST = 1;
const REQUESTS = [
  "MokNew",
  "MokSB",
  "MokPW",
  "MokAuth",
  "MokDel",
  "MokDB",
  "MokXNew",
  "MokXDel",
  "MokXAuth",
  "MokListTrustedNew",
];
const SECOND_STAGE = "grubx64.efi";
const MOK_MANAGER = "mmx64.efi";
const FALLBACK = "fbx64.efi";
const FALLBACK_FOLDER = /^\\EFI\\BOOT\\BOOT[^\\]*\.EFI$/i;
const ADD_ON = /^(revocations_sbat|revocations_sku|shim_certificate.*)\.efi$/i;

export async function runShim(settings: ShimSettings): Promise<ShimOutcome> {
  return new Shim(settings).run();
}

function text(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function bytesOf(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}

class Shim {
  readonly #settings: ShimSettings;
  readonly #authorities: Authorities;
  readonly #folder: string;

  constructor(settings: ShimSettings) {
    this.#settings = settings;
    this.#authorities = new Authorities(settings.pcr7);
    this.#folder = settings.path.slice(0, settings.path.lastIndexOf("\\"));
  }

  async run(): Promise<ShimOutcome> {
    const { image, shim, secureBoot, variables } = this.#settings;
    const level = this.#applyLevel();
    if (level === null) return stopped("shim-below-level");
    if (secureBoot && isBelowLevel(readSbat(image), level)) return stopped("shim-below-level");
    if (secureBoot && (await this.#hasAddOns()))
      return { starts: null, end: "stopped", why: "add-ons-not-followed", path: null };
    const list = this.#own("MokList");
    const denied = this.#own("MokListX");
    const insecure = this.#own("MokSBState");
    const ignoreDb = this.#own("MokDBState")?.[0] === 1;
    if (insecure !== null) this.#authorities.measure("MokSBState", SHIM_LOCK, insecure);
    this.#authorities.measure("SbatLevel", SHIM_LOCK, level);
    const checks = secureBoot && insecure?.[0] !== 1;
    const vendor = vendorLists(shim.vendorAuthorized);
    const keys: ShimKeys = {
      db: ignoreDb ? null : variables.database("db"),
      dbx: variables.database("dbx"),
      vendorDb: vendor.isCertificate ? null : vendor.lists,
      vendorCertificate: vendor.isCertificate ? shim.vendorAuthorized : null,
      vendorDbx: shim.vendorDeauthorized,
      mokList: concatBytes([vendor.lists, list ?? new Uint8Array(0)]),
      mokListX: concatBytes([shim.vendorDeauthorized, denied ?? new Uint8Array(0)]),
    };
    if (REQUESTS.some((name) => variables.get(name, SHIM_LOCK) !== null))
      return (await this.#find(`${this.#folder}\\${MOK_MANAGER}`)) === null
        ? stopped("mok-manager-missing")
        : { starts: null, end: "stopped", why: "mok-manager-asks", path: `${this.#folder}\\${MOK_MANAGER}` };
    return this.#startNext(keys, checks, level);
  }

  /** SbatLevel as it stands after shim saw to it; null where the level would revoke this very shim. */
  #applyLevel(): Uint8Array | null {
    const { variables, secureBoot, shim, image } = this.#settings;
    const policy = variables.get("SbatPolicy", SHIM_LOCK)?.data[0];
    variables.delete("SbatPolicy", SHIM_LOCK);
    const candidate = !secureBoot
      ? bytesOf(FIRST_LEVEL)
      : policy === POLICY_LATEST
        ? shim.latestLevel
        : shim.automaticLevel;
    const stored = variables.get("SbatLevel", SHIM_LOCK);
    if (secureBoot && stored !== null && isKept(stored, candidate)) return stored.data;
    if (secureBoot && isBelowLevel(readSbat(image), candidate)) return null;
    variables.set("SbatLevel", SHIM_LOCK, { data: candidate, attributes: NON_VOLATILE_BOOT });
    return candidate;
  }

  /** A variable that only boot services can write; one that an operating system could have written is deleted. */
  #own(name: string): Uint8Array | null {
    const { variables } = this.#settings;
    const variable = variables.get(name, SHIM_LOCK);
    if (variable === null) return null;
    const { attributes, data } = variable;
    if ((attributes & NON_VOLATILE_BOOT) === NON_VOLATILE_BOOT && (attributes & RUNTIME) === 0) return data;
    variables.delete(name, SHIM_LOCK);
    return null;
  }

  async #hasAddOns(): Promise<boolean> {
    return (await this.#settings.volume.list(this.#folder)).some(({ name }) => ADD_ON.test(name));
  }

  async #find(path: string): Promise<EfiImage | "no-program" | null> {
    const { volume } = this.#settings;
    const entry = await volume.find(path);
    if (entry === null || entry.isFolder) return null;
    return readImage(await volume.read(entry)) ?? "no-program";
  }

  async #startNext(keys: ShimKeys, checks: boolean, level: Uint8Array): Promise<ShimOutcome> {
    const { path: own, optionalData } = this.#settings;
    const isFallback =
      FALLBACK_FOLDER.test(own) && (await this.#find(`${this.#folder}\\${FALLBACK}`)) !== null;
    const path = isFallback ? `${this.#folder}\\${FALLBACK}` : secondStagePath(optionalData, this.#folder);
    const image = await this.#find(path);
    if (image === null) return returned("second-stage-missing", path);
    if (image === "no-program" || !isForX64(image)) return returned("second-stage-no-program", path);
    if (checks) {
      const answer = verifyForShim(image, keys, {
        verifier: this.#settings.verifier,
        authorities: this.#authorities,
      });
      if (answer === null) return { starts: null, end: "stopped", why: "undecided", path };
      if (!answer) return this.#refused("second-stage-refused", path);
      const sbat = readSbat(image);
      if (sbat === null) return this.#refused("sbat-missing", path);
      if (isBelowLevel(sbat, level)) return this.#refused("sbat-below-level", path);
    }
    if (isFallback) return { starts: false, end: "stopped", why: "fallback-resets", path };
    return { starts: true, end: "stopped", why: "second-stage-started", path };
  }

  /** A dialog, then MokManager where it is there: it waits for somebody at the screen. */
  async #refused(why: ShimReason, path: string): Promise<ShimOutcome> {
    const manager = await this.#find(`${this.#folder}\\${MOK_MANAGER}`);
    return manager === null ? returned(why, path) : { starts: false, end: "stopped", why, path };
  }
}

function stopped(why: ShimReason): ShimOutcome {
  return { starts: false, end: "stopped", why, path: null };
}

function returned(why: ShimReason, path: string): ShimOutcome {
  return { starts: false, end: "returned", why, path };
}

/** preserve_sbat_uefi_variable */
function isKept(
  { data, attributes }: { data: Uint8Array; attributes: number },
  candidate: Uint8Array,
): boolean {
  if (attributes !== NON_VOLATILE_BOOT && attributes !== (NON_VOLATILE_BOOT | APPEND)) return false;
  const stored = text(data);
  return stored.startsWith(LEVEL_START) && dateOf(stored) >= dateOf(text(candidate));
}

function dateOf(level: string): string {
  return level.slice(DATE_OFFSET, DATE_OFFSET + DATE_LENGTH);
}

/** True where a component is of a lower generation than the level asks; without a table nothing is. */
function isBelowLevel(own: readonly SbatEntry[] | null, level: Uint8Array): boolean {
  if (own === null) return false;
  const { entries } = readSbatLevel(level);
  return entries.some(({ component, generation }) =>
    own.some((entry) => entry.component === component && entry.generation < generation),
  );
}

/** As signature lists, whichever of the two it was. */
function vendorLists(authorized: Uint8Array): {
  readonly isCertificate: boolean;
  readonly lists: Uint8Array;
} {
  // A DER sequence whose length in two bytes adds up.
  const isCertificate =
    authorized.length > 4 &&
    authorized[0] === 0x30 &&
    authorized[1] === 0x82 &&
    viewOf(authorized).getUint16(2) + 4 === authorized.length;
  if (!isCertificate) return { isCertificate, lists: authorized };
  const entry = concatBytes([guidBytes(SHIM_LOCK), authorized]);
  const lists = buildSignatureList(
    guidBytes(EFI_CERT_X509_GUID),
    new Uint8Array(0),
    SIGNATURE_OWNER_BYTES + authorized.length,
    [entry],
  );
  return { isCertificate, lists };
}

/** The optional data of the boot entry where it is the name of a file, else GRUB beside shim. */
function secondStagePath(optionalData: Uint8Array, folder: string): string {
  const name = nameIn(optionalData) ?? SECOND_STAGE;
  return name.startsWith("\\") ? name : `${folder}\\${name}`;
}

function nameIn(data: Uint8Array): string | null {
  if (data.length < 4 || data.length % 2 !== 0) return null;
  const view = viewOf(data);
  let name = "";
  for (let at = 0; at < data.length; at += 2) {
    const unit = view.getUint16(at, true);
    if (unit === 0) break;
    if (unit < 0x20 || unit > 0x7e) return null;
    name += String.fromCharCode(unit);
  }
  const [first = ""] = name.trim().split(" ");
  return /\.efi$/i.test(first) ? first.replaceAll("/", "\\") : null;
}
