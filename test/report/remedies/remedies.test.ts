/** What is told for one condition: which commands, in which order, for whom. */
import { describe, expect, it } from "vitest";
import type { Advice } from "../../../report/advice.ts";
import { REMEDIES } from "../../../report/remedies/index.ts";
import type { VmReport } from "../../../report/vm.ts";
import { RULES } from "../../../rules/index.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { findingReportOf, vmReportOf } from "../../builders/judged.ts";
import { put, run, runInShell, temporaryFolder } from "../../cli/run.ts";
import { commandsFor, stepsOfInput } from "./steps.ts";

const UUID = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d0";
const withRule = (ruleId: string, digit = 1, fields: Partial<VmReport> = {}): VmReport =>
  vmReportOf({
    uuid: `${UUID}${digit}`,
    findings: [findingReportOf({ ruleId, severity: "warning" })],
    ...fields,
  });

describe("every rule that is loud", () => {
  const loud = RULES.filter(({ meta }) => meta.severity !== "info" || meta.breaks !== null);

  it.each(loud.map(({ meta }) => meta.id))("%s has a remedy", (id) => {
    const remedies = REMEDIES.filter(({ ruleIds }) => ruleIds.includes(id));
    expect(remedies.length, `no remedy names ${id} in its ruleIds (report/remedies/)`).toBeGreaterThan(0);
  });

  it("remedies name no rule that is none", () => {
    const known = new Set(RULES.map(({ meta }) => meta.id));
    expect(REMEDIES.flatMap(({ ruleIds }) => ruleIds.filter((id) => !known.has(id)))).toEqual([]);
  });

  it("remedies have ids of their own, and say where they are known from", () => {
    expect(new Set(REMEDIES.map(({ id }) => id)).size).toBe(REMEDIES.length);
    expect(REMEDIES.filter(({ source }) => source.length === 0)).toEqual([]);
  });
});

describe("a set of the pool that is old or wrong", () => {
  const outdated = findingReportOf({ ruleId: "pool-certificates-2011-only", severity: "warning" });

  it("is mended before it is written into any VM", () => {
    const steps = stepsOfInput({ findings: [outdated], vms: [withRule("kek-2023-missing")] });
    const commands = steps.flatMap((one) => one.steps.flatMap((step) => step.commands));
    const clear = commands.indexOf("secureboot-certs clear");
    expect(clear).toBeGreaterThan(commands.indexOf("secureboot-certs extract KEK old-KEK.auth"));
    expect(commands.indexOf(`varstore-sb-state ${UUID}1 user`)).toBeGreaterThan(clear);
    expect(steps[0]?.steps.some(({ caution }) => caution?.startsWith("Do not write the pool's"))).toBe(true);
  });

  it("is nothing to do where it is not the one in use", () => {
    const unused = { ...outdated, severity: "info", breaks: null } as const;
    expect(stepsOfInput({ findings: [unused] })).toEqual([]);
  });

  it("is told once, whatever files of it are inputs", () => {
    expect(
      stepsOfInput({ findings: [outdated, outdated] }).filter(({ product }) => product === "xcp-ng-8.2"),
    ).toHaveLength(1);
  });
});

describe("the pool's set is written", () => {
  it("only into what a host writes, and only where varstored loads it", () => {
    const vms = [
      withRule("kek-2023-missing", 1),
      withRule("kek-2023-missing", 2, { findings: [] }),
      withRule("kek-2023-missing", 3, { kind: "snapshot" }),
      withRule("kek-2023-missing", 4, { verdict: "unbootable" }),
      withRule("kek-2023-missing", 5, { source: "snapshot_metadata.NVRAM" }),
    ];
    const written = commandsFor(vms).filter((command) => command.includes("varstore-sb-state"));
    expect(written).toEqual([`varstore-sb-state ${UUID}1 user`]);
  });

  it("into many by one command", () => {
    const written = commandsFor([withRule("kek-2023-missing", 1), withRule("kek-2023-missing", 2)]);
    expect(written).toContain(`for vm in ${UUID}1 ${UUID}2; do varstore-sb-state "$vm" user; done`);
  });

  it("never before a look at it and a backup, and never without a look behind it", () => {
    for (const { steps } of stepsOfInput({ vms: [withRule("setup-mode-with-secure-boot")] })) {
      const commands = steps.flatMap((step) => step.commands);
      const write = commands.findIndex((one) => one.startsWith("varstore-sb-state"));
      if (write === -1) continue;
      expect(commands.indexOf("secureboot-certs report")).toBeLessThan(write);
      expect(commands.findIndex((one) => one.includes("> /root/"))).toBeLessThan(write);
      expect(commands.findIndex((one) => one.startsWith("varstore-ls"))).toBeGreaterThan(write);
    }
  });

  it("not into a VM with attributes at which the tools fail half-way", () => {
    const odd = (attributes: string, expected: string | null) =>
      findingReportOf({ ruleId: "bad-attributes", severity: "warning", facts: { attributes, expected } });
    const lost = findingReportOf({ ruleId: "kek-missing", severity: "warning" });
    // Another variable's attributes come first, and hide nothing.
    for (const attributes of ["0x7", "0x2f", "0x37", "0x67", "0xa7"]) {
      const findings = [odd("0xf", null), odd(attributes, "0x27"), lost];
      const commands = commandsFor([vmReportOf({ findings })]).join("\n");
      expect(commands).not.toContain("varstore-sb-state");
      expect(commands).toContain("--strategy compact");
    }
    const other = commandsFor([vmReportOf({ findings: [odd("0xf", null)] })]).join("\n");
    expect(other).not.toContain("--strategy compact");
  });

  it("not where the VM has keys of its own", () => {
    const own = withRule("kek-2023-missing", 1, {
      findings: [
        findingReportOf({ ruleId: "kek-2023-missing", severity: "warning", facts: { pk: "Our own PK" } }),
      ],
    });
    const commands = commandsFor([own]).join("\n");
    expect(commands).not.toContain("varstore-sb-state");
    expect(commands).toContain("--add-certificates");
  });
});

