import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { char16Bytes } from "../../../parsers/efi/char16.ts";
import { FORMATS } from "../../../parsers/formats/index.ts";
import { xapiDb } from "../../../parsers/formats/xapi-db.ts";
import type { Dump, FormatId, VmSource } from "../../../parsers/model.ts";
import { uefiJson } from "../../../parsers/nvram/uefi-json.ts";
import { openBlob } from "../../../parsers/nvram/varstored-blob.ts";
import { redactDocument } from "../../../parsers/redact/index.ts";
import { encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { caseRepairs, placedElement } from "../../../report/corpus/expectation.ts";
import { isSameJudgement } from "../../../report/corpus/same-judgement.ts";
import { vmReport } from "../../../report/vm.ts";
import { analyzeVms } from "../../../rules/engine/analyze.ts";
import { RULES } from "../../../rules/index.ts";
import { mutatedBlob } from "../../arbitraries.ts";
import { makeBlob, makeVariable } from "../../builders/blob.ts";
import { deviceNode, END_OF_PATH, makeLoadOption } from "../../builders/load-option.ts";
import { makeOvf } from "../../builders/ovf.ts";
import {
  found,
  OWNER,
  type Owner,
  ownedBlob,
  ownedDatabase,
  ownedJson,
  ownedOvaXml,
} from "../../builders/redactable.ts";
import { SECRET } from "../../builders/xapi-db.ts";
import { testKnowledge } from "../../knowledge.ts";

const KEY = new Uint8Array(32).fill(7);
const SETTINGS = { platform: nodePlatform, asOf: "2026-11-22", rules: RULES, knowledge: testKnowledge };
const base64 = (bytes: Uint8Array): Uint8Array => ascii(Buffer.from(bytes).toString("base64"));
const ownedOvf = (owner: Owner): Uint8Array =>
  makeOvf([
    { name: `${owner.name} ${owner.uuid}`, nvram: ownedBlob(owner), otherKeys: `;note=${owner.name}` },
  ]);
const wrapped = (text: Uint8Array): Uint8Array =>
  ascii(Buffer.from(text).toString().replace(/.{76}/g, "$&\r\n"));

/** A text that says whose it is, as a mail carries it. */
const attachmentOf = ({ description, host }: Owner): string =>
  Buffer.from(`${description} at ${host}`).toString("base64");

const INPUTS: readonly (readonly [name: string, format: FormatId, make: (owner: Owner) => Uint8Array])[] = [
  ["a blob", "vars", ownedBlob],
  ["base64 on one line", "efivars-b64", (owner) => base64(ownedBlob(owner))],
  ["wrapped base64", "efivars-b64", (owner) => wrapped(base64(ownedBlob(owner)))],
  [
    "base64 in UTF-16",
    "efivars-b64",
    (owner) => new Uint8Array(Buffer.from(`\ufeff${Buffer.from(base64(ownedBlob(owner)))}`, "utf16le")),
  ],
  [
    "NVRAM as xe prints it",
    "nvram-text",
    (owner) =>
      encodeUtf8(
        `name-label ( RW): ${owner.name}\nNVRAM (MRW): EFI-variables: ${Buffer.from(base64(ownedBlob(owner)))}; EFI-variables-backend: xapidb\nuuid ( RO): ${owner.uuid}\n`,
      ),
  ],
  [
    "a mail that somebody pasted, with an attachment of something else",
    "nvram-text",
    (owner) =>
      encodeUtf8(
        [
          `> On Monday ${owner.name} <${owner.host}@mail.${owner.host}.example> wrote:`,
          `> [root@${owner.host} ~]# xe vm-list params=uuid,name-label,NVRAM   # from ${owner.ip}`,
          `> uuid ( RO)          : ${owner.uuid}`,
          `>      name-label ( RW): ${owner.name}`,
          `>      NVRAM (MRW): EFI-variables: ${Buffer.from(base64(ownedBlob(owner)))}`,
          ">",
          `> -- ${owner.description}`,
          "> Content-Transfer-Encoding: base64",
          `> ${attachmentOf(owner)}`,
          "",
        ].join("\r\n"),
      ),
  ],
  ["JSON", "nvram-json", (owner) => encodeUtf8(ownedJson(owner))],
  [
    "JSON with escapes",
    "nvram-json",
    (owner) =>
      ascii(
        ownedJson(owner).replace(
          /[^\x00-\x7f]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
        ),
      ),
  ],
  ["ova.xml", "ova-xml", ownedOvaXml],
  ["a database", "xapi-db", ownedDatabase],
  ["the description of an appliance", "ovf", ownedOvf],
  [
    "the description of an appliance in UTF-16",
    "ovf",
    (owner) => new Uint8Array(Buffer.from(`\ufeff${Buffer.from(ownedOvf(owner))}`, "utf16le")),
  ],
];

function open(format: FormatId, bytes: Uint8Array): Pick<Dump, "vms"> {
  if (format !== "xapi-db") {
    const reader = FORMATS.find(({ id }) => id === format);
    expect(reader?.probe(bytes.subarray(0, 65_536)), "it is no longer recognised").toBe(true);
    return reader?.open(bytes, nodePlatform) ?? { vms: [] };
  }
  expect(xapiDb.probe(bytes)).toBe(true);
  const vms: VmSource[] = [];
  const reader = xapiDb.reader(nodePlatform, (copies) => vms.push(...copies));
  reader.feed(bytes);
  reader.end();
  return { vms };
}

function judge({ vms }: Pick<Dump, "vms">) {
  const reports = analyzeVms(vms, RULES, SETTINGS).map((analysis, i) =>
    vmReport(analysis, i, SETTINGS.platform),
  );
  const report = { format: null, error: null, findings: [], vms: reports };
  return [
    placedElement(
      "",
      report,
      vms.map((vm) => caseRepairs(vm, SETTINGS)),
    ),
  ];
}

/** The document and everything that is decoded from it. */
function layers(bytes: Uint8Array, { vms }: Pick<Dump, "vms">): Uint8Array[] {
  return [bytes, ...vms.flatMap(({ nvram }) => (nvram?.bytes == null ? [] : [nvram.bytes]))];
}

function expectRedacted(format: FormatId, before: Uint8Array, owner: Owner): void {
  const original = open(format, before);
  expect(original.vms.length).toBeGreaterThan(0);
  const after = redactDocument(before, format, nodePlatform, KEY);
  expect(after.length).toBe(before.length);
  const redacted = open(format, after);
  for (const layer of layers(after, redacted)) expect(found(layer, owner)).toEqual([]);
  expect(Buffer.from(after).toString("latin1")).not.toContain(attachmentOf(owner));
  expect(isSameJudgement(judge(original), judge(redacted))).toBe(true);
  expect(judge(original)[0]?.vms.flatMap(({ findings }) => findings).length).toBeGreaterThan(0);
}

describe("what is redacted", () => {
  it.each(INPUTS)(
    "%s has no trace of its owner, the same length and the same verdict",
    (_name, format, make) => {
      const before = make(OWNER);
      const seen = layers(before, open(format, before)).flatMap((layer) => found(layer, OWNER));
      expect(seen.length, "the search finds nothing in the original either").toBeGreaterThan(3);
      expectRedacted(format, before, OWNER);
    },
  );

  it("holds no secret of a vTPM, a secret or a session", () => {
    const after = redactDocument(ownedDatabase(OWNER), "xapi-db", nodePlatform, KEY);
    expect(Buffer.from(after).includes(SECRET)).toBe(false);
  });

  it("has the same replacement for the same original, in every form of it", () => {
    const after = Buffer.from(redactDocument(ownedOvaXml(OWNER), "ova-xml", nodePlatform, KEY)).toString();
    const uuids = [...after.matchAll(/<name>uuid<\/name><value>([^<]*)</g)].map(([, uuid]) => uuid ?? "");
    expect(new Set(uuids.map((uuid) => uuid.toLowerCase())).size).toBe(1);
    const [seed] = /<name>mac_seed<\/name><value>([^<]*)</.exec(after)?.slice(1) ?? [];
    expect(seed).toBe(uuids[0]);
    const [mac = ""] = /<name>MAC<\/name><value>([^<]*)</.exec(after)?.slice(1) ?? [];
    const { vms } = open("ova-xml", Buffer.from(after));
    const names = vms[0]?.nvram?.blob?.variables.map(({ name }) => name);
    expect(names).toContain(mac.replaceAll(":", ""));
  });

  it.each([
    ["a USB device by its serial number", 3, 16, Uint8Array.of(0, 0, 0x81, 7, 0x81, 0x55)],
    ["a PCI device with more than its two bytes", 1, 1, Uint8Array.of(0, 3)],
    ["a SATA device with more than its six bytes", 3, 18, new Uint8Array(6)],
    ["a partition with more than its 38 bytes", 4, 1, new Uint8Array(38)],
    ["a network interface with more than its 33 bytes", 3, 11, new Uint8Array(33)],
  ])("holds no text of %s, in a device path", (_name, type, subType, head) => {
    const node = deviceNode(type, subType, concatBytes([head, char16Bytes(OWNER.host)]));
    const entry = makeLoadOption({ description: "x", path: concatBytes([node, END_OF_PATH]) });
    const before = makeBlob([makeVariable("Boot0001", entry)]);
    expect(found(before, OWNER)).toEqual([OWNER.host]);
    const after = redactDocument(before, "vars", nodePlatform, KEY);
    expect(found(after, OWNER)).toEqual([]);
    const at = Buffer.from(before).indexOf(node);
    expect(after.subarray(at, at + 4)).toEqual(node.subarray(0, 4));
  });

  it("cannot be undone with another key", () => {
    const before = ownedOvaXml(OWNER);
    const one = redactDocument(before, "ova-xml", nodePlatform, KEY);
    expect(redactDocument(before, "ova-xml", nodePlatform, KEY)).toEqual(one);
    expect(
      redactDocument(
        before,
        "ova-xml",
        nodePlatform,
        KEY.map((byte) => byte + 1),
      ),
    ).not.toEqual(one);
  });

  it("keeps keys, hashes, sizes, attributes and times", () => {
    const before = open("vars", ownedBlob(OWNER)).vms[0]?.nvram?.blob?.variables ?? [];
    const after =
      open("vars", redactDocument(ownedBlob(OWNER), "vars", nodePlatform, KEY)).vms[0]?.nvram?.blob
        ?.variables ?? [];
    const kept = (all: typeof before) =>
      all.map(({ span, vendorGuid, attributes, timestamp, certDigest }) => ({
        span,
        vendorGuid,
        attributes,
        timestamp,
        certDigest,
      }));
    expect(kept(after)).toEqual(kept(before));
    for (const name of ["PK", "KEK", "db", "dbx", "BootOrder"])
      expect(after.find((one) => one.name === name)?.data).toEqual(
        before.find((one) => one.name === name)?.data,
      );
  });

  it.each([
    [
      "a reference in place of a letter",
      "ova-xml",
      "<value>&#70;ileserver</value>",
      "a reference in place of a letter",
    ],
    ["junk in base64", "nvram-json", '{"NVRAM":{"EFI-variables":"VkFS*AAAA"}}', "an NVRAM in base64"],
    ["a format without names", "uefi-certificates", "AAAA", "a format that can be redacted"],
  ] as const)("%s is refused in plain words", (_name, format, text, message) => {
    expect(() => redactDocument(ascii(text), format, nodePlatform, KEY)).toThrow(message);
  });
});

describe("any dump", () => {
  const word = fc.string({
    unit: fc.constantFrom(..."abcdefghiklmnoprstuvwxyzäß東"),
    minLength: 7,
    maxLength: 20,
  });
  const hex = (length: number) =>
    fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
  const uuid = hex(32).map((text) => text.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"));
  const owner: fc.Arbitrary<Owner> = fc.record({
    name: fc.tuple(word, word).map((words) => words.join(" ")),
    description: word,
    uuid,
    partition: uuid,
    mac: hex(12).filter((mac) => !/^0+$/.test(mac)),
    path: word.map((text) => `\\EFI\\${text}\\${text}64.efi`),
    host: word.map((text) => `host-${text}`),
    ip: fc
      .tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 100, max: 255 })))
      .map((parts) => parts.join(".")),
  });

  it("leaves nothing of its owner and is judged as before", () => {
    fc.assert(
      fc.property(owner, fc.constantFrom(...INPUTS), (one, [, format, make]) =>
        expectRedacted(format, make(one), one),
      ),
      { numRuns: 30 },
    );
  });

  it("as JSON of its variables leaves nothing of its owner and is judged as before", () => {
    fc.assert(
      fc.property(owner, (one) => {
        const before = encodeUtf8(JSON.stringify(uefiJson(openBlob(ownedBlob(one)).variables)));
        const after = redactDocument(before, "uefi-json", nodePlatform, KEY);
        const [original, redacted] = [open("uefi-json", before), open("uefi-json", after)];
        expect(found(ownedBlob(one), one).length).toBeGreaterThan(3);
        for (const layer of layers(after, redacted)) expect(found(layer, one)).toEqual([]);
        const held = JSON.parse(Buffer.from(after).toString()) as { variables: { data: string }[] };
        for (const { data } of held.variables) expect(found(Buffer.from(data, "hex"), one)).toEqual([]);
        expect(isSameJudgement(judge(original), judge(redacted))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it("that is damaged keeps its length and its verdict, and no byte stops the redaction", () => {
    fc.assert(
      fc.property(mutatedBlob, (blob) => {
        const after = redactDocument(blob, "vars", nodePlatform, KEY);
        expect(after.length).toBe(blob.length);
        const [reader] = FORMATS;
        if (reader === undefined || !reader.probe(blob)) return;
        const verdicts = [blob, after].map((bytes) =>
          judge(reader.open(bytes, nodePlatform))[0]?.vms.map(({ loads, refusal }) => [loads, refusal]),
        );
        expect(verdicts[1]).toEqual(verdicts[0]);
      }),
      { numRuns: 60 },
    );
  });

  it("of a hundred thousand tags takes a time that grows with its length", () => {
    const parts = [
      ["xapi-db", "<a>"],
      ["ova-xml", "<name>"],
      ["ova-xml", '<a b="'],
      ["xapi-db", "<!-- "],
    ] as const;
    for (const [format, part] of parts) {
      // What takes the square of its length never ends.
      expect(() => redactDocument(ascii(part.repeat(100_000)), format, nodePlatform, KEY)).not.toThrow();
    }
  });

  it("of random bytes throws nothing but ParseError", () => {
    const text = fc.string({
      unit: fc.constantFrom(..."<>/&#;'\"=\\u{}[]:,()valuestructmemberNVRAM "),
      maxLength: 300,
    });
    fc.assert(
      fc.property(
        text,
        fc.constantFrom<FormatId>("ova-xml", "xapi-db", "nvram-json", "nvram-text"),
        (content, format) => {
          try {
            const before = encodeUtf8(content);
            expect(redactDocument(before, format, nodePlatform, KEY).length).toBe(before.length);
          } catch (error) {
            expect(error).toMatchObject({ name: "ParseError" });
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
