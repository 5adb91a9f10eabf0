/** Makes images of suspended VMs as xenopsd and libxc write them (xapi xc/domain.ml, suspend; xen libxc-migration-stream.pandoc). */
import { ascii, concatBytes } from "../../parsers/bytes.ts";
import { guidNamed } from "../../parsers/guids.ts";
import type { VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import { MICROSOFT_OWNER, makeVariable, sha256List } from "./blob.ts";

export const SIGNATURE: Uint8Array = ascii("XenSavedDomv2-\n");

export const RECORD = {
  xenops: 0x000fn,
  libxc: 0x00f0n,
  qemu: 0x0f00n,
  vgpu: 0x0f10n,
  varstored: 0x0f11n,
  swtpm: 0x0f13n,
  end: 0xffffn,
} as const;

export function recordHeader(type: bigint, length: bigint): Uint8Array {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setBigUint64(0, type, true);
  view.setBigUint64(8, length, true);
  return header;
}

export function imageRecord(type: bigint, bytes: Uint8Array): Uint8Array {
  return concatBytes([recordHeader(type, BigInt(bytes.length)), bytes]);
}

export function libxcHeader(version = 3, options = 0): Uint8Array {
  const header = new Uint8Array(24);
  header.fill(0xff, 0, 8);
  header.set(ascii("XENF"), 8);
  const view = new DataView(header.buffer);
  view.setUint32(12, version);
  view.setUint16(16, options);
  return header;
}

const DOMAIN_HEADER = Uint8Array.of(2, 0, 0, 0, 12, 0, 0, 0, 4, 0, 0, 0, 17, 0, 0, 0);

/** A record of libxc with its padding; `declared` where the header lies. */
export function libxcRecord(type: number, body: Uint8Array, declared = body.length): Uint8Array {
  const record = new Uint8Array(8 + Math.ceil(body.length / 8) * 8);
  const view = new DataView(record.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, declared, true);
  record.set(body, 8);
  return record;
}

/** PAGE_DATA of `count` pages, each filled with one byte. */
export function pages(count: number, fill: number): Uint8Array {
  const body = new Uint8Array(8 + count * 8 + count * 4096).fill(fill);
  body[0] = count;
  return libxcRecord(1, body);
}

export const LIBXC_END: Uint8Array = libxcRecord(0, new Uint8Array(0));

/** What stands before the records of libxc. */
export const LIBXC_START: Uint8Array = concatBytes([
  recordHeader(RECORD.libxc, 0n),
  libxcHeader(),
  DOMAIN_HEADER,
]);

export const XENOPS: Uint8Array = imageRecord(
  RECORD.xenops,
  ascii('((time 20261120T10:11:12Z)(word_size 64)(vm_str "…")(xs_subtree()))'),
);

export interface SuspendImageParts {
  /** What varstored saved; null for a VM that boots by BIOS. */
  readonly nvram: Uint8Array | null;
  /** Records of libxc, without END. */
  readonly memory?: readonly Uint8Array[];
  readonly vtpm?: Uint8Array;
}

export const VTPM_SECRET = "the secret of a vTPM";

/** A whole image, in the order of xenopsd. */
export function suspendImage({ nvram, memory, vtpm = ascii(VTPM_SECRET) }: SuspendImageParts): Uint8Array {
  return concatBytes([
    SIGNATURE,
    XENOPS,
    LIBXC_START,
    libxcRecord(0x10, new Uint8Array(0)),
    ...(memory ?? [pages(3, 0x5a), pages(2, 0)]),
    libxcRecord(9, new Uint8Array(1003).fill(7)),
    LIBXC_END,
    ...(nvram === null ? [] : [imageRecord(RECORD.varstored, nvram), imageRecord(RECORD.swtpm, vtpm)]),
    imageRecord(RECORD.qemu, new Uint8Array(5000).fill(9)),
    recordHeader(RECORD.end, 0n),
  ]);
}

const BS_RT = 0x06;
const NV_BS_RT = 0x07;

/**
 * What varstored keeps in memory alone or makes anew at each start, all of which it saves (varstored handler.c,
 * setup_variables; mor.c; ppi.c), and a mirror of shim's.
 */
export function volatileVariables(): VariableFields[] {
  const flag = (name: string, value: number): VariableFields =>
    makeVariable(name, Uint8Array.of(value), { attributes: BS_RT });
  const atStart = (name: string, guid: string, bytes: number): VariableFields =>
    makeVariable(name, new Uint8Array(bytes), { attributes: NV_BS_RT, guid: guidNamed(guid) });
  return [
    makeVariable("SignatureSupport", new Uint8Array(64).fill(0x11), { attributes: BS_RT }),
    flag("SetupMode", 0),
    flag("AuditMode", 0),
    flag("DeployedMode", 1),
    flag("SecureBoot", 1),
    atStart("MemoryOverwriteRequestControl", "MEMORY_OVERWRITE_REQUEST_CONTROL", 1),
    atStart("MemoryOverwriteRequestControlLock", "MEMORY_OVERWRITE_REQUEST_CONTROL_LOCK", 1),
    atStart("PPIBuffer", "XEN_PPI", 48),
    atStart("Tcg2PhysicalPresenceFlagsLock", "XEN_PPI", 1),
    makeVariable("MokListRT", sha256List(MICROSOFT_OWNER, 1), {
      attributes: BS_RT,
      guid: guidNamed("SHIM_LOCK"),
    }),
  ];
}