describe("a product that is known", () => {
  it("leaves out the steps of others, and has the whole way", () => {
    const vms = [withRule("kek-2023-missing")];
    const products = (product: "xcp-ng-8.3" | "xenserver-8" | "xcp-ng-8.2") =>
      stepsOfInput({ vms }, { products: [product] }).map((one) => one.product);
    expect(products("xenserver-8")).toEqual(["any", "xenserver-8"]);
    expect(products("xcp-ng-8.2")).toEqual(["any"]);
    const [, old] = stepsOfInput({ vms }, { products: ["xcp-ng-8.3"] });
    expect(old?.steps.flatMap(({ commands }) => commands)).toContain(`varstore-sb-state ${UUID}1 user`);
  });

  it("and whose release is not: both ways, what the older one lacks before the other", () => {
    const vms = [withRule("kek-2023-missing")];
    const told = stepsOfInput({ vms }, { products: ["xcp-ng-8.3", "xcp-ng-8.3-fixed"] });
    expect(told.map((one) => one.product)).toEqual(["any", "xcp-ng-8.3-fixed", "xcp-ng-8.3"]);
    expect(told.at(-1)?.steps).toHaveLength(1);
  });
});

describe("a lost NVRAM", () => {
  const uuid = "00000000-0000-4000-8000-000000000028";
  const facts = { tells: [], inSnapshot: null, snapshotUuid: null };
  const lost = (fields: Partial<VmReport> = {}): VmReport =>
    vmReportOf({
      uuid,
      nvram: null,
      findings: [findingReportOf({ ruleId: "nvram-lost", breaks: "start", facts })],
      ...fields,
    });

  it("is looked for, and written back before the VM is started", () => {
    const commands = commandsFor([lost()]);
    expect(commands[0]).toContain("--last-good");
    expect(commands.join("\n")).toContain(
      `restore-efivar-backup ${uuid} --restore-from /root/good/${uuid}.efivars.b64`,
    );
  });

  it("is typed for nothing that only calls itself a UUID", () => {
    expect(commandsFor([lost({ uuid: "$(id)" })]).join()).not.toContain("$(id)");
  });

  it("comes from the snapshot in the same backup, by commands that work as they stand", () => {
    const folder = temporaryFolder();
    const NVRAM = { "EFI-variables": Buffer.from(healthyBlob()).toString("base64") };
    const vm = { uuid, name_label: "files", HVM_boot_params: { firmware: "uefi" }, NVRAM: {} };
    const snapshot = { ...vm, uuid: `${uuid.slice(0, -1)}f`, is_a_snapshot: true, NVRAM };
    const backup = { jobId: "j", mode: "delta", scheduleId: "s", timestamp: 1_785_546_000_000 };
    put(folder, "it's.json", JSON.stringify({ ...backup, vm, vmSnapshot: snapshot }));
    const { stdout } = run(["it's.json"], { cwd: folder });
    const commands = stdout.split("\n").map((line) => line.trim());
    const extract = commands.find((line) => line.startsWith("varscope extract")) ?? "";
    const encode = commands.find((line) => line.startsWith("base64 ")) ?? "";
    const { status } = runInShell(`${extract.replace(/^varscope/, "$0")} && ${encode}`, { cwd: folder });
    expect(status).toBe(0);
    expect(runInShell(`cat good/${uuid}.efivars.b64`, { cwd: folder }).stdout).toBe(NVRAM["EFI-variables"]);
  });
});

describe("a repair", () => {
  const advice = (strategy: "merge" | "remove"): Advice => ({
    kind: "repair",
    strategy,
    bytes: 40_000,
    scriptRestores: true,
    deletes: strategy === "remove" ? ["dbx"] : [],
  });
  const refused = (digit: number): VmReport =>
    withRule("variable-data-over-limit", digit, {
      verdict: "unbootable",
      findings: [
        findingReportOf({ ruleId: "variable-data-over-limit", breaks: "start" }),
        findingReportOf({ ruleId: "kek-2023-missing" }),
      ],
    });

  it("comes before anything else that the NVRAM needs", () => {
    const [first, ...others] = stepsOfInput(
      { path: "vm.vars", format: "vars", vms: [refused(1)] },
      { advice: [advice("merge")] },
    );
    expect(first?.steps[0]?.commands).toEqual(["varscope repair vm.vars"]);
    expect(others).toEqual([]);
  });

  it("writes the NVRAM alone first, the whole export second, with a word of caution", () => {
    const [one] = stepsOfInput({ path: "vm.xva", vms: [refused(1)] }, { advice: [advice("merge")] });
    expect(one?.steps.map(({ commands }) => commands[0])).toEqual([
      `varscope repair vm.xva --emit efivars --out repaired --vm ${UUID}1`,
      "varscope repair vm.xva",
    ]);
    expect(one?.steps[1]?.caution).toContain("Never run it beside the old one");
  });

  it("says what it deletes, and keeps strategies apart", () => {
    const steps = stepsOfInput(
      { path: "state.db", format: "xapi-db", vms: [refused(1), refused(2)] },
      { advice: [advice("merge"), advice("remove")] },
    );
    expect(steps).toHaveLength(2);
    expect(steps[1]?.steps[0]?.commands[0]).toContain("--strategy remove");
    expect(steps[1]?.steps[0]?.caution).toContain("dbx");
  });
});
