/** What takes room, what does not fit elsewhere, and odd headers and names. */
import { gzipSync } from "node:zlib";
import { runtimeBytes } from "../../daemon/space.ts";
import { ascii } from "../../parsers/bytes.ts";
import { guidNamed, SHIM_LOCK } from "../../parsers/guids.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import { openBlob, type VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  concat,
  healthyBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeVariable,
  sha256List,
  x509List,
} from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { makeOvaXml, vmObject } from "../builders/ova-xml.ts";
import { makeXva } from "../builders/tar.ts";

const { DATA_LIMIT, TOTAL_LIMIT, VARIABLE_SIZE_OVERHEAD } = VARSTORED_LIMITS;
const blobOf = (...variables: readonly VariableFields[]) => makeBlob([...bootVariables(), ...variables]);
const shim = (name: string, data: Uint8Array) =>
  makeVariable(name, data, { guid: SHIM_LOCK, attributes: 0x03 });
const own = (name: string, bytes: number) =>
  makeVariable(name, new Uint8Array(bytes), { guid: CUSTOM_OWNER });

/** A large blob that hardly takes room: an export, compressed. */
function compressed(blob: Uint8Array): Uint8Array {
  const NVRAM = { "EFI-variables": Buffer.from(blob).toString("base64") };
  const vm = vmObject("Ref:1", {
    uuid: "00000000-0000-4000-8000-000000000003",
    name_label: "test",
    NVRAM,
    platform: {},
  });
  return new Uint8Array(gzipSync(makeXva([{ name: "ova.xml", bytes: makeOvaXml([vm]) }]), { level: 9 }));
}

/** Variables of which the daemon counts so many bytes, its own ones included. */
function counting(bytes: number): Uint8Array {
  const { variables } = openBlob(makeBlob(bootVariables()));
  const used = variables.reduce(
    (sum, { nameBytes, data }) => sum + nameBytes.length + data.length + VARIABLE_SIZE_OVERHEAD,
    runtimeBytes(variables),
  );
  const each = VARIABLE_SIZE_OVERHEAD + 4;
  const rest = bytes - used - 3 * each;
  return blobOf(own("V1", 50_000), own("V2", 50_000), own("V3", rest - 100_000));
}

function withDataLength(blob: Uint8Array, change: bigint): Uint8Array {
  const view = new DataView(blob.buffer);
  view.setBigUint64(16, view.getBigUint64(16, true) + change, true);
  return blob;
}

const inLists = (count: number) =>
  makeBlob([
    ...bootVariables(),
    ...keyVariables(
      MICROSOFT_OWNER,
      concat(...Array.from({ length: count }, (_, i) => sha256List(MICROSOFT_OWNER, 1, i))),
    ),
  ]);

const nearTotal = Math.floor((TOTAL_LIMIT * 9) / 10);
const nearMok = Math.floor((DATA_LIMIT * 3) / 4);

