import { describe, expect, it } from "vitest";
import { ovaXml } from "../../../parsers/formats/ova-xml.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import type { Dump } from "../../../parsers/model.ts";
import { decodeUtf8, encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob, incidentBlob } from "../../builders/blob.ts";
import { makeOvaXml, snapshotMetadata, vmObject, vtpmObject } from "../../builders/ova-xml.ts";

const blob = healthyBlob();
const text = Buffer.from(blob).toString("base64");
const affected = Buffer.from(incidentBlob(3, 2)).toString("base64");
const UUID = "c5db1298-3e97-53bb-4f97-bd039ca8c217";

const open = (input: string | Uint8Array): Dump =>
  ovaXml.open(typeof input === "string" ? encodeUtf8(input) : input, nodePlatform);
const probe = (input: string): boolean => ovaXml.probe(encodeUtf8(input));
const sources = (dump: Dump): string[] =>
  dump.vms.map(
    ({ nameLabel, kind, source, nvram }) => `${nameLabel} ${kind} ${source} ${nvram?.state ?? "none"}`,
  );

describe("open", () => {
  it("reads a VM of a full export", () => {
    const vm = vmObject("Ref:7", {
      uuid: UUID,
      name_label: 'win <11> & "co" büro',
      NVRAM: { "EFI-variables": text, "EFI-variables-on-boot": "persist" },
      other_config: { base_template_name: "Windows <11>", "a<b & c": "<x>" },
      VTPMs: ["Ref:8"],
    });
    const dump = open(makeOvaXml([vm, vtpmObject("Ref:8", "Ref:7", "c2VjcmV0")]));
    expect(dump).toMatchObject({
      format: "ova-xml",
      error: null,
      skipped: { controlDomains: 0, defaultTemplates: 0 },
    });
    expect(dump.vms).toMatchObject([
      { uuid: UUID, nameLabel: 'win <11> & "co" büro', kind: "vm", source: "NVRAM", secureBoot: true },
    ]);
    const [source] = dump.vms;
    expect(source?.nvram).toMatchObject({ state: "present", base64: { inRecord: true, oddities: [] } });
    expect(Buffer.from(source?.nvram?.daemonBytes ?? []).equals(blob)).toBe(true);
    expect(Object.fromEntries(source?.fields ?? [])).toMatchObject({
      power_state: "Halted",
      domain_type: "hvm",
      is_a_template: "false",
      "HVM_boot_params:firmware": "uefi",
      "other_config:base_template_name": "Windows <11>",
      "NVRAM:EFI-variables-on-boot": "persist",
      VTPMs: "1",
    });
    expect([...(source?.fields.values() ?? [])].join()).not.toContain("c2VjcmV0");
  });

  it("reads every VM of a metadata export: snapshots with both copies, templates, and what it skips", () => {
    const vm = { uuid: UUID, name_label: "vm", NVRAM: { "EFI-variables": text } };
    const original = { ...vm, name_label: "before", NVRAM: { "EFI-variables": affected } };
    const dump = open(
      makeOvaXml([
        vmObject("Ref:0", { uuid: "d", name_label: "dom0", is_control_domain: true }),
        vmObject("Ref:1", vm),
        vmObject("Ref:2", {
          ...vm,
          name_label: "snap",
          is_a_snapshot: true,
          is_a_template: true,
          snapshot_metadata: snapshotMetadata(original),
        }),
        vmObject("Ref:3", {
          ...vm,
          name_label: "exported",
          is_a_template: true,
          snapshot_metadata: snapshotMetadata(original),
        }),
        vmObject("Ref:4", { ...vm, name_label: "gold", is_a_template: true }),
        vmObject("Ref:5", {
          uuid: "t",
          name_label: "Debian",
          is_a_template: true,
          is_default_template: true,
        }),
        vmObject("Ref:6", { uuid: "b", name_label: "bios", HVM_boot_params: { order: "cd" } }),
      ]),
    );
    expect(sources(dump)).toEqual([
      "vm vm NVRAM present",
      "snap snapshot NVRAM present",
      "snap snapshot snapshot_metadata.NVRAM present",
      "exported snapshot NVRAM present",
      "exported snapshot snapshot_metadata.NVRAM present",
      "gold template NVRAM present",
      "bios vm NVRAM none",
    ]);
    expect(dump.skipped).toEqual({ controlDomains: 1, defaultTemplates: 1 });
    expect(dump.vms[1]?.nvram?.bytes?.length).toBe(blob.length);
    expect(dump.vms[2]?.nvram?.bytes?.length).toBe(incidentBlob(3, 2).length);
  });

  it("gives the daemon's reading of a value that was wrapped in the XML", () => {
    const wrapped = text.replace(/.{76}/g, "$&\n");
    const dump = open(
      makeOvaXml([vmObject("Ref:1", { uuid: UUID, name_label: "", NVRAM: { "EFI-variables": wrapped } })]),
    );
    expect(dump.vms[0]?.nvram).toMatchObject({ state: "present", base64: { oddities: ["inner-space"] } });
    expect(dump.vms[0]?.nvram?.daemonBytes).toHaveLength(0);
  });

  it("keeps the VMs before a cut beside the error", () => {
    const document = makeOvaXml(
      ["one", "two"].map((name, i) =>
        vmObject(`Ref:${i}`, { uuid: UUID, name_label: name, NVRAM: { "EFI-variables": text } }),
      ),
    );
    const dump = open(document.subarray(0, decodeUtf8(document).lastIndexOf("EFI-variables") + 500));
    expect(dump.vms.map(({ nameLabel }) => nameLabel)).toEqual(["one"]);
    expect(dump.error).toMatchObject({ code: "truncated" });
    expect(dump.error?.offset).toBeGreaterThan(0);
  });

  it("reports an export without a VM, and the format from before 2007", () => {
    expect(open(makeOvaXml([])).error?.code).toBe("no-nvram");
    const old = open('<?xml version="1.0"?><appliance version="0.1"><vm name="x"></vm></appliance>');
    expect(old.error).toMatchObject({ code: "no-nvram" });
    expect(old.error?.message).toContain("2007");
  });

  it("refuses a document type declaration", () => {
    const dtd = '<?xml version="1.0"?><!DOCTYPE value [<!ENTITY a "b">]>';
    expect(open(dtd + decodeUtf8(makeOvaXml([]))).error).toMatchObject({ code: "dtd-refused", offset: 21 });
    expect(probe(dtd)).toBe(true);
  });

  it("refuses more VMs than the limit, and a document that is too long", () => {
    const vm =
      "<value><struct><member><name>class</name><value>VM</value></member><member><name>snapshot</name><value><struct/></value></member></struct></value>";
    const many = (count: number): string => {
      const objects = `<value><array><data>${vm.replace("<struct/>", "<struct></struct>").repeat(count)}</data></array></value>`;
      return `<value><struct><member><name>objects</name>${objects}</member></struct></value>`;
    };
    expect(open(many(PARSER_LIMITS.maxHeldVmRecords))).toMatchObject({ error: null });
    expect(open(many(PARSER_LIMITS.maxHeldVmRecords + 1)).error?.code).toBe("over-limit");
    expect(open(new Uint8Array(PARSER_LIMITS.maxOvaXmlBytes + 1)).error?.code).toBe("over-limit");
  });

  it("reads an export of three thousand VMs within seconds", () => {
    const objects = Array.from({ length: 3000 }, (_, i) =>
      vmObject(`Ref:${i}`, { uuid: UUID, name_label: `vm ${i}`, NVRAM: { "EFI-variables": text } }),
    );
    const big = makeOvaXml(objects);
    expect(open(big).vms).toHaveLength(3000);
  });
});

describe("probe", () => {
  it.each([
    ["the exporter's document", decodeUtf8(makeOvaXml([]))],
    [
      "a declaration, comments and white space before it",
      '\ufeff<?xml version="1.0"?>\n<!-- x -->\n <value>',
    ],
    ["the format from before 2007", '<appliance version="0.1">'],
    ["a document type that is none of the web's", "<!DOCTYPE foo SYSTEM 'x'>"],
  ])("takes %s", (_, input) => {
    expect(probe(input)).toBe(true);
  });

  it.each([
    ["other XML", "<?xml version='1.0'?><database><manifest/></database>"],
    ["HTML", "<!DOCTYPE html><html></html>"],
    ["SVG", "<?xml version='1.0'?><!DOCTYPE svg PUBLIC 'x'>"],
    ["a declaration without a document type", "<!ELEMENT value (a)>"],
    ["an empty value", "<value/>"],
    ["a closing tag", "</value>"],
    ["text", "value"],
    ["nothing", ""],
    ["a comment that never ends", `<!-- ${"x".repeat(70_000)}`],
  ])("leaves %s to others", (_, input) => {
    expect(probe(input)).toBe(false);
  });
});
