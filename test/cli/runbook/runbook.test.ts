import { describe, expect, it } from "vitest";
import {
  fitsXeArgument,
  MAX_ARGUMENT_BYTES,
  xeArgumentBytes,
} from "../../../report/runbook/host-commands.ts";
import { runbookFor } from "../../../report/runbook/runbook.ts";
import type { RunbookStep, RunbookSubject } from "../../../report/runbook/step.ts";

const UUID = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01";
const SHA256 = "ab".repeat(32);

const SUBJECT: RunbookSubject = {
  format: "efivars-b64",
  vm: { uuid: UUID, nameLabel: "files", kind: "vm", source: "NVRAM", fields: new Map([["VTPMs", "0"]]) },
  file: "out/vm.repaired.efivars.b64",
  path: "vm.efivars.b64",
  form: "text",
  blobBytes: 40_000,
  scriptRestores: true,
  textSha256: SHA256,
  loadedBefore: true,
  measuredChanges: ["db", "dbx"],
  archive: null,
  writeCommand: null,
  emit: {
    command: `varscope repair vm.xva --emit efivars --out repaired --vm ${UUID}`,
    file: `repaired/${UUID}.efivars.b64`,
  },
};

const EXPORT: RunbookSubject = {
  ...SUBJECT,
  format: "xva",
  form: "document",
  path: "vm.xva",
  file: "/share/my vm.repaired.xva",
  archive: { bytes: 5 * 2 ** 30, isMetadataOnly: false },
};

function commands(steps: readonly RunbookStep[]): string[] {
  return steps.flatMap((step) => step.commands);
}

function notes(steps: readonly RunbookStep[]): string {
  return steps.map(({ note }) => note ?? "").join("\n");
}

function withVm(subject: RunbookSubject, vm: Partial<RunbookSubject["vm"]>): RunbookSubject {
  return { ...subject, vm: { ...subject.vm, ...vm } };
}

describe("the runbook of an NVRAM for a VM", () => {
  const steps = runbookFor(SUBJECT);
  const saved = `/root/${UUID}.before.efivars.b64`;
  const sent = "/root/vm.repaired.efivars.b64";

  it("stops the VM, backs up, writes from a file, checks, starts, and tells the way back, in this order", () => {
    const all = commands(steps);
    const order = [
      "scp out/vm.repaired.efivars.b64 root@HOST:/root/",
      `xe vm-shutdown uuid=${UUID}`,
      `xe vm-param-get uuid=${UUID} param-name=NVRAM param-key=EFI-variables --minimal > ${saved}`,
      `$(command -v fix-efivars || echo /usr/sbin/fix-efivars.py) restore-efivar-backup ${UUID} --restore-from ${sent}`,
      `xe vm-param-remove uuid=${UUID} param-name=NVRAM param-key=EFI-variables`,
      `xe vm-param-add uuid=${UUID} param-name=NVRAM EFI-variables="$(cat ${sent})"`,
      `xe vm-param-get uuid=${UUID} param-name=NVRAM param-key=EFI-variables --minimal | sha256sum -c <(echo "${SHA256}  -")`,
      `varscope ${UUID}.after.efivars.b64`,
      `xe vm-start uuid=${UUID}`,
      `$(command -v fix-efivars || echo /usr/sbin/fix-efivars.py) restore-efivar-backup ${UUID} --restore-from ${saved}`,
    ];
    const places = order.map((command) => all.indexOf(command));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(notes(steps)).toContain("53336 bytes");
  });

  it("says on which machine each command runs", () => {
    for (const { machine, commands: lines } of steps) {
      for (const line of lines)
        expect([line, machine]).toEqual([
          line,
          /^(scp|varscope|base64) /.test(line) ? "workstation" : "host",
        ]);
    }
  });

  it("gives xe no argument that Linux refuses, by the byte", () => {
    const longest = Math.floor((MAX_ARGUMENT_BYTES - "EFI-variables=".length - 1) / 4) * 3;
    expect(xeArgumentBytes(longest)).toBeLessThanOrEqual(MAX_ARGUMENT_BYTES);
    expect([fitsXeArgument(longest), fitsXeArgument(longest + 1)]).toEqual([true, false]);
    const fits = runbookFor({ ...SUBJECT, blobBytes: longest });
    const large = runbookFor({ ...SUBJECT, blobBytes: longest + 1 });
    expect(commands(fits).join("\n")).toContain("xe vm-param-add");
    expect(commands(large).join("\n")).not.toContain("xe vm-param-add");
    expect(commands(large).join("\n")).toContain("--restore-from");
    expect(notes(large)).toContain(`${xeArgumentBytes(longest + 1)} bytes, and Linux takes 131072`);
  });

  it("encodes a raw blob first", () => {
    const all = commands(runbookFor({ ...SUBJECT, form: "blob", file: "x y.vars" }));
    expect(all[0]).toBe("base64 -w 0 'x y.vars' > 'x y.efivars.b64'");
    expect(all).toContain("scp 'x y.efivars.b64' root@HOST:/root/");
    expect(all.join("\n")).toContain("--restore-from '/root/x y.efivars.b64'");
  });

  it("looks the VM up where the input does not tell its UUID, whatever its name is", () => {
    const named = commands(runbookFor(withVm(SUBJECT, { uuid: null, nameLabel: "a'b $(reboot)" })));
    expect(named).toContain(`vm=$(xe vm-list name-label='a'\\''b $(reboot)' params=uuid --minimal)`);
    expect(named).toContain('xe vm-shutdown uuid="$vm"');
    const nameless = commands(runbookFor(withVm(SUBJECT, { uuid: null, nameLabel: null })));
    expect(nameless).toContain("vm=UUID-OF-THE-VM");
  });

  it("keeps scp from taking a part of a name for a host", () => {
    const all = commands(runbookFor({ ...SUBJECT, file: "c:1.efivars.b64" }));
    expect(all).toContain("scp ./c:1.efivars.b64 root@HOST:/root/");
  });

  it("begins with the command that writes it, where it is only planned", () => {
    const planned = runbookFor({ ...SUBJECT, writeCommand: "varscope repair vm.efivars.b64" });
    expect(planned[0]).toMatchObject({
      machine: "workstation",
      commands: ["varscope repair vm.efivars.b64"],
    });
  });
});

