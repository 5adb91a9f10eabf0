/**
 * Each format with what costs its reader most: every run ends, with a small heap and an answer of its own. What has a limit of its
 * own is at that limit, at some 10 MB; what has none is half as large in half the heap, which asks the same of each part.
 */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../parsers/bytes.ts";
import { buildUnsignedAuth } from "../../parsers/efi/auth-header.ts";
import { MICROSOFT_OWNER } from "../../parsers/guids.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { makeBlob, makeVariable, noise, sha256List } from "../builders/blob.ts";
import { hexDumpOf } from "../builders/hex-dump.ts";
import { makeTar } from "../builders/ovf.ts";
import {
  imageRecord,
  LIBXC_END,
  LIBXC_START,
  libxcRecord,
  RECORD,
  SIGNATURE,
  XENOPS,
} from "../builders/suspend-image.ts";
import { makeXva } from "../builders/tar.ts";
import { makeZip } from "../builders/zip.ts";
import { rawBlock, zstdFrame } from "../builders/zstd.ts";
import { type Ended, runSmall } from "./hostile.ts";
import { base64, put, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const SMALL = base64(makeBlob([makeVariable("a", Uint8Array.of(1))]));

/** So many times, each with its number. */
function times(count: number, make: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => make(i)).join("");
}

/** As `times`, with commas between. */
function listed(count: number, make: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => make(i)).join(",");
}

const value = (text: string): string => `<value>${text}</value>`;
const member = (name: string, text: string): string => `<member><name>${name}</name>${text}</member>`;
const struct = (...members: readonly string[]): string => value(`<struct>${members.join("")}</struct>`);
const exported = (objects: string): string =>
  struct(member("version", struct()), member("objects", value(`<array><data>${objects}</data></array>`)));
const machine = (i: number): string =>
  struct(
    member("class", value("VM")),
    member("id", value(`Ref:${i}`)),
    member("snapshot", struct(member("uuid", value(`${i}`)))),
  );

interface Hostile {
  readonly what: string;
  readonly file: string;
  readonly content: () => Uint8Array | string;
  /** Megabytes of V8's old space, where it is not that of `runSmall`. */
  readonly heap?: number;
  /** The command that costs most with it; the input stands at the end. */
  readonly command: readonly string[];
  readonly status: number;
  /** Something that stands in what is printed. */
  readonly says: RegExp;
}

const TOO_MANY_VMS = new RegExp(`at most ${PARSER_LIMITS.maxHeldVmRecords} VMs`);
/** What the program takes itself stays the same: so it is a little more than half. */
const HALF_HEAP = 140;
const REPAIR = ["repair", "--dry-run"];
const ANALYZE = ["analyze", "--jobs", "1"];