export const cases: readonly CorpusCase[] = [
  {
    name: "fragmented-signature-lists",
    title: "Eight hashes of dbx in eight lists.",
    file: "input.vars",
    bytes: () => inLists(8),
  },
  {
    name: "fragmented-signature-lists-near-miss",
    title: "Seven hashes of dbx in seven lists.",
    file: "input.vars",
    bytes: () => inLists(7),
  },
  {
    name: "header-length-mismatch",
    title: "A header that claims one byte more than its records have.",
    file: "input.vars",
    bytes: () => withDataLength(healthyBlob(), 1n),
  },
  {
    name: "header-length-mismatch-near-miss",
    title: "A header with the length of its records: neither itself nor the ancillary data counts.",
    file: "input.vars",
    bytes: () => withDataLength(healthyBlob(), 0n),
  },
  {
    name: "name-not-utf16",
    title: "A name of three bytes, and one that is half a surrogate pair.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        makeVariable(Uint8Array.of(0x41, 0, 0x42), Uint8Array.of(1)),
        makeVariable(Uint8Array.of(0x00, 0xd8), Uint8Array.of(1)),
      ),
  },
  {
    name: "name-not-utf16-near-miss",
    title: "A name with a whole surrogate pair, and one with a NUL at its end.",
    file: "input.vars",
    bytes: () => blobOf(makeVariable("\u{1f511}", Uint8Array.of(1)), makeVariable("Lang\0", ascii("eng\0"))),
  },
  {
    name: "mok-list-near-limit",
    title: "A MokList with one byte more than three quarters of what a variable may have.",
    file: "input.xva.gz",
    bytes: () => compressed(blobOf(shim("MokList", listOf(nearMok + 1)))),
  },
  {
    name: "mok-list-near-limit-mirror",
    title: "A MokList that fits, in an NVRAM in which shim's copy of it does not.",
    file: "input.xva.gz",
    bytes: () => compressed(blobOf(shim("MokList", listOf(30_000)), own("V1", 50_000), own("V2", 25_000))),
  },
  {
    name: "mok-list-near-limit-near-miss",
    title: "A MokList with exactly three quarters of what a variable may have.",
    file: "input.xva.gz",
    bytes: () => compressed(blobOf(shim("MokList", listOf(nearMok)))),
  },
  {
    name: "sbat-level-old",
    title: "The SBAT level of 2022.",
    file: "input.vars",
    bytes: () => blobOf(shim("SbatLevel", ascii("sbat,1,2022052400\ngrub,2\n"))),
  },
  {
    name: "sbat-level-old-malformed",
    title: "A SbatLevel whose second line has no generation.",
    file: "input.vars",
    bytes: () => blobOf(shim("SbatLevel", ascii("sbat,1,2024010900\nshim\n"))),
  },
  {
    name: "sbat-level-old-near-miss",
    title: "The SBAT level of January 2023, with a NUL at its end.",
    file: "input.vars",
    bytes: () => blobOf(shim("SbatLevel", ascii("sbat,1,2023012900\nshim,2\ngrub,3\ngrub.debian,4\n\0"))),
  },
  {
    name: "crash-dump-residue",
    title: "Two parts of a crash log that Linux left, and a hardware error record.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        ...["dump-type0-1-1-1762000000-C", "dump-type0-2-1-1762000000-C"].map((name) =>
          makeVariable(name, new Uint8Array(1024), { guid: guidNamed("LINUX_PSTORE") }),
        ),
        makeVariable("HwErrRec0001", new Uint8Array(64)),
      ),
  },
  {
    name: "crash-dump-residue-many",
    title: "Crash logs that take more than a quarter of the NVRAM.",
    file: "input.xva.gz",
    bytes: () =>
      compressed(
        blobOf(
          ...Array.from({ length: 32 }, (_, i) =>
            makeVariable(`dump-type0-${i}-1-1762000000-C`, new Uint8Array(1024), {
              guid: guidNamed("LINUX_PSTORE"),
            }),
          ),
        ),
      ),
  },
  {
    name: "crash-dump-residue-near-miss",
    title: "The same names under another GUID, and HwErrRecSupport, which is a setting.",
    file: "input.vars",
    bytes: () =>
      blobOf(own("dump-type0-1-1-1762000000-C", 1024), makeVariable("HwErrRecSupport", new Uint8Array(2))),
  },
  {
    name: "near-total-limit",
    title: "One byte more than nine tenths of what all variables may have.",
    file: "input.xva.gz",
    bytes: () => compressed(counting(nearTotal + 1)),
  },
  {
    name: "near-total-limit-near-miss",
    title: "Just nine tenths of what all variables may have.",
    file: "input.xva.gz",
    bytes: () => compressed(counting(nearTotal)),
  },
  {
    name: "not-portable",
    title: "A version 1 blob with a name of 258 bytes, which uefistored of XCP-ng 8.2 refuses.",
    file: "input.vars",
    bytes: () => makeBlob([...bootVariables(), own("N".repeat(129), 1)], 1),
  },
  {
    name: "not-portable-argument",
    title: "A blob whose base64 is too long for one argument of a command.",
    file: "input.xva.gz",
    bytes: () => compressed(blobOf(own("V1", 50_000), own("V2", 48_000))),
  },
  {
    name: "not-portable-merged",
    title:
      "The same, and nine tenths of the total are passed, with 480 entries of dbx twice: merge brings it below both borders.",
    file: "input.xva.gz",
    bytes: () =>
      compressed(
        blobOf(
          ...keyVariables(
            MICROSOFT_OWNER,
            concat(sha256List(MICROSOFT_OWNER, 700), sha256List(MICROSOFT_OWNER, 480)),
          ),
          own("V1", 30_000),
          own("V2", 30_000),
        ),
      ),
  },
  {
    name: "not-portable-near-miss",
    title: "A version 1 blob with a name of 256 bytes.",
    file: "input.vars",
    bytes: () => makeBlob([...bootVariables(), own("N".repeat(128), 1)], 1),
  },
  {
    name: "mor-ppi-anomaly",
    title: "A PPIBuffer of 8 bytes, a lock of 8 bytes, and a request with a bit that the daemon refuses.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        makeVariable("PPIBuffer", new Uint8Array(8), { guid: guidNamed("XEN_PPI") }),
        makeVariable("MemoryOverwriteRequestControlLock", new Uint8Array(8), {
          guid: guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL_LOCK"),
        }),
        makeVariable("MemoryOverwriteRequestControl", Uint8Array.of(0x02), {
          guid: guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL"),
        }),
      ),
  },
  {
    name: "mor-ppi-anomaly-near-miss",
    title: "The same variables as the daemon writes them, and a key of the lock behind the header.",
    file: "input.vars",
    bytes: () => {
      const blob = blobOf(
        makeVariable("PPIBuffer", new Uint8Array(48).fill(0xff), { guid: guidNamed("XEN_PPI") }),
        makeVariable("MemoryOverwriteRequestControlLock", Uint8Array.of(2), {
          guid: guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL_LOCK"),
        }),
        makeVariable("MemoryOverwriteRequestControl", Uint8Array.of(0x11), {
          guid: guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL"),
        }),
      );
      return blob.fill(0xaa, 24, 32);
    },
  },
];

/** A list of this many bytes, with one large entry: what it holds does not matter. */
function listOf(bytes: number): Uint8Array {
  return x509List(CUSTOM_OWNER, new Uint8Array(bytes - 44));
}
