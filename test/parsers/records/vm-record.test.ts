import { describe, expect, it } from "vitest";
import { type RecordValue, readVmRecord, type VmRecordReading } from "../../../parsers/records/vm-record.ts";
import { encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { sexprMap, snapshotMetadata } from "../../builders/ova-xml.ts";

const TEXT = Buffer.from(healthyBlob()).toString("base64");
const NVRAM = new Map<string, RecordValue>([["EFI-variables", TEXT]]);
const VM = { uuid: "c5db1298-3e97-53bb-4f97-bd039ca8c217", name_label: "web", NVRAM };

const map = (entries: Record<string, RecordValue>): ReadonlyMap<string, RecordValue> =>
  new Map(Object.entries(entries));
const read = (entries: Record<string, RecordValue>, prefix = ""): VmRecordReading =>
  readVmRecord(map(entries), prefix, nodePlatform);

describe("readVmRecord", () => {
  it("reads identity, settings and NVRAM of a record", () => {
    const { sources, skipped } = read({
      ...VM,
      power_state: "Halted",
      domain_type: "hvm",
      secureboot_certificates_state: "ok",
      is_a_template: false,
      snapshot_of: "OpaqueRef:NULL",
      guest_metrics: "OpaqueRef:1",
      HVM_boot_params: map({ firmware: "uefi", order: "cd" }),
      platform: map({ secureboot: "true", "device-model": "qemu-upstream-uefi" }),
      other_config: map({ base_template_name: "Debian", "xo:copy_of": "x" }),
      VTPMs: ["OpaqueRef:2"],
      NVRAM: map({ "EFI-variables": TEXT, "EFI-variables-on-boot": "reset" }),
    });
    expect(skipped).toBeNull();
    expect(sources).toHaveLength(1);
    expect(sources[0]).toMatchObject({
      uuid: VM.uuid,
      nameLabel: "web",
      kind: "vm",
      source: "NVRAM",
      secureBoot: true,
      nvram: { state: "present", base64: { inRecord: true } },
    });
    expect(Object.fromEntries(sources[0]?.fields ?? [])).toEqual({
      power_state: "Halted",
      domain_type: "hvm",
      guest_metrics: "OpaqueRef:1",
      secureboot_certificates_state: "ok",
      snapshot_of: "OpaqueRef:NULL",
      is_a_template: "false",
      "HVM_boot_params:firmware": "uefi",
      "HVM_boot_params:order": "cd",
      "other_config:base_template_name": "Debian",
      "NVRAM:EFI-variables-on-boot": "reset",
      "platform:secureboot": "true",
      "platform:device-model": "qemu-upstream-uefi",
      VTPMs: "1",
    });
  });

  it("takes texts that are kept as bytes", () => {
    const [source] = read({
      ...VM,
      name_label: encodeUtf8("büro"),
      NVRAM: map({ "EFI-variables": encodeUtf8(TEXT) }),
    }).sources;
    expect(source).toMatchObject({ nameLabel: "büro", nvram: { state: "present" } });
  });

  it("tells an empty map from a record that carries none, and shows one without names too", () => {
    expect(read({ uuid: "", NVRAM: map({}) }).sources).toMatchObject([
      { uuid: null, nameLabel: null, nvram: null },
    ]);
    expect(read({}).sources).toMatchObject([
      { kind: "vm", firmware: null, secureBoot: null, nvram: { state: "not-in-record", daemonBytes: null } },
    ]);
  });

  it.each<[Record<string, RecordValue>, string | null]>([
    [{}, null],
    [{ HVM_boot_params: map({}) }, "bios"],
    [{ HVM_boot_params: map({ firmware: "bios" }) }, "bios"],
    [{ HVM_boot_params: map({ firmware: "uefi" }) }, "uefi"],
    [{ HVM_boot_params: map({ firmware: "UEFI" }) }, null],
    [{ HVM_boot_params: "(('firmware' 'uefi'))" }, "uefi"],
    [{ HVM_boot_params: map({ firmware: "uefi" }), domain_type: "hvm", HVM_boot_policy: "" }, "uefi"],
    [{ HVM_boot_params: map({}), domain_type: "pv" }, null],
    [{ HVM_boot_params: map({}), domain_type: "unspecified", HVM_boot_policy: "" }, null],
    [{ HVM_boot_params: map({}), HVM_boot_policy: "BIOS order" }, "bios"],
    [{ type: "VM", boot: map({ firmware: "uefi" }) }, "uefi"],
    [{ type: "VM", boot: map({ order: "cd" }) }, "bios"],
    [{ boot: map({ firmware: "uefi" }) }, null],
  ])("reads the firmware of %o: %s", (record, firmware) => {
    expect(read(record).sources[0]?.firmware).toBe(firmware);
  });

  it("says of a VM that boots by BIOS that Secure Boot is off, whatever it asks for", () => {
    const platform = map({ secureboot: "true" });
    const secureBootOf = (firmware: string) =>
      read({ platform, HVM_boot_params: map({ firmware }) }).sources[0]?.secureBoot;
    expect(["bios", "uefi"].map(secureBootOf)).toEqual([false, true]);
  });

  it("takes objects of Xen Orchestra's own API for what they are", () => {
    const kindOf = (type: string) => read({ type, secureBoot: false }).sources[0]?.kind;
    expect(["VM", "VM-snapshot", "VM-template"].map(kindOf)).toEqual(["vm", "snapshot", "template"]);
    expect(read({ type: "VM-controller" })).toEqual({ sources: [], skipped: "controlDomains" });
    expect(read({ type: "VM-template", isDefaultTemplate: true }).skipped).toBe("defaultTemplates");
    // It says false of `auto`, too.
    expect(
      [true, false].map((secureBoot) => read({ type: "VM", secureBoot }).sources[0]?.secureBoot),
    ).toEqual([true, null]);
  });

  it.each<[RecordValue, boolean | null]>([
    [map({ secureboot: "true" }), true],
    [map({ secureboot: "True" }), false],
    [map({ secureboot: "1" }), false],
    [map({ secureboot: "auto" }), null],
    [map({ secureboot: "Auto" }), false],
    [map({}), false],
    [null, null],
  ])("reads Secure Boot from platform %o as varstored does: %s", (platform, secureBoot) => {
    expect(read({ ...VM, platform }).sources[0]?.secureBoot).toBe(secureBoot);
  });

  it.each<[string, Record<string, RecordValue>]>([
    ["true", { is_control_domain: true }],
    ["1", { is_control_domain: 1 }],
    ["the text 1", { is_control_domain: encodeUtf8("1") }],
    ["the text true", { is_control_domain: "true" }],
  ])("skips a control domain whose flag is %s", (_, flag) => {
    expect(read({ ...VM, ...flag })).toEqual({ sources: [], skipped: "controlDomains" });
  });

  it("skips default templates by the field and by the key of older hosts", () => {
    expect(read({ ...VM, is_default_template: true }).skipped).toBe("defaultTemplates");
    expect(read({ ...VM, other_config: map({ default_template: "true" }) }).skipped).toBe("defaultTemplates");
    expect(read({ ...VM, other_config: map({ default_template: "false" }) }).skipped).toBeNull();
  });

  it.each<[string, Record<string, RecordValue>]>([
    ["vm", { is_a_template: false, is_a_snapshot: "0" }],
    ["template", { is_a_template: "1", snapshot_metadata: "" }],
    ["snapshot", { is_a_snapshot: true, is_a_template: true }],
    ["snapshot", { is_a_template: true, snapshot_metadata: "(('uuid' 'x'))" }],
  ])("calls a record %s for %o", (kind, flags) => {
    expect(read({ ...VM, ...flags }).sources.map((source) => source.kind)).toEqual([kind]);
  });
});

describe("the copy in snapshot_metadata", () => {
  const metadata = snapshotMetadata({
    uuid: "other",
    name_label: "web at noon",
    NVRAM: { "EFI-variables": TEXT, "EFI-variables-on-boot": "persist" },
    platform: { secureboot: "false" },
  });

  it("is a source of its own, with the record's identity and its own settings", () => {
    const { sources } = read(
      { ...VM, is_a_template: true, snapshot_metadata: metadata, platform: map({}) },
      "vm.",
    );
    expect(sources).toHaveLength(2);
    expect(sources[1]).toMatchObject({
      uuid: VM.uuid,
      nameLabel: "web",
      kind: "snapshot",
      source: "vm.snapshot_metadata.NVRAM",
      secureBoot: false,
      nvram: { state: "present", base64: { inRecord: true, oddities: [] } },
    });
    expect(sources[0]?.source).toBe("vm.NVRAM");
    expect(Object.fromEntries(sources[1]?.fields ?? [])).toMatchObject({
      power_state: "Running",
      "HVM_boot_params:firmware": "uefi",
      "platform:secureboot": "false",
      "NVRAM:EFI-variables-on-boot": "persist",
      VTPMs: "0",
    });
    expect(sources[1]?.fields.has("platform:device-model")).toBe(false);
  });

  it("keeps references that tell where a record comes from, unless they refer to nothing", () => {
    const fieldsOf = (entries: Record<string, RecordValue>) => read({ ...VM, ...entries }).sources[0]?.fields;
    const fields = fieldsOf({ _ref: "OpaqueRef:1", parent: encodeUtf8("OpaqueRef:2") });
    expect([fields?.get("_ref"), fields?.get("parent")]).toEqual(["OpaqueRef:1", "OpaqueRef:2"]);
    expect(fieldsOf({ parent: "OpaqueRef:NULL" })?.has("parent")).toBe(false);
  });

  it("tells a redacted copy", () => {
    const redacted = metadata.replace(TEXT, "REMOVED");
    const { sources } = read({ ...VM, snapshot_metadata: redacted });
    expect(sources.map((source) => source.nvram?.state)).toEqual(["present", "redacted"]);
  });

  it("is no source where the metadata holds no EFI variables", () => {
    for (const text of ["", "(('uuid' 'x'))", sexprMap({ NVRAM: "()" }), "no s-expression"]) {
      expect(read({ ...VM, snapshot_metadata: text }).sources).toHaveLength(1);
    }
  });

  it("is unreadable where the text around its EFI variables is broken", () => {
    const broken = [metadata.slice(0, -10), sexprMap({ NVRAM: "(('EFI-variables' 'Vk" })];
    for (const text of broken) {
      const [, copy] = read({ ...VM, snapshot_metadata: text }).sources;
      expect(copy).toMatchObject({
        source: "snapshot_metadata.NVRAM",
        nvram: { state: "unreadable", blob: null },
      });
    }
  });
});