const TEXTS: readonly Hostile[] = [
  {
    what: "a mail of which each byte is quoted",
    file: "quoted.eml",
    content: () =>
      `From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n${"=3D".repeat(3_300_000)}\n`,
    command: ANALYZE,
    status: 3,
    says: /none of them|no dump|not.*recognised|unrecognised|Nothing/i,
  },
  {
    what: "JSON of millions of tiny values",
    file: "tiny.json",
    content: () => `{"NVRAM":{"EFI-variables":"${SMALL}"},"a":[${"{},".repeat(3_200_000)}0]}`,
    command: ANALYZE,
    status: 3,
    says: /at most 1048576 values/,
  },
  {
    what: "JSON of records, each with an NVRAM of its own",
    file: "records.json",
    content: () =>
      `[${listed(8_000, (i) => {
        const blob = base64(makeBlob([makeVariable(`x${i}`, Uint8Array.of(1))]));
        return `{"uuid":"${i}","name_label":"${i}","NVRAM":{"EFI-variables":"${blob}"}}`;
      })}]`,
    command: ["inspect"],
    status: 0,
    says: /x7999/,
    heap: HALF_HEAP,
  },
  {
    what: "JSON with an s-expression of nothing but lists",
    file: "lists.json",
    content: () =>
      JSON.stringify({
        NVRAM: { "EFI-variables": SMALL },
        is_a_snapshot: true,
        snapshot_metadata: `(${"()".repeat(4_800_000)})`,
      }),
    command: REPAIR,
    status: 0,
    says: /HEALTHY: nothing is written/,
  },
  {
    what: "JSON with an s-expression of pairs that are none",
    file: "pairs.json",
    content: () =>
      JSON.stringify({
        NVRAM: { "EFI-variables": SMALL },
        is_a_snapshot: true,
        snapshot_metadata: `(${"(a b) ".repeat(1_550_000)})`,
      }),
    command: REPAIR,
    status: 0,
    says: /HEALTHY: nothing is written/,
  },
  {
    what: "JSON of an object with as many keys as fit",
    file: "keys.json",
    content: () => `{"NVRAM":{"EFI-variables":"${SMALL}"},${listed(850_000, (i) => `"k${i}":0`)}}`,
    command: ["inspect"],
    status: 3,
    says: /at most 65536 members/,
  },
  {
    what: "JSON with an NVRAM of as many pairs as fit",
    file: "nvram-pairs.json",
    content: () => `{"NVRAM":{"EFI-variables":"${SMALL}",${listed(640_000, (i) => `"k${i}":"v"`)}}}`,
    command: ["explain", "dbx-behind"],
    status: 3,
    says: /at most 65536 members/,
  },
  {
    what: "NVRAM text of as many NVRAMs as fit",
    file: "texts.txt",
    content: () => "EFI-variables: VkFS;".repeat(250_000),
    command: REPAIR,
    status: 4,
    says: TOO_MANY_VMS,
  },
  {
    what: "a listing of xe with as many records as fit",
    file: "listing.txt",
    content: () =>
      times(
        100_000,
        (i) => `uuid ( RO)    : ${1_000_000 + i}-8d1f-4c57-9b3e-5a2b6f1c7d01\n   NVRAM (MRW): \n\n`,
      ),
    command: ["inspect"],
    status: 3,
    says: TOO_MANY_VMS,
  },
  {
    what: "a hex dump",
    file: "dump.txt",
    content: () => hexDumpOf(makeBlob([makeVariable("big", noise(2_300_000, 1))]), "xxd"),
    command: ["corpus", "add", "--to", "hex"],
    status: 0,
    says: /hex-dump: unbootable: variable-data-over-limit/,
  },
  {
    what: "a cache of Xen Orchestra with as many backups as fit",
    file: "cache.json",
    content: () =>
      `{${listed(45_000, (i) => `"/xo-vm-backups/u/${10_000_000 + i}.json":{"mode":"full","vm":{"uuid":"u","name_label":"x","NVRAM":{}}}`)}}`,
    command: REPAIR,
    status: 0,
    says: /Of 45000 copies/,
    heap: HALF_HEAP,
  },
  {
    what: "metadata of a pool with millions of tiny values",
    file: "metadata.json",
    content: () => `{"jobId":"a","pool":{"a":[${"{},".repeat(3_200_000)}0]}}`,
    command: ANALYZE,
    status: 3,
    says: /at most 1048576 values/,
  },
];

const XML: readonly Hostile[] = [
  {
    what: "ova.xml of as many VMs as fit",
    file: "ova.xml",
    content: () => exported(times(PARSER_LIMITS.maxHeldVmRecords, machine)),
    command: REPAIR,
    status: 0,
    says: /24564 more copies/,
  },
  {
    what: "an export with such an ova.xml",
    file: "export.xva",
    content: () =>
      makeXva([
        { name: "ova.xml", bytes: Buffer.from(exported(times(PARSER_LIMITS.maxHeldVmRecords, machine))) },
      ]),
    command: REPAIR,
    status: 0,
    says: /24564 more copies/,
  },
  {
    what: "a database of as many VMs as fit",
    file: "xapi.db",
    content: () =>
      `<?xml version="1.0" encoding="UTF-8"?>\n<database><manifest><pair key="schema_major_vsn" value="5"/></manifest><table name="VM">${times(
        49_500,
        (i) =>
          `<row ref="OpaqueRef:${i}" _ref="OpaqueRef:${i}" uuid="${i}" name__label="n${i}" NVRAM="()" />`,
      )}</table></database>`,
    command: REPAIR,
    status: 0,
    says: /Of 49500 copies/,
    heap: HALF_HEAP,
  },
];

