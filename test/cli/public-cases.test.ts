/** Inputs rebuilt from public reports, where a developer has them beside the project: what is right for each, by table and JSON. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { run } from "./run.ts";

const PUBLIC = fileURLToPath(new URL("../../../shared/cases/public/", import.meta.url));
const FOREIGN = fileURLToPath(new URL("../../../shared/cases/foreign/", import.meta.url));
const AS_OF = ["--as-of", "2026-09-01"];
const VM = "3f2a9c10-7b4e-4d2c-8a61-5e0c9d1b7a01";

// biome-ignore lint/suspicious/noExplicitAny: the report as a script sees it.
type Input = any;

function both(path: string): { status: number | null; table: string; input: Input } {
  const table = run([path, ...AS_OF]);
  const json = run([path, ...AS_OF, "--format", "json"]);
  expect(json.status).toBe(table.status);
  return {
    status: table.status,
    table: table.stdout.replaceAll(/\s+/g, " "),
    input: JSON.parse(json.stdout).inputs[0],
  };
}

const ids = ({ findings }: Input): string[] => findings.map(({ ruleId }: { ruleId: string }) => ruleId);

if (existsSync(PUBLIC)) {
  describe("public reports", () => {
    it.each([
      ["02-varstored-exited/message.txt", null],
      ["02-varstored-exited/xe-start.txt", VM],
      ["02-varstored-exited/xo-log.txt", VM],
    ])("%s: varstored ended, and how to get the NVRAM", (file, uuid) => {
      const { status, table, input } = both(PUBLIC + file);
      expect(status).toBe(1);
      expect(ids(input)).toEqual(["varstored-ended-unexplained"]);
      expect(input.host.failedStarts).toMatchObject([{ uuid, emulator: "varstored" }]);
      expect(table).toContain(`xe vm-param-get uuid=${uuid ?? "UUID"} param-name=NVRAM`);
    });

    it.each(["daemon.log", "daemon-full.log"])("04 %s: the cause is the auth file", (file) => {
      const { status, table, input } = both(`${PUBLIC}04-auth-file-too-large/${file}`);
      expect(status).toBe(1);
      expect(ids(input)).toEqual(["varstored-refused-auth-file"]);
      expect(table).toMatch(/db\.auth of 58121 bytes \(it takes 57344\).*no UEFI VM of this host starts/);
    });

    it.each([
      ["varstored/db.auth", 58_121],
      ["edge/dbx.auth", 57_380],
    ])("04 %s: the limit is on the file", (file, bytes) => {
      const { status, input } = both(`${PUBLIC}04-auth-file-too-large/${file}`);
      expect(status).toBe(1);
      expect(input.findings).toMatchObject([
        { ruleId: "auth-file-over-limit", breaks: "start", facts: { bytes, limit: 57_344 } },
      ]);
    });

    it("08: place and expectation", () => {
      const { status, table } = both(`${PUBLIC}08-ova-xml-parse-error/ova.xml`);
      expect(status).toBe(3);
      expect(table).toContain("at byte 1109 (0x455): expected </name>");
    });

    it.each([
      ["ok", "xapi-state-contradicts-blob"],
      ["update_on_boot", "xapi-update-scheduled"],
    ])("20: %s", (state, ruleId) => {
      const { input } = both(`${PUBLIC}20-xapi-update-on-boot/vm-${state}.xva`);
      expect(input.vms[0].xapiState).toBe(state);
      expect(ids(input.vms[0])).toContain(ruleId);
    });

    it("22: an appliance carries no NVRAM of varstored", () => {
      const { status, table } = both(`${PUBLIC}22-ova-efi/appl.ova`);
      expect(status).toBe(3);
      expect(table).toMatch(/\(firmware=efi\).*carries no NVRAM of varstored.*nothing to import/);
    });

    it("23: each VM with UUID, name and Secure Boot", () => {
      const { input } = both(`${PUBLIC}23-xe-vm-param-list/vm-list-three.txt`);
      expect(input.vms).toMatchObject([
        { uuid: `${VM.slice(0, -2)}11`, nameLabel: "web01", secureBoot: true, verdict: "healthy" },
        { uuid: `${VM.slice(0, -2)}12`, nameLabel: "web02", secureBoot: true, verdict: "unbootable" },
        { uuid: `${VM.slice(0, -2)}13`, nameLabel: "web03", secureBoot: true, verdict: "at-risk" },
      ]);
      expect(both(`${PUBLIC}23-xe-vm-param-list/vm-list-setup.txt`).input.vms).toMatchObject([
        { verdict: "at-risk" },
      ]);
    });

    it("23: without the NVRAM it is not known, and the command prints it", () => {
      const { table, input } = both(`${PUBLIC}23-xe-vm-param-list/param-list-hidden.txt`);
      expect(input.vms).toMatchObject([
        {
          uuid: VM,
          nameLabel: "i-2-15-VM",
          firmware: "uefi",
          secureBoot: true,
          verdict: "unknown",
          nvram: { state: "not-in-record" },
        },
      ]);
      expect(table).toContain(`xe vm-param-get uuid=${VM} param-name=NVRAM`);
    });

    it("24: events are recognised, with what to do", () => {
      const { status, table, input } = both(`${PUBLIC}24-windows-events/events.txt`);
      expect(status).toBe(1);
      expect(input.host.guestEvents.map(({ id }: { id: number }) => id)).toEqual([1795, 1803, 1801]);
      expect(table).toMatch(
        /1795: varstored refused .*KEK 2023: The media is write protected\..*varscope forecast/,
      );
    });

    it.each([
      ["lxd-uefi.json", /QEMU/],
      ["proxmox-efidisk.raw", /EDK2/],
      ["vm.nvram", /VMware/],
      ["x.vmgs", /Hyper-V/],
    ])("25 %s", (file, name) => {
      const { status, table } = both(`${PUBLIC}25-other-hypervisors/${file}`);
      expect(status).toBe(3);
      expect(table).toMatch(name);
      expect(table).toContain("There is nothing to import");
    });

    it.each([
      "prompt-nvram.txt",
      "prompt-nvram-dollar.txt",
      "forum-codeblock.md",
      "xapi-record-getrecord.json",
    ])("26 %s is read", (file) => {
      expect(both(`${PUBLIC}26-pastes/${file}`).input.vms).toMatchObject([{ verdict: "unbootable" }]);
    });

    it("26: of cut text the rest is missing", () => {
      expect(both(`${PUBLIC}26-pastes/go-sdk-cut.json`).table).toContain("the rest is missing");
    });

    it.each([
      ["varstore-ls.txt", "varstore-ls"],
      ["efibootmgr.txt", "efibootmgr"],
      ["fix-efivars-scan.log", "fix-efivars"],
    ])("26 %s by name", (file, name) => {
      const { status, table } = both(`${PUBLIC}26-pastes/${file}`);
      expect(status).toBe(3);
      expect(table).toContain(name);
      expect(table).toMatch(/xe vm-param-get uuid=/);
    });

    it.each(["grep.txt", "prompt-then-log.txt", "rfc5424.log", "ticket.md", "xensource.log"])(
      "35 %s is read",
      (file) => {
        expect(both(`${PUBLIC}35-old-log-format/${file}`).input).toMatchObject({
          format: "host-log",
          host: { failedStarts: [{ emulator: "varstored" }] },
        });
      },
    );

    it.each(["legacy.b64", "legacy.hexdump", "legacy.vars", "legacy.xxd"])("36 %s is read", (file) => {
      const { input } = both(`${PUBLIC}36-legacy-uefistored-sample/${file}`);
      expect(input.vms).toMatchObject([
        { nvram: { version: 1, bytes: 4440, variableCount: 24, loads: true } },
      ]);
    });

    it.each([
      ["ps-formatlist-05.txt", "Get-SecureBootUEFI"],
      ["varstore-ls-05.txt", "varstore-ls"],
    ])("%s by name", (file, name) => {
      const { status, table } = both(FOREIGN + file);
      expect(status).toBe(3);
      expect(table).toContain(name);
    });
  });
} else {
  it.skip("public reports lie beside the project only where a developer has them", () => {});
}