describe("the runbook of a template", () => {
  it("stops nothing, and uses the commands for templates", () => {
    const steps = runbookFor(withVm(SUBJECT, { kind: "template" }));
    const all = commands(steps).join("\n");
    expect(all).not.toContain("vm-shutdown");
    expect(all).not.toContain("vm-start");
    expect(all).toContain(`xe template-param-add uuid=${UUID} param-name=NVRAM`);
    expect(notes(steps)).toContain("VMs that were made from the template before keep their own NVRAM");
  });
});

describe("the runbook of a snapshot", () => {
  it.each([
    ["its own field", { kind: "snapshot", source: "NVRAM" }],
    ["the copy in its metadata", { kind: "snapshot", source: "snapshot_metadata.NVRAM" }],
    ["a backup's", { kind: "snapshot", source: "vmSnapshot.NVRAM" }],
  ] as const)("never writes to the snapshot, but to its VM after a revert: %s", (_, vm) => {
    const steps = runbookFor(withVm(SUBJECT, vm));
    const all = commands(steps);
    expect(all).toContain(`vm=$(xe snapshot-param-get uuid=${UUID} param-name=snapshot-of)`);
    expect(all.join("\n")).not.toMatch(
      new RegExp(`restore-efivar-backup ${UUID}|param-(add|remove) uuid=${UUID}`),
    );
    const revert = all.indexOf(`xe snapshot-revert snapshot-uuid=${UUID}`);
    const restore = all.findIndex((line) => line.includes('restore-efivar-backup "$vm"'));
    const fresh = all.indexOf('xe vm-snapshot uuid="$vm" new-name-label=repaired');
    expect(revert).toBeGreaterThan(0);
    expect(restore).toBeGreaterThan(revert);
    expect(fresh).toBeGreaterThan(restore);
    expect(notes(steps)).toContain("A revert restores the NVRAM that stands in snapshot_metadata");
  });
});