const envelope = (content: string, attributes = ""): string =>
  `<?xml version="1.0" encoding="utf-16"?><ovf:Envelope xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:xenovf="http://schemas.citrix.com/ovf/envelope/1"${attributes}>${content}</ovf:Envelope>`;
const system = (name: string, value: string): string =>
  `<ovf:VirtualSystem ovf:id="a"><ovf:Name>${name}</ovf:Name><ovf:VirtualHardwareSection><xenovf:VirtualSystemOtherConfigurationData Name="NVRAM"><xenovf:Value>EFI-variables=${value}</xenovf:Value></xenovf:VirtualSystemOtherConfigurationData></ovf:VirtualHardwareSection></ovf:VirtualSystem>`;
const LAUGHS = `<!DOCTYPE r [<!ENTITY a0 "ha">${times(30, (i) => `<!ENTITY a${i + 1} "&a${i};&a${i};">`)}]>`;

const APPLIANCES: readonly Hostile[] = [
  {
    what: "an appliance whose NVRAM has a map of 450,000 keys",
    file: "keys.ovf",
    content: () =>
      envelope(
        `<ovf:VirtualSystem xmlns:xenovf="http://schemas.citrix.com/ovf/envelope/1" ovf:id="a"><ovf:VirtualHardwareSection><xenovf:VirtualSystemOtherConfigurationData Name="NVRAM"><xenovf:Value>EFI-variables=${SMALL};${times(450_000, (i) => `k${i}=v;`)}</xenovf:Value></xenovf:VirtualSystemOtherConfigurationData></ovf:VirtualHardwareSection></ovf:VirtualSystem>`,
      ),
    command: ["inspect"],
    status: 0,
    says: /449000 more keys of the NVRAM are not shown/,
    heap: HALF_HEAP,
  },
  {
    what: "an appliance that is deep",
    file: "deep.ovf",
    content: () => envelope(`${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}`),
    command: ANALYZE,
    status: 3,
    says: /at most 64 deep/,
  },
  {
    what: "an appliance with a million attributes",
    file: "attributes.ovf",
    content: () =>
      envelope(
        "",
        times(1_000_000, (i) => ` a${i}=""`),
      ),
    command: REPAIR,
    status: 3,
    says: /at most 256 attributes/,
  },
  {
    what: "an appliance of 100 MB",
    file: "large.ovf",
    content: () => envelope(`<a>${"x".repeat(100_000_000)}</a>`),
    command: ANALYZE,
    status: 3,
    says: /up to 33554432 bytes/,
  },
  {
    what: "an appliance of as much text as fits",
    file: "text.ovf",
    content: () => envelope(`<a>${"x".repeat(16_000_000)}</a><b>${"&lt;".repeat(4_000_000)}</b>`),
    command: ANALYZE,
    status: 3,
    says: /a VM \(VirtualSystem\)/,
  },
  {
    what: "an appliance with a base64 of many megabytes",
    file: "base64.ovf",
    content: () => envelope(system("a", `VkFS${"A".repeat(24_000_000)}`)),
    command: REPAIR,
    status: 4,
    says: /not repaired/,
  },
  {
    what: "an appliance with as many VMs as fit, all of one NVRAM",
    file: "clones.ovf",
    content: () => envelope(times(13_000, (i) => system(`${i}`, SMALL))),
    command: REPAIR,
    status: 0,
    says: /12988 more copies/,
  },
  {
    what: "an appliance with a name of megabytes",
    file: "names.ovf",
    content: () => envelope(`<${"a".repeat(14_000_000)} ${"b".repeat(14_000_000)}="c"/>`),
    command: ANALYZE,
    status: 3,
    says: /a tag of at most 65536 bytes/,
  },
  {
    what: "an appliance of entities that stand for others",
    file: "laughs.ovf",
    content: () => envelope(`&a30;`).replace("?>", `?>${LAUGHS}`),
    command: ANALYZE,
    status: 3,
    says: /without a document type declaration/,
  },
  {
    what: "an appliance whose description claims to be larger than any",
    file: "large.ova",
    content: () => makeTar([{ name: "app.ovf", bytes: Buffer.from(envelope("x".repeat(40_000_000))) }]),
    command: REPAIR,
    status: 3,
    says: /up to 33554432 bytes/,
  },
  {
    what: "an appliance of a hundred thousand empty files",
    file: "files.ova",
    content: () => {
      const bytes = Buffer.from(envelope(system("a", SMALL)));
      const header = makeTar([{ name: "x.vhd", bytes: new Uint8Array(0) }]).subarray(0, 512);
      return concatBytes([
        makeTar([{ name: "app.ovf", bytes }]).subarray(0, -1024),
        ...new Array<Uint8Array>(100_000).fill(header),
        new Uint8Array(1024),
      ]);
    },
    command: ["verify"],
    status: 0,
    says: /65516 more files/,
  },
];

