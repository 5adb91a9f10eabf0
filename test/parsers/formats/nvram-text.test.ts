import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { FORMATS } from "../../../parsers/formats/index.ts";
import { nvramText } from "../../../parsers/formats/nvram-text.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import type { Dump } from "../../../parsers/model.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob, incidentBlob } from "../../builders/blob.ts";
import { base64, HEALTHY_FILES, hostArchive } from "../../builders/certificates.ts";
import { sexprMap } from "../../builders/ova-xml.ts";
import { xeListing } from "../../builders/xe-listing.ts";

const blob = healthyBlob();
const text = Buffer.from(blob).toString("base64");
const other = Buffer.from(incidentBlob(2, 1)).toString("base64");
const open = (input: string): Dump => nvramText.open(ascii(input), nodePlatform);
const wrap = (input: string, width: number): string =>
  input.replace(new RegExp(`.{${width}}(?=.)`, "g"), "$&\n");

function expectBlob(dump: Dump, oddities: readonly string[] = [], bytes: Uint8Array = blob): void {
  expect(dump.error).toBeNull();
  expect(dump.vms).toHaveLength(1);
  const nvram = dump.vms[0]?.nvram;
  expect(nvram).toMatchObject({ state: "present", base64: { inRecord: false } });
  expect(nvram?.base64?.oddities).toEqual(oddities);
  expect(Buffer.from(nvram?.daemonBytes ?? []).equals(bytes)).toBe(true);
}

const keys = (dump: Dump): Record<string, string> => Object.fromEntries(dump.vms[0]?.nvram?.otherKeys ?? []);
const ON_BOOT = { "EFI-variables-on-boot": "reset" };

const POOL = "70000000-0000-4000-8000-000000000007";
const VM = (digit: number, nvram: string) => ({
  uuid: `0000000${digit}-0000-4000-8000-00000000000${digit}`,
  "name-label": `vm${digit}`,
  platform: "device-model: qemu-upstream-uefi; secureboot: auto",
  NVRAM: `EFI-variables: ${nvram}`,
});

describe("a value that is empty", () => {
  const states = (input: string) => {
    expect(nvramText.probe(ascii(input))).toBe(true);
    return open(input).vms.map(({ uuid, nvram }) => [uuid, nvram?.state, nvram?.bytes?.length ?? null]);
  };

  it("does not take the first word of the next record", () => {
    expect(states(xeListing(VM(1, ""), VM(2, text)))).toEqual([
      [VM(1, "").uuid, "empty", null],
      [VM(2, "").uuid, "present", blob.length],
    ]);
  });

  it("is one below its command and above a prompt, too", () => {
    const command = `[root@xcp ~]# xe vm-param-get uuid=${VM(1, "").uuid} param-name=NVRAM\n`;
    expect(states("EFI-variables: \n")).toEqual([[null, "empty", null]]);
    for (const input of [`${command}EFI-variables: \n[root@xcp ~]# `, `${command}EFI-variables: \n\nThanks`])
      expect(states(input)).toEqual([[VM(1, "").uuid, "empty", null]]);
    // Prose about the key is none.
    expect(nvramText.probe(ascii("Look at the\nEFI-variables:\nthey are gone"))).toBe(false);
  });
});

describe("certificates of the pool in the same text", () => {
  const set = base64(hostArchive(HEALTHY_FILES));
  const ask = (name: string, value: string) =>
    `[root@x ~]# xe pool-param-get uuid=${POOL} param-name=${name}\n${value}\n`;
  const vms = `[root@x ~]# xe vm-list params=all\n${xeListing(VM(1, text), VM(2, text))}\n`;
  const listing = (value: string) =>
    `uuid ( RO)                     : ${POOL}\n      uefi-certificates ( RO): \n       custom-uefi-certificates ( RO): ${value}\n\n`;
  const read = (input: string) => {
    const format = FORMATS.find(({ probe }) => probe(ascii(input).subarray(0, 65_536)));
    const dump = format?.open(ascii(input), nodePlatform);
    return {
      secureBoot: dump?.vms.map(({ secureBoot }) => secureBoot),
      sets: dump?.certificates.map(({ kind, uuid, source, isActive, files }) => [
        kind,
        uuid,
        source,
        isActive,
        files.length,
      ]),
    };
  };
  const own = ["pool", POOL, "custom_uefi_certificates", true, 4];

  it("are read, and decide what auto comes to", () => {
    const both = { secureBoot: [true, true], sets: [own] };
    for (const before of [ask("custom-uefi-certificates", set), listing(set)])
      for (const input of [before + vms, vms + before, `> ${(before + vms).replaceAll("\n", "\n> ")}`])
        expect(read(input)).toEqual(both);
    expect(read(ask("uefi-certificates", set) + vms)).toEqual({
      secureBoot: [true, true],
      sets: [["pool", POOL, "uefi_certificates", null, 4]],
    });
  });

  it("decide nothing where they are not all told, and are read without any VM", () => {
    expect(read(ask("custom-uefi-certificates", "") + vms)).toEqual({ secureBoot: [null, null], sets: [] });
    expect(read(listing("") + vms)).toEqual({ secureBoot: [false, false], sets: [] });
    expect(read(ask("custom-uefi-certificates", set))).toEqual({ secureBoot: [], sets: [own] });
  });
});

