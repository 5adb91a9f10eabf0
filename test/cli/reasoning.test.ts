import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../cli/io/world.ts";
import { judgingSettings } from "../../cli/settings.ts";
import { lookedAtDisks } from "../../library/boot/starts.ts";
import { openInput } from "../../library/input/open-input.ts";
import { reasonAboutRule } from "../../report/reasoning.ts";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { withLimit } from "../builders/limits.ts";
import { put, run, temporaryFolder, UUID_A, xvaOf } from "./run.ts";

const folder = temporaryFolder();
const incident = put(folder, "vm.vars", incidentBlob(20, 3));

describe("explain, with a dump", () => {
  it("shows what follows from the finding, step by step", () => {
    const { status, stdout } = run(["explain", "incident-2025-10", incident]);
    expect(status).toBe(0);
    expect(stdout).toContain("What follows");
    expect(stdout).toMatch(/Can the guest correct the owners of its entries by itself\? no/);
    expect(stdout).toMatch(/ {6}- 22 entries of KEK, db and dbx stand under the owner of XCP-ng\./);
    expect(stdout).toMatch(/So: The guest cannot correct the owners by itself/);
    expect(stdout).toMatch(/XCP-ng 8\.2 \(uefistored\) +no \[1\]/);
  });

  it("says the same as JSON, with facts and places", () => {
    const { evidence } = JSON.parse(
      run(["explain", "incident-2025-10", incident, "--format", "json"]).stdout,
    );
    const [copy] = evidence[0].reasoning;
    expect(copy).toMatchObject({ source: "NVRAM", hosts: expect.any(Array) });
    expect(copy.chains[0]).toMatchObject({ question: "change-owners", answer: "no" });
    expect(copy.chains[0].steps[0]).toMatchObject({
      claim: "wrong-owners",
      facts: { entries: 22 },
      path: "vms[0].NVRAM.EFI-variables.variables[6].data",
    });
  });

  it("says nothing where nothing was found, and where the rule raises no question", () => {
    const healthy = put(folder, "ok.vars", healthyBlob());
    expect(run(["explain", "incident-2025-10", healthy]).stdout).not.toContain("What follows");
    const fragmented = run(["explain", "fragmented-signature-lists", incident]).stdout;
    expect(fragmented).not.toContain("What follows");
  });

  it("tells the copies apart", () => {
    const vm = { uuid: UUID_A, name: "a", blob: incidentBlob(20, 3) };
    const { stdout } = run(["explain", "wrong-signature-owner", put(folder, "e.xva", xvaOf(vm, vm))]);
    expect(stdout.split("What follows")[1]?.split(UUID_A)).toHaveLength(3);
  });
});

describe("explain, with the disks of an export", () => {
  const path = "corpus/boot-loader-2011-only/input.xva.zst";

  it("finds what rules on boot loaders find, without being asked to look", () => {
    const { stdout } = run(["explain", "boot-loader-2011-only", path]);
    expect(stdout).toContain("dbx revokes (entry 3); the VM does not start.");
  });

  it("answers whether something starts by what is on the disk, and of a long compressed export says that it is assumed", async () => {
    const { dump } = await openInput(path, nodeWorld);
    const settings = await judgingSettings({ asOf: "2026-11-22", references: [] });
    const bytes = readFileSync(path).length;
    const answer = async (most: number) => {
      const { disksOf } = await withLimit("maxUnaskedExportBytes", most, () =>
        lookedAtDisks(path, dump!, settings, nodeWorld),
      );
      const [vm] = dump!.vms;
      return reasonAboutRule("secure-boot-db-missing", vm!, 0, settings, disksOf(vm!)).chains.find(
        ({ question }) => question === "start-others",
      );
    };
    const looked = await answer(bytes);
    expect([looked?.answer, looked?.conclusion.text]).toEqual([
      "no",
      "The boot loader of this disk, \\EFI\\BOOT\\BOOTX64.EFI, does not start with Secure Boot.",
    ]);
    const assumed = await answer(1);
    expect(assumed?.steps.at(-1)?.text).toContain(
      "because export: expected its boot loader within the first 1 bytes of the compressed file",
    );
  });
});

describe("inspect", () => {
  it("shows who can sign what, and what each kind of host makes of the NVRAM", () => {
    const { stdout } = run(["inspect", incident]);
    expect(stdout).toMatch(/^Keys \(user mode: writes must be signed\)$/m);
    expect(stdout).toMatch(/^ {2}dbx +.*\(its maker's, such as the pool's owner\)$/m);
    expect(stdout).toMatch(/^Hosts$/m);
    expect(stdout).toMatch(/^ {2}varstored 1\.3\.1 and later +yes \[\d\]/m);
    expect(stdout).toMatch(/^ {2}\[1\] uefistored misreads version 2/m);
  });

  it("wraps its reasons to the width", () => {
    const { stdout } = run(["inspect", incident], { env: { COLUMNS: "60" } });
    const [, hosts = ""] = stdout.split("\nHosts\n");
    for (const line of hosts.split("\n").filter((one) => one.startsWith("  [")))
      expect(line.length).toBeLessThanOrEqual(60);
  });

  it("says the same as JSON; not where a variable was chosen", () => {
    const json = (...args: string[]) =>
      JSON.parse(run(["inspect", incident, "--format", "json", ...args]).stdout).inputs[0].vms[0];
    const { keys, hosts } = json();
    expect(keys.mode).toBe("user");
    expect(keys.variables.map(({ variable }: { variable: string }) => variable)).toEqual([
      "PK",
      "KEK",
      "db",
      "dbx",
    ]);
    expect(hosts).toHaveLength(4);
    expect(hosts[0]).toMatchObject({ host: "xcp-ng-8.2", loads: { answer: "no" } });
    expect(json("--variable", "dbx")).toMatchObject({ keys: null, hosts: null });
  });
});