const LOGS: readonly Hostile[] = [
  {
    what: "a log of empty lines",
    file: "empty.log",
    content: () => `Nov  2 08:15:00 xcp-host xapi: [error||] ${"x".repeat(30)}\n${"\n".repeat(9_900_000)}`,
    command: ANALYZE,
    status: 0,
    says: /the logs have none that is known/,
  },
  {
    what: "a log of nothing but ends of the daemon",
    file: "ends.log",
    content: () =>
      times(150_000, (i) => `Nov  2 08:15:00 h varstored-${i}[${i}]: main: EXITING with error ${i}\n`),
    command: ANALYZE,
    status: 0,
    says: /the logs have none that is known/,
  },
  {
    what: "events of Windows",
    file: "events.txt",
    content: () => `Microsoft-Windows-TPM-WMI\n${times(500_000, (i) => `TPM-WMI,1795,${i % 9}\n`)}`,
    command: ANALYZE,
    status: 1,
    says: /20000 events/,
  },
  {
    what: "a list of packages",
    file: "packages.txt",
    content: () => times(250_000, (i) => `varstored-1.2.0-3.${i}.xcpng8.3.x86_64\n`),
    command: ANALYZE,
    status: 1,
    says: /faulty-varstored-installed/,
  },
  {
    what: "a log of yum",
    file: "yum.log",
    content: () => times(150_000, (i) => `Nov 02 08:15:01 Updated: varstored-1.2.0-3.${i}.xcpng8.3.x86_64\n`),
    command: ANALYZE,
    status: 1,
    says: /Faulty release/,
  },
];

/** `bzip2 < /dev/null`: the signature, the end of the blocks, and a checksum of nothing. */
const EMPTY_BZIP2: Uint8Array = Uint8Array.of(
  ...ascii("BZh9"),
  0x17,
  0x72,
  0x45,
  0x38,
  0x50,
  0x90,
  0,
  0,
  0,
  0,
);
const AUTH = buildUnsignedAuth(new Uint8Array(16), sha256List(MICROSOFT_OWNER, 200_000));

