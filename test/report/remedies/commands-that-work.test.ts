/** Steps name files that the step before made, and folders in which nothing stands in the way. */
import { describe, expect, it } from "vitest";
import { ASKS } from "../../../report/asks/index.ts";
import { NeedCollector, named } from "../../../report/remedies/collector.ts";
import type { Patient } from "../../../report/remedies/remedy.ts";
import { repairCommands } from "../../../report/remedies/repair-command.ts";
import { backupReportOf, findingReportOf, vmReportOf } from "../../builders/judged.ts";
import { PATIENT, UUID } from "./patient.ts";

const WORDS = { strategy: "merge", certificates: null } as const;

function commandsOf(id: string, ...patients: readonly [Patient, ...Patient[]]): string[] {
  const subject = { patients, more: 0, program: "varscope" };
  return named(id)
    .variants(subject)
    .flatMap(({ steps }) => steps.flatMap(({ commands }) => commands));
}

function repairsOf(...patients: readonly [Patient, ...Patient[]]): string[] {
  return repairCommands({ patients, program: "varscope" }, WORDS);
}

describe("repairs of several inputs", () => {
  it("have a folder for each copy of one VM, and share one where VMs differ", () => {
    const other = { ...PATIENT, path: "c.xva", uuid: UUID.replace("0a", "0b") };
    expect(repairsOf(PATIENT, { ...PATIENT, path: "b.xva" }, other)).toEqual([
      "varscope repair a.xva --emit efivars --out repaired",
      "varscope repair b.xva --emit efivars --out repaired-2",
      "varscope repair c.xva --emit efivars --out repaired",
    ]);
  });

  it("name a place for what lies in an archive", () => {
    const inside = { ...PATIENT, path: "arch.zip!sub/my vm.efivars.b64", format: "efivars-b64" } as const;
    expect(commandsOf("untried-repair", inside)).toEqual([
      "varscope repair 'arch.zip!sub/my vm.efivars.b64' --emit efivars --out repaired --dry-run",
    ]);
    expect(repairsOf({ ...inside, path: "my vm.efivars.b64" })).toEqual([
      "varscope repair 'my vm.efivars.b64'",
    ]);
  });
});

describe("a template", () => {
  const of = (ruleId: string, path: string, format: Patient["format"]): Patient => {
    const symptoms = [{ ruleId, facts: {}, variable: null }];
    return { ...PATIENT, path, format, kind: "template", place: "template", symptoms };
  };

  it("gets certificates where it lacks those of 2023, by a command that shows the plan of it alone", () => {
    const [fetch, ...rest] = commandsOf("template", of("db-2023-missing", "pool.db", "xapi-db"));
    expect(fetch).toMatch(/^curl .* 'certs\/#1\.crt'/);
    expect(rest).toEqual([
      `varscope repair pool.db --emit efivars --out repaired --add-certificates certs --vm ${UUID} --dry-run`,
    ]);
  });

  it("is not sent to a repair that refuses it", () => {
    expect(commandsOf("template", of("secure-boot-db-missing", "pool.db", "xapi-db"))).toEqual([
      "varscope explain secure-boot-db-missing pool.db",
    ]);
  });
});

describe("a VM that is suspended", () => {
  it("is resumed before it is shut down, and nothing else is", () => {
    const halts = commandsOf("nvram-lost", { ...PATIENT, isSuspended: true }).filter((line) =>
      /vm-(?:resume|shutdown)/.test(line),
    );
    expect(halts).toEqual([`xe vm-resume uuid=${UUID}`, `xe vm-shutdown uuid=${UUID}`]);
    expect(commandsOf("nvram-lost", PATIENT).join()).not.toContain("vm-resume");
  });
});

describe("a lost NVRAM in a backup", () => {
  it("is looked for in the folder that is known, and goes to the VM, never to its snapshot", () => {
    const path = `remote/xo-vm-backups/${UUID}/20251001T020000Z.json`;
    const backup = { ...PATIENT, place: "backup", path } as const;
    expect(commandsOf("nvram-lost", backup)[0]).toBe(
      `varscope extract remote/xo-vm-backups/${UUID} --out good --last-good`,
    );
    const elsewhere = { ...backup, path: `other/${path}` };
    // Of a folder with that mark in its name nobody knows where it ends.
    for (const others of [[PATIENT], [backup, elsewhere], [{ ...backup, path: `a!b/${path}` }]] as const)
      expect(commandsOf("nvram-lost", ...(others as readonly [Patient]))[0]).toContain("extract BACKUPS");
    for (const archive of ["a.tar", "in/b.zip", "c.tar.gz", "d.tgz"])
      expect(commandsOf("nvram-lost", { ...backup, path: `${archive}!${path}` })[0]).toBe(
        `varscope extract ${archive} --out good --last-good`,
      );
    const needs = new NeedCollector();
    const ofBackup = backupReportOf({
      vmUuid: UUID,
      mode: "delta",
      restorable: { ok: true, problems: [] },
    });
    const lost = findingReportOf({ ruleId: "nvram-lost", severity: "error", breaks: "start" });
    const snapshot = vmReportOf({
      uuid: UUID.replace("0a", "0b"),
      kind: "snapshot",
      source: "vmSnapshot.NVRAM",
      verdict: "at-risk",
      backup: ofBackup,
      findings: [lost],
    });
    needs.addCopy(snapshot, 0, null);
    expect(needs.needs.flatMap(({ patients }) => patients.map(({ uuid }) => uuid))).toEqual([UUID]);
  });
});

describe("files of one step that the next reads", () => {
  it("are fetched under their names, of a Windows event", () => {
    const symptoms = [{ ruleId: "windows-secure-boot-event", facts: { id: 1795 }, variable: null }];
    for (const [uuid, name] of [
      [UUID, UUID],
      [null, "UUID"],
    ])
      expect(
        commandsOf("windows-secure-boot-event", { ...PATIENT, uuid: uuid ?? null, symptoms }).slice(-3),
      ).toEqual([
        `xe vm-param-get uuid=${name} param-name=NVRAM param-key=EFI-variables --minimal > /root/${name}.efivars.b64`,
        `scp root@HOST:/root/${name}.efivars.b64 .`,
        `varscope ${name}.efivars.b64`,
      ]);
  });

  it.each(ASKS)("are fetched and read under the names that ask gives: $id", ({ ways, fetch, command }) => {
    const typed = ways.flatMap(({ commands, expect: seen }) => [...commands, seen ?? ""]).join("\n");
    const files = fetch.map((line) => /^scp root@HOST:(\S+) \.$/.exec(line)?.[1] ?? "");
    for (const file of files) {
      const name = file.slice(file.lastIndexOf("/") + 1);
      expect(typed).toContain(name);
      expect(command.split(" ")).toContain(name);
    }
    const onHost = ways.some(({ where }) => where === "host" || where === "pool-master");
    expect(files.length > 0).toBe(onHost && /^(?:analyze|boot) /.test(command));
  });
});

describe("a full NVRAM", () => {
  it("has crash dumps deleted only where there is one", () => {
    const full = (...largest: readonly string[]) =>
      commandsOf("space", {
        ...PATIENT,
        symptoms: [{ ruleId: "near-total-limit", facts: { largest }, variable: null }],
      }).join("\n");
    expect(full("dbx (20850)", "Vendor06 (12144)")).not.toMatch(/pstore|varstore-rm/);
    expect(full("dbx (20850)", "dump-type0-1-1-1-C (1144)")).toContain("rm /sys/fs/pstore/dmesg-efi*");
  });
});