describe("open", () => {
  it.each<[string, string, Record<string, string>]>([
    ["a line of xe", `EFI-variables: ${text}\n`, {}],
    ["a line without its end", `EFI-variables: ${text}`, {}],
    ["more keys after it", `EFI-variables: ${text}; EFI-variables-on-boot: reset\n`, ON_BOOT],
    ["more keys before it", `EFI-variables-on-boot: reset; EFI-variables: ${text}\r\n`, ON_BOOT],
    [
      "the label of a listing",
      `          NVRAM ( MRO): EFI-variables: ${text}; EFI-variables-on-boot: reset\n`,
      ON_BOOT,
    ],
    ["other lines around it", `uuid: 1\nEFI-variables: ${text}\nname-label: web\n`, {}],
    ["an assignment", `EFI-variables=${text}`, {}],
    ["a Python dict", `{'EFI-variables': '${text}', 'EFI-variables-on-boot': 'reset'}`, ON_BOOT],
    [
      "a Python dict in another order",
      `{'EFI-variables-on-boot': 'reset', 'EFI-variables': '${text}'}`,
      ON_BOOT,
    ],
    ["a line of JSON", `  "EFI-variables": "${text}",\n  "EFI-variables-on-boot": "reset"\n}`, ON_BOOT],
    ["a Ruby hash", `{"EFI-variables"=>"${text}"}`, {}],
    ["an s-expression", sexprMap({ "EFI-variables": text, ...ON_BOOT }), ON_BOOT],
    [
      "an attribute of xapi's database",
      sexprMap({ ...ON_BOOT, "EFI-variables": text }).replaceAll(" ", "%."),
      ON_BOOT,
    ],
    ["an s-expression within another", sexprMap({ NVRAM: sexprMap({ "EFI-variables": text }) }), {}],
    ["a value in quotes", `EFI-variables: "${text}"`, {}],
  ])("reads %s", (_, input, otherKeys) => {
    const dump = open(input);
    expectBlob(dump);
    expect(keys(dump)).toEqual(otherKeys);
    expect(nvramText.probe(ascii(input))).toBe(true);
  });

  it.each([
    ["by a terminal of 80 columns", wrap(`EFI-variables: ${text}; EFI-variables-on-boot: reset`, 80)],
    ["by a terminal of 200 columns", wrap(`EFI-variables: ${text}; EFI-variables-on-boot: reset`, 200)],
    [
      "by a mail, the key on a line of its own",
      `EFI-variables:\n${wrap(text, 76)}; EFI-variables-on-boot: reset`,
    ],
  ])("reads a value that was wrapped %s", (_, input) => {
    const dump = open(`${input}\n`);
    expectBlob(dump, ["inner-space"]);
    expect(keys(dump)).toEqual(ON_BOOT);
  });

  it("ends a wrapped value at its padding or before the next label", () => {
    const padded = Buffer.from(blob.subarray(0, blob.length - (blob.length % 3) - 1)).toString("base64");
    expect(padded.endsWith("=")).toBe(true);
    for (const input of [
      `${wrap(padded, 60)}\nRegards\n`,
      `${wrap(padded, 60)}\nSent-from-an-orchestra: yes\n`,
    ]) {
      const { vms } = open(`EFI-variables: ${input}`);
      expect(vms[0]?.nvram?.base64?.oddities).toEqual(["inner-space"]);
    }
  });

  it("keeps white space and junk inside a value as oddities", () => {
    expectBlob(open(`EFI-variables: ${text.slice(0, 100)} ${text.slice(100)}\n`), ["inner-space"]);
    const junk = open(`EFI-variables: ${wrap(`${text.slice(0, 700)}*${text.slice(700)}`, 76)}\n`);
    expect(junk.vms[0]?.nvram?.base64?.oddities).toEqual(["inner-space", "junk"]);
  });

  it("reads UTF-16, as PowerShell writes it", () => {
    const input = Buffer.from(`\ufeffEFI-variables: ${text}\r\n`, "utf16le");
    expect(nvramText.probe(input)).toBe(true);
    expectBlob(nvramText.open(new Uint8Array(input), nodePlatform));
  });

  it("reads several NVRAMs of one text", () => {
    const { vms } = open(`EFI-variables: ${text}; EFI-variables-on-boot: reset\nEFI-variables: ${other}\n`);
    expect(vms.map(({ nvram }) => [nvram?.blob?.bytes.length, nvram?.otherKeys.size])).toEqual([
      [blob.length, 1],
      [incidentBlob(2, 1).length, 0],
    ]);
    const dicts = open(`[{'EFI-variables': '${text}'}, {'EFI-variables': '${other}', 'a': 'b'}]`);
    expect(dicts.vms.map(({ nvram }) => nvram?.otherKeys.size)).toEqual([0, 1]);
  });

  it("tells empty and redacted values", () => {
    expect(open("EFI-variables: ; EFI-variables-on-boot: reset\n").vms[0]?.nvram?.state).toBe("empty");
    expect(open("EFI-variables: \n").vms[0]?.nvram?.state).toBe("empty");
    expect(open("(('EFI-variables'%.'REMOVED'))").vms[0]?.nvram?.state).toBe("redacted");
    expect(open("EFI-variables: REMOVED\n").vms[0]?.nvram?.state).toBe("redacted");
  });

  it("takes the rest of the text where a quote is never closed", () => {
    expect(open(`{'EFI-variables': '${text}`).vms[0]?.nvram?.state).toBe("present");
  });

  it("reports a text without the key", () => {
    expect(open("EFI-variables-on-boot: reset\n").error?.code).toBe("no-nvram");
  });
});