const BINARIES: readonly Hostile[] = [
  {
    what: "certificates of hundreds of thousands of hashes",
    file: "certificates.tar",
    content: () => makeXva([{ name: "KEK.auth", bytes: AUTH }]),
    command: ["corpus", "add", "--to", "certificates"],
    status: 0,
    says: /uefi-certificates: pool-certificates-unusable, auth-file-over-limit/,
  },
  {
    what: "an image of memory of the smallest records",
    file: "suspend.img",
    content: () =>
      concatBytes([
        SIGNATURE,
        XENOPS,
        LIBXC_START,
        ...new Array<Uint8Array>(1_000_000).fill(libxcRecord(1, new Uint8Array(0))),
        LIBXC_END,
        imageRecord(RECORD.end, new Uint8Array(0)),
      ]),
    command: ANALYZE,
    status: 3,
    says: /no-nvram/,
  },
  {
    what: "a TAR archive of empty files",
    file: "empty.tar",
    content: () =>
      makeXva(Array.from({ length: 19_000 }, (_, i) => ({ name: `f${i}`, bytes: new Uint8Array(0) }))),
    command: ["corpus", "add", "--to", "tar"],
    status: 0,
    says: /unrecognised/,
  },
  {
    what: "a TAR archive of dumps",
    file: "dumps.tar",
    content: () => {
      const bytes = makeBlob([makeVariable("a", Uint8Array.of(1))]);
      return makeXva(Array.from({ length: 9_000 }, (_, i) => ({ name: `f${i}.vars`, bytes })));
    },
    command: ANALYZE,
    status: 0,
    says: /9000 healthy/,
  },
  {
    what: "a ZIP archive of empty files",
    file: "empty.zip",
    content: () =>
      makeZip(Array.from({ length: 30_000 }, (_, i) => ({ name: `f${i}`, bytes: new Uint8Array(0) }))),
    command: ANALYZE,
    status: 3,
    says: /30000 files/,
    heap: HALF_HEAP,
  },
  {
    what: "gzip of empty members",
    file: "empty.xva.gz",
    content: () => Buffer.concat(new Array<Buffer>(500_000).fill(gzipSync(new Uint8Array(0)))),
    command: ANALYZE,
    status: 3,
    says: /empty-input/,
  },
  {
    what: "bzip2 of empty streams",
    file: "empty.xva.bz2",
    content: () => Buffer.concat(new Array<Uint8Array>(700_000).fill(EMPTY_BZIP2)),
    command: ANALYZE,
    status: 3,
    says: /empty-input/,
  },
  {
    what: "zstd of empty frames",
    file: "empty.xva.zst",
    content: () =>
      Buffer.concat(new Array<Uint8Array>(1_000_000).fill(zstdFrame([rawBlock(new Uint8Array(0))]))),
    command: ANALYZE,
    status: 3,
    says: /empty-input|over-limit/,
  },
];

describe.each([
  ["texts", TEXTS],
  ["XML", XML],
  ["appliances", APPLIANCES],
  ["files of hosts", LOGS],
  ["binaries", BINARIES],
])("%s of 10 MB", (_, inputs) => {
  it.each(inputs)("may be $what", ({ file, content, command, status, says, heap }) => {
    const ended: Ended = runSmall([...command, put(folder, file, content())], {
      cwd: folder,
      ...(heap === undefined ? {} : { heap }),
    });
    const told = `${ended.stdout}\n${ended.stderr}`;
    expect({ status: ended.status, told: told.slice(0, 500) }).toMatchObject({ status });
    expect(told).toMatch(says);
  });
});

describe("forecast of thousands of VMs", () => {
  it("keeps no NVRAM that nobody asked for, and reads an update once", () => {
    const input = put(folder, "many.txt", `EFI-variables: ${SMALL};\n`.repeat(8_000));
    const update = put(folder, "update.esl", sha256List(MICROSOFT_OWNER, 1100));
    const { status, stdout } = runSmall(["forecast", input, "--update", update, "--format", "ndjson"], {
      heap: HALF_HEAP,
    });
    expect(status).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(16_000);
  });
});