describe("the runbook of an export", () => {
  it("imports it beside the old VM, and removes the import to roll back", () => {
    const steps = runbookFor(EXPORT);
    const all = commands(steps);
    expect(all.slice(0, 2)).toEqual([SUBJECT.emit.command, "varscope verify '/share/my vm.repaired.xva'"]);
    expect(all).toContain("vm=$(xe vm-import filename='./my vm.repaired.xva')");
    expect(all).toContain(`xe vm-shutdown uuid=${UUID}`);
    expect(all.slice(-3)).toEqual([
      'xe vm-shutdown uuid="$vm"',
      'xe vm-uninstall uuid="$vm"',
      `xe vm-start uuid=${UUID}`,
    ]);
    const dangerous = steps.filter(({ commands: typed }) => /import|uninstall/.test(typed.join()));
    expect(dangerous.map(({ caution }) => caution)).toEqual([
      expect.stringContaining("Never run it beside the old one"),
      expect.stringContaining("never the old VM"),
    ]);
    expect(notes(steps)).toContain("5.0 GiB");
    expect(all.join("\n")).not.toContain(`vm-uninstall uuid=${UUID}`);
  });

  it("of metadata writes the NVRAM alone; its import is for a VM that is gone", () => {
    const steps = runbookFor({ ...EXPORT, archive: { bytes: 70_000, isMetadataOnly: true } });
    const all = commands(steps);
    expect(all[0]).toBe(SUBJECT.emit.command);
    expect(all.join("\n")).toContain(`restore-efivar-backup ${UUID}`);
    expect(all.slice(-2)).toEqual([
      "xe vm-import filename='./my vm.repaired.xva' metadata=true preserve=true dry-run=true",
      "xe vm-import filename='./my vm.repaired.xva' metadata=true preserve=true",
    ]);
  });

  it("of a snapshot comes back as a template, of which a VM is made", () => {
    const all = commands(runbookFor(withVm(EXPORT, { kind: "snapshot" })));
    expect(all).toContain('xe template-param-set uuid="$vm" is-a-template=false');
    expect(all.join("\n")).not.toContain(`uuid=${UUID}`);
  });

  it("of a template is checked and removed as one", () => {
    const all = commands(runbookFor(withVm(EXPORT, { kind: "template" }))).join("\n");
    expect(all).toContain('xe template-param-get uuid="$vm"');
    expect(all).toContain('xe template-uninstall template-uuid="$vm"');
  });
});

describe("the runbook of an export of a suspended VM", () => {
  const SUSPENDED = {
    fields: new Map([
      ["power_state", "Suspended"],
      ["HVM_boot_params:firmware", "uefi"],
      ["suspend_VDI", "Ref:9"],
    ]),
  };

  it("discards the saved state before the start, which it would not allow, and lets the old VM be", () => {
    const steps = runbookFor(withVm(EXPORT, SUSPENDED));
    const all = commands(steps);
    const start = all.indexOf('xe vm-start uuid="$vm"');
    expect(start).toBeGreaterThan(0);
    expect(all[start - 1]).toBe('xe vm-shutdown uuid="$vm" force=true');
    expect(all).not.toContain(`xe vm-shutdown uuid=${UUID}`);
    expect(all).toContain(`xe vm-resume uuid=${UUID}`);
    expect(all).not.toContain(`xe vm-start uuid=${UUID}`);
    expect(notes(steps)).toContain("Do not resume it");
  });

  it("of a checkpoint discards it, too, once it is a VM", () => {
    const steps = runbookFor(withVm(EXPORT, { ...SUSPENDED, kind: "snapshot" }));
    const all = commands(steps);
    const start = all.indexOf('xe vm-start uuid="$vm"');
    expect(all.slice(start - 2, start)).toEqual([
      'xe template-param-set uuid="$vm" is-a-template=false',
      'xe vm-shutdown uuid="$vm" force=true',
    ]);
    expect(notes(steps)).toContain("Do not resume it");
  });

  it("is imported by force where the state is missing, and has nothing to discard then", () => {
    const fields = new Map([...SUSPENDED.fields, ["suspend_VDI:missing", "true"]]);
    const steps = runbookFor(withVm(EXPORT, { fields }));
    const all = commands(steps);
    expect(all.join("\n")).toMatch(/^vm=\$\(xe vm-import filename=.+ force=true\)$/m);
    expect(all.join("\n")).not.toContain('xe vm-shutdown uuid="$vm" force=true');
    expect(all).toContain(`xe vm-resume uuid=${UUID}`);
    expect(notes(steps)).toContain("without its saved state");
  });

  it("of any other VM discards nothing", () => {
    const steps = runbookFor(EXPORT);
    expect(commands(steps).join("\n")).not.toContain("force=true");
    expect(notes(steps)).not.toContain("Do not resume it");
  });
});

