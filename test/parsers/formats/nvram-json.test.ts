import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nvramJson } from "../../../parsers/formats/nvram-json.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import type { Dump } from "../../../parsers/model.ts";
import { encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { snapshotMetadata } from "../../builders/ova-xml.ts";

const text = Buffer.from(healthyBlob()).toString("base64");
const NVRAM = { "EFI-variables": text, "EFI-variables-on-boot": "persist" };
const VM = {
  uuid: "c5db1298-3e97-53bb-4f97-bd039ca8c217",
  name_label: "bücher",
  power_state: "Running",
  is_a_template: false,
  platform: { secureboot: "true" },
  HVM_boot_params: { firmware: "uefi" },
  VTPMs: ["OpaqueRef:9"],
  NVRAM,
};
const snapshot = {
  ...VM,
  is_a_snapshot: true,
  is_a_template: true,
  snapshot_metadata: snapshotMetadata({ uuid: VM.uuid, name_label: VM.name_label, NVRAM }),
};

const open = (input: unknown): Dump =>
  nvramJson.open(encodeUtf8(typeof input === "string" ? input : JSON.stringify(input)), nodePlatform);
const probe = (input: unknown): boolean =>
  nvramJson.probe(encodeUtf8(typeof input === "string" ? input : JSON.stringify(input)));
const sources = (dump: Dump): string[] =>
  dump.vms.map(({ source, kind, nvram }) => `${kind} ${source} ${nvram?.state}`);

describe("open", () => {
  it("reads a VM's record", () => {
    const dump = open(VM);
    expect(dump.error).toBeNull();
    expect(dump.vms).toMatchObject([
      {
        uuid: VM.uuid,
        nameLabel: "bücher",
        kind: "vm",
        source: "NVRAM",
        secureBoot: true,
        nvram: { state: "present", base64: { inRecord: true, oddities: [] } },
      },
    ]);
    expect(dump.vms[0]?.fields.get("VTPMs")).toBe("1");
    expect(dump.vms[0]?.nvram?.otherKeys.get("EFI-variables-on-boot")).toBe("persist");
  });

  it("reads the metadata of a Xen Orchestra backup, each copy by its route, and no contents of vTPMs", () => {
    const dump = open({
      jobId: "j",
      mode: "delta",
      vdis: { "OpaqueRef:1": { uuid: "v", name_label: "disk" } },
      vtpms: [
        JSON.stringify({ NVRAM: { "EFI-variables": "secret" } }),
        { NVRAM: { "EFI-variables": "secret" } },
      ],
      vm: VM,
      vmSnapshot: snapshot,
    });
    expect(sources(dump)).toEqual([
      "vm vm.NVRAM present",
      "snapshot vmSnapshot.NVRAM present",
      "snapshot vmSnapshot.snapshot_metadata.NVRAM present",
    ]);
  });

  it("reads maps of references to records, arrays of records, and counts what the host's script skips", () => {
    const records = {
      "OpaqueRef:1": VM,
      "OpaqueRef:2": { ...VM, is_control_domain: true },
      "OpaqueRef:3": { ...VM, is_default_template: true, is_a_template: true },
      "OpaqueRef:4": snapshot,
      "OpaqueRef:5": { ...VM, NVRAM: {} },
    };
    const expected = [
      "vm NVRAM present",
      "snapshot NVRAM present",
      "snapshot snapshot_metadata.NVRAM present",
      "vm NVRAM undefined",
    ];
    for (const input of [records, Object.values(records), { jsonrpc: "2.0", result: records }]) {
      const dump = open(input);
      expect(sources(dump)).toEqual(expected);
      expect(dump.skipped).toEqual({ controlDomains: 1, defaultTemplates: 1 });
      expect(dump.error).toBeNull();
    }
  });

  it("reads an NVRAM map alone, at any depth", () => {
    for (const input of [NVRAM, [NVRAM], { a: { b: [NVRAM] } }]) {
      expect(sources(open(input))).toEqual(["unknown NVRAM present"]);
    }
    expect(open({ NVRAM }).vms).toMatchObject([{ uuid: null, kind: "vm", source: "NVRAM" }]);
  });

  it("reads a record without the member NVRAM as one of which nothing is known", () => {
    const { NVRAM: _, ...bare } = VM;
    expect(open(bare)).toMatchObject({
      error: null,
      vms: [{ uuid: VM.uuid, nvram: { state: "not-in-record" } }],
    });
    expect(open({ ...bare, NVRAM: {} })).toMatchObject({ vms: [{ uuid: VM.uuid, nvram: null }] });
  });

  it("takes no host or pool of Xen Orchestra's own API for a VM", () => {
    const object = (type: string) => ({ type, uuid: VM.uuid, name_label: type, power_state: "Running" });
    expect(sources(open([object("host"), object("VM"), object("pool")]))).toEqual(["vm NVRAM not-in-record"]);
  });

  it("reads an NVRAM in the database's text form", () => {
    expect(sources(open({ ...VM, NVRAM: `(('EFI-variables' '${text}'))` }))).toEqual(["vm NVRAM present"]);
  });

  it("takes a byte order mark and UTF-16", () => {
    const json = JSON.stringify(VM);
    for (const bytes of [Buffer.from(`\ufeff${json}`), Buffer.from(`\ufeff${json}`, "utf16le")]) {
      expect(nvramJson.probe(bytes)).toBe(true);
      expect(nvramJson.open(new Uint8Array(bytes), nodePlatform).vms[0]?.nameLabel).toBe("bücher");
    }
  });

  it("reports JSON without any NVRAM", () => {
    expect(open({ a: [1, "x", null] }).error?.code).toBe("no-nvram");
  });

  it("says where JSON is malformed, in bytes", () => {
    const malformed = `{"name_label": "${"ü".repeat(50)}", x}`;
    expect(open(malformed).error).toMatchObject({ code: "bad-structure", offset: 119 });
    const utf16 = Buffer.from(`\ufeff{"a": "${"b".repeat(50)}", x}`, "utf16le");
    expect(nvramJson.open(new Uint8Array(utf16), nodePlatform).error).toMatchObject({ offset: 122 });
  });

  it("tells a cut text from a malformed one, at every byte", () => {
    const whole = encodeUtf8(JSON.stringify({ vm: { ...VM, name_label: 'a"\\b' } }));
    for (let length = 1; length < whole.length; length += length < 400 ? 1 : 97) {
      const { error, vms } = nvramJson.open(whole.subarray(0, length), nodePlatform);
      expect(error?.code).toBe("truncated");
      expect(vms).toEqual([]);
    }
  });
});

describe("probe", () => {
  it("takes JSON with a field that only VMs and their backups have", () => {
    for (const input of [VM, [VM], { "OpaqueRef:1": VM }, NVRAM, { jobId: "x", scheduleId: "y" }]) {
      expect(probe(input)).toBe(true);
    }
    expect(probe(`\n [\n [ {"NVRAM" : 1`)).toBe(true);
  });

  it("leaves other JSON and other texts alone", () => {
    for (const input of [
      { name: "package", version: "1" },
      [1, 2],
      "NVRAM",
      '{ NVRAM: "x" }',
      "{'NVRAM': 1}",
      "",
    ]) {
      expect(probe(input)).toBe(false);
    }
  });
});

describe("limits and hostile JSON", () => {
  const nested = (depth: number): string => `${"[".repeat(depth - 1)}{"NVRAM":null}${"]".repeat(depth - 1)}`;

  it("takes JSON as deep as the limit, and none deeper", () => {
    expect(open(nested(PARSER_LIMITS.maxJsonDepth)).error?.code).toBe("no-nvram");
    const over = open(nested(PARSER_LIMITS.maxJsonDepth + 1));
    expect(over.error).toMatchObject({ code: "over-limit", offset: PARSER_LIMITS.maxJsonDepth });
    expect(open("[".repeat(100_000)).error?.code).toBe("over-limit");
    expect(open(`"${"[".repeat(1000)}"`).error?.code).toBe("no-nvram");
  });

  it("takes as many records as the limit says, and no more", () => {
    const records = (count: number): string => `[${'{"NVRAM":{}},'.repeat(count - 1)}{"NVRAM":{}}]`;
    expect(open(records(PARSER_LIMITS.maxHeldVmRecords)).error).toBeNull();
    expect(open(records(PARSER_LIMITS.maxHeldVmRecords + 1)).error?.code).toBe("over-limit");
  });

  it("takes as many values as the limit says, and no more, empty objects and arrays among them", () => {
    const { maxJsonValues } = PARSER_LIMITS;
    const values = (count: number): string => `["a,b"${",1".repeat(count - 1)}]`;
    const nested = (count: number): string =>
      `[${"[".repeat(99)}${"]".repeat(99)}${",{}".repeat((count - 100) / 2)}]`;
    // What is opened counts as well as the commas: the outer array is one of them.
    expect(open(values(maxJsonValues)).error?.code).toBe("no-nvram");
    expect(open(values(maxJsonValues + 1)).error?.code).toBe("over-limit");
    expect(open(nested(maxJsonValues)).error?.code).toBe("no-nvram");
    expect(open(nested(maxJsonValues + 2)).error?.code).toBe("over-limit");
  });

  it("takes objects of as many members as the limit says, and no more; arrays may have more", () => {
    const { maxJsonMembers } = PARSER_LIMITS;
    const members = (count: number): string =>
      `[{"NVRAM":{}},{${Array.from({ length: count }, (_, i) => `"${i}":[0,0]`).join(",")}}]`;
    expect(open(members(maxJsonMembers)).error).toBeNull();
    expect(open(members(maxJsonMembers + 1)).error).toMatchObject({
      code: "over-limit",
      expected: `at most ${maxJsonMembers} members in an object`,
    });
    expect(open(`[{"NVRAM":{}}${",0".repeat(maxJsonMembers + 1)}]`).error).toBeNull();
  });

  it("refuses a text that is too long before it reads it", () => {
    const { error } = nvramJson.open(new Uint8Array(PARSER_LIMITS.maxJsonBytes + 1), nodePlatform);
    expect(error?.code).toBe("over-limit");
  });

  it("gives a dump for any JSON, and for any text", () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const record = fc.dictionary(
      fc.constantFrom(
        "NVRAM",
        "EFI-variables",
        "vm",
        "uuid",
        "platform",
        "snapshot_metadata",
        "is_a_template",
        "__proto__",
      ),
      value,
    );
    fc.assert(
      fc.property(fc.oneof(record, fc.array(record), value), (input) => void open(input)),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.string(), (input) => void open(`{"NVRAM":${input}`)));
  });
});
