/** Records of VMs as xe prints them: who the NVRAM belongs to, and what is not there. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nvramText, textCopies } from "../../../parsers/formats/nvram-text.ts";
import { unwrapText } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { type XeFields, xeListing, xeRecord } from "../../builders/xe-listing.ts";

const uuid = (digit: number): string => `00000000-0000-4000-8000-00000000070${digit}`;
const NVRAM = `EFI-variables: ${Buffer.from(healthyBlob()).toString("base64")}`;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const open = (text: string) => nvramText.open(bytes(text), nodePlatform);
const VM: XeFields = {
  uuid: uuid(1),
  "name-label": "Büro: web01",
  "is-a-template": "false",
  "power-state": "halted",
  "HVM-boot-params": "order: dc; firmware: uefi",
  platform: "timeoffset: 0; secureboot: true; device-model: qemu-upstream-uefi",
  "secureboot-certificates-state": "update_on_boot",
  NVRAM: `EFI-variables-on-boot: reset; ${NVRAM}`,
};

describe("a record of xe", () => {
  it.each<[string, (text: string) => string]>([
    ["as it is", (text) => text],
    ["below a prompt", (text) => `[14:02 host1 ~]# xe vm-list params=all\n${text}\n[14:02 host1 ~]# \n`],
    ["in a mail", (text) => text.replaceAll(/^/gm, "> ")],
    ["with the line ends of Windows", (text) => text.replaceAll("\n", "\r\n")],
    ["with CR alone", (text) => text.replaceAll("\n", "\r")],
    ["with a time before each line", (text) => text.replaceAll(/^/gm, "2026-11-20T10:11:12.345Z ")],
    ["logged by ts", (text) => text.replaceAll(/^/gm, "Nov 20 10:11:12 ")],
    ["logged by a terminal", (text) => text.replaceAll(/^/gm, "[2026-11-20 10:11:12] ")],
    ["wrapped by a terminal", (text) => text.replaceAll(/.{160}/g, "$&\n")],
  ])("says whose the NVRAM is: %s", (_name, change) => {
    const { vms, error } = open(change(xeRecord(VM)));
    expect(error).toBeNull();
    expect(vms).toHaveLength(1);
    expect(vms[0]).toMatchObject({ uuid: uuid(1), nameLabel: "Büro: web01", kind: "vm", source: "NVRAM" });
    expect(vms[0]).toMatchObject({ firmware: "uefi", secureBoot: true });
    expect(vms[0]?.nvram?.bytes).toEqual(healthyBlob());
    const fields = Object.fromEntries(vms[0]?.fields ?? []);
    expect(fields).toMatchObject({
      power_state: "Halted",
      secureboot_certificates_state: "update_on_boot",
      "NVRAM:EFI-variables-on-boot": "reset",
    });
  });

  it("is read in its order, with those that show no NVRAM, and those that have none", () => {
    const { vms, skipped } = open(
      xeListing(
        { uuid: uuid(1), "name-label": "a", platform: "secureboot: true" },
        { uuid: uuid(2), "name-label": "b", NVRAM },
        { uuid: uuid(3), "name-label": "c", NVRAM: "" },
        { uuid: uuid(4), "name-label": "d", "is-control-domain": "true", platform: "" },
        { uuid: uuid(5), "name-label": "e", "is-default-template": "true", platform: "" },
        { uuid: uuid(6), "name-label": "f", "is-a-snapshot": "true", NVRAM },
      ),
    );
    expect(vms.map(({ nameLabel, kind, nvram }) => [nameLabel, kind, nvram?.state ?? null])).toEqual([
      ["a", "vm", "not-in-record"],
      ["b", "vm", "present"],
      ["c", "vm", null],
      ["f", "snapshot", "present"],
    ]);
    expect(skipped).toEqual({ controlDomains: 1, defaultTemplates: 1 });
  });

  it("needs no uuid: a label that comes again begins the next one", () => {
    const { vms } = open(xeListing({ "name-label": "a", NVRAM }, { "name-label": "b", NVRAM }));
    expect(vms.map((vm) => [vm.uuid, vm.nameLabel])).toEqual([
      [null, "a"],
      [null, "b"],
    ]);
  });

  it.each<[string, (text: string) => string]>([
    ["as they are", (text) => text],
    ["with one blank line between them", (text) => text.replaceAll("\n\n\n", "\n\n")],
    ["without a blank line", (text) => text.replaceAll(/\n+/g, "\n")],
    ["with a blank line behind every line", (text) => text.replaceAll("\n", "\n\n")],
    ["with CR alone", (text) => text.replaceAll("\n", "\r")],
    ["with CR CR LF", (text) => text.replaceAll("\n", "\r\r\n")],
    ["with a time before each line", (text) => text.replaceAll(/^/gm, "10:11:12 ")],
    ["in a mail", (text) => text.replaceAll(/^/gm, "> ")],
    ["with the line ends of Windows", (text) => text.replaceAll("\n", "\r\n")],
  ])("has its own uuid in any order of the fields, %s", (_name, change) => {
    const fields = ["uuid", "name-label", "platform", "NVRAM"] as const;
    for (const order of [fields, fields.toReversed(), ["name-label", "uuid", "NVRAM", "platform"] as const]) {
      const records = [1, 2, 3].map((digit) => {
        const all = { uuid: uuid(digit), "name-label": `vm${digit}`, platform: "secureboot: true", NVRAM };
        return Object.fromEntries(order.map((name) => [name, all[name]]));
      });
      const { vms } = open(change(xeListing(...records)));
      expect(vms.map((vm) => [vm.uuid, vm.nameLabel, vm.secureBoot, vm.nvram?.state])).toEqual(
        [1, 2, 3].map((digit) => [uuid(digit), `vm${digit}`, true, "present"]),
      );
    }
  });

  it("takes nothing of another listing below it", () => {
    const names = xeListing(
      { "name-label": "a", "power-state": "halted" },
      { "name-label": "b", "power-state": "halted" },
    );
    const { vms } = open(`${names}\n\n${xeListing({ NVRAM }, { NVRAM })}`);
    expect(vms.map(({ nameLabel, nvram }) => [nameLabel, nvram?.state])).toEqual([
      ["a", "not-in-record"],
      ["b", "not-in-record"],
      [null, "present"],
      [null, "present"],
    ]);
  });

  it("does not own an NVRAM that stands elsewhere in the text", () => {
    const { vms } = open(
      `${xeListing({ uuid: uuid(1), "name-label": "a", platform: "" })}\n\nhere it is:\n${NVRAM}\n`,
    );
    expect(vms.map(({ nameLabel, nvram }) => [nameLabel, nvram?.state])).toEqual([
      ["a", "not-in-record"],
      [null, "present"],
    ]);
  });

  it.each([
    ["of a host", xeRecord({ uuid: uuid(1), "name-label": "host1", hostname: "host1" })],
    ["of a pool", xeRecord({ uuid: uuid(1), "name-label": "pool", master: uuid(2), "other-config": "a: b" })],
    ["of a disk", xeRecord({ uuid: uuid(1), "name-label": "disk", "virtual-size": "1" })],
  ])("%s is no VM's", (_name, text) => {
    expect(nvramText.probe(bytes(text))).toBe(false);
  });

  it("has no UUID where its value is none", () => {
    expect(open(xeRecord({ uuid: "$(reboot)", "name-label": "a", platform: "" })).vms).toMatchObject([
      { uuid: null },
    ]);
  });
});

describe("an NVRAM below the command that printed it", () => {
  const base64 = NVRAM.slice(NVRAM.indexOf("VkFS"));
  it.each([
    ["the map", `# xe vm-param-get uuid=${uuid(1)} param-name=NVRAM\n${NVRAM}\n`],
    ["the value", `# xe vm-param-get uuid=${uuid(1)} param-name=NVRAM param-key=EFI-variables\n${base64}\n`],
    [
      "the bare value",
      `# xe vm-param-get uuid=${uuid(1)} param-name=NVRAM param-key=EFI-variables --minimal\r\n${base64}\r\n# `,
    ],
  ])("is that VM's: %s", (_name, text) => {
    expect(nvramText.probe(bytes(text))).toBe(true);
    const { vms } = open(text);
    expect(vms).toMatchObject([{ uuid: uuid(1), secureBoot: null }]);
    expect(vms[0]?.nvram?.bytes).toEqual(healthyBlob());
  });

  it("is nobody's where the last command before it asks for something else", () => {
    const text = `# xe vm-param-get uuid=${uuid(1)} param-name=platform\nsecureboot: true\n${NVRAM}\n`;
    expect(open(text).vms).toMatchObject([{ uuid: null }]);
  });

  it("is each its own of two", () => {
    const one = (digit: number) => `# xe vm-param-get uuid=${uuid(digit)} param-name=NVRAM\n${NVRAM}\n`;
    expect(open(one(1) + one(2)).vms.map((vm) => vm.uuid)).toEqual([uuid(1), uuid(2)]);
  });

  it("the key of a command that printed nothing is no NVRAM", () => {
    expect(nvramText.probe(bytes("# xe vm-param-get param-name=NVRAM param-key=EFI-variables\n# \n"))).toBe(
      false,
    );
  });
});

it("throws for no listing, and gives each NVRAM once", () => {
  const part = fc.constantFrom(
    "uuid ( RO) : ",
    uuid(1),
    "\n",
    "NVRAM (MRW): ",
    NVRAM,
    "platform (MRW): ",
    "name-label ( RW): ",
    "\n\n",
    " ",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 5 })), { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      const entries = [...textCopies(unwrapText(bytes(text)))].flatMap(({ entry }) =>
        entry === null ? [] : [entry.start],
      );
      expect(entries).toEqual([...new Set(entries)].sort((a, b) => a - b));
    }),
    { numRuns: 300 },
  );
});