describe("the runbook of a record", () => {
  it("puts the file in the place of the input, keeps the old one, and writes the NVRAM of the VM in the pool", () => {
    const record: RunbookSubject = {
      ...SUBJECT,
      format: "nvram-json",
      form: "document",
      path: "20251023.json",
      file: "20251023.repaired.json",
      vm: { ...SUBJECT.vm, source: "vm.NVRAM" },
    };
    const all = commands(runbookFor(record));
    expect(all.slice(0, 2)).toEqual([
      "cp -p 20251023.json 20251023.json.before-repair",
      "cp 20251023.repaired.json 20251023.json",
    ]);
    expect(all).toContain(SUBJECT.emit.command);
    expect(all.join("\n")).toContain(`--restore-from /root/${UUID}.efivars.b64`);
  });
});

describe("BitLocker", () => {
  const told = (subject: RunbookSubject) => runbookFor(subject).filter(({ machine }) => machine === "guest");
  const fields = (entries: Readonly<Record<string, string>>) => new Map(Object.entries(entries));

  it.each([
    ["with a vTPM", fields({ VTPMs: "1" }), 2],
    ["without one", fields({ VTPMs: "0", "other_config:base_template_name": "Windows 10 (64-bit)" }), 0],
    [
      "for Windows where nobody tells of a vTPM",
      fields({ "other_config:base_template_name": "Windows 10" }),
      2,
    ],
    ["for Linux where nobody tells of a vTPM", fields({ "other_config:base_template_name": "Debian 12" }), 0],
    ["where nothing is known of the VM", fields({}), 2],
  ] as const)("is warned of where its key may be sealed to what changes: %s", (_, known, count) => {
    expect(told(withVm(SUBJECT, { fields: known }))).toHaveLength(count);
  });

  it("is not where nothing changes that is measured", () => {
    expect(told({ ...withVm(SUBJECT, { fields: fields({ VTPMs: "1" }) }), measuredChanges: [] })).toEqual([]);
  });

  it("is suspended first, and after a start is taken up again; of a VM that does not start the key must be there", () => {
    const sealed = withVm(SUBJECT, { fields: fields({ VTPMs: "1" }) });
    const steps = runbookFor(sealed);
    expect(steps[0]?.commands).toContain("manage-bde -protectors -disable %SystemDrive% -RebootCount 0");
    expect(steps.at(-1)?.commands).toContain("manage-bde -protectors -enable %SystemDrive%");
    const [first] = runbookFor({ ...sealed, loadedBefore: false });
    expect(first).toMatchObject({ commands: [], machine: "guest" });
    expect(first?.note).toContain("db, dbx");
    expect(first?.note).toContain("without that key the disk stays locked");
  });

  it.each([
    ["an import", EXPORT],
    ["a revert", withVm(SUBJECT, { kind: "snapshot" })],
  ])("is not suspended in a VM whose disks come from elsewhere: %s", (_, subject) => {
    const steps = told({ ...subject, vm: { ...subject.vm, fields: fields({ VTPMs: "1" }) } });
    expect(steps[0]).toMatchObject({ commands: [] });
    expect(steps[0]?.note).toContain("without that key the disk stays locked");
    expect(steps[1]?.commands).toContain("manage-bde -protectors -disable %SystemDrive%");
  });

  it("is suspended first where a metadata export leaves the disks alone", () => {
    const subject = { ...EXPORT, archive: { bytes: 70_000, isMetadataOnly: true } };
    const [first] = told({ ...subject, vm: { ...subject.vm, fields: fields({ VTPMs: "1" }) } });
    expect(first?.commands).toContain("manage-bde -protectors -disable %SystemDrive% -RebootCount 0");
  });
});