describe("probe", () => {
  it.each([
    "The EFI-variables key of the NVRAM map holds them.",
    "EFI-variables: the key under which varstored keeps its blob",
    "EFI-variables-on-boot: reset",
    "<member><name>EFI-variables</name><value>VkFSUwIAAAA</value>",
    `PK\u0003\u0004\0\0EFI-variables: VkFSUwIAAAA`,
    "",
  ])("leaves %j to others", (input) => {
    expect(nvramText.probe(ascii(input))).toBe(false);
  });
});

describe("limits and hostile text", () => {
  it("takes as many NVRAMs as the limit says, and no more", () => {
    const many = open("EFI-variables:;".repeat(PARSER_LIMITS.maxHeldVmRecords));
    expect(many.error).toBeNull();
    expect(many.vms).toHaveLength(PARSER_LIMITS.maxHeldVmRecords);
    expect(open("EFI-variables:;".repeat(PARSER_LIMITS.maxHeldVmRecords + 1)).error?.code).toBe("over-limit");
  });

  it("stays linear on crafted text", () => {
    for (const piece of [
      "EFI-variables",
      "EFI-variables: ",
      "EFI-variables:\n",
      "{'EFI-variables': '",
      "EFI-variables: AAAAAAAAAAAAAAAA\n",
      "'a'='a'",
      "'EFI-variables'",
    ]) {
      open(piece.repeat(50_000));
      nvramText.probe(ascii(piece.repeat(4000)));
    }
    open(`EFI-variables: ${" ".repeat(3_000_000)}x`);
    open(`EFI-variables: ${"A".repeat(3_000_000)}\n${"A".repeat(3_000_000)}*:`);
  });

  it("never throws on arbitrary text", () => {
    const unit = fc.constantFrom(
      "EFI-variables",
      ":",
      " ",
      "'",
      '"',
      "\n",
      ";",
      "AAAA",
      "=",
      "{",
      "}",
      "(",
      ")",
      "\\",
      "%.",
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (parts) => {
        const dump = open(parts.join(""));
        expect(dump.vms.length > 0 || dump.error !== null).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

it("takes no time for a line of blanks behind a value", () => {
  const value = "VkFSUwIAAAAMAAAAAAAAAA";
  expect(open(`EFI-variables: ${value}\n${"\t".repeat(1_000_000)}!\n`).vms).toHaveLength(1);
});
