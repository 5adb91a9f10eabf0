import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { XCP_NG_OWNER } from "../../parsers/guids.ts";
import type { Report } from "../../report/report.ts";
import {
  bootVariables,
  healthyBlob,
  incidentBlob,
  keyVariables,
  makeBlob,
  makeVariable,
  sha256List,
} from "../builders/blob.ts";
import type { VmFields } from "../builders/ova-xml.ts";
import { makeXva } from "../builders/tar.ts";
import { makeDatabase, snapshotRow, vmRow } from "../builders/xapi-db.ts";
import { base64, put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const DAY = ["--as-of", "2026-11-22", "--fail-on", "never"];
const GOLD = "Windows 11 gold";

const uuidOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

function vmOf(number: number, blob: Uint8Array, fields: Partial<VmFields> = {}) {
  return {
    uuid: uuidOf(number),
    name_label: `win-${String(number).padStart(2, "0")}`,
    other_config: { base_template_name: GOLD },
    NVRAM: { "EFI-variables": base64(blob) },
    ...fields,
  };
}

/** The guest's own variables, sizes and hashes differ from VM to VM; the fault does not. */
function grown(number: number): Uint8Array {
  const dbx = sha256List(XCP_NG_OWNER, 10 + number, number);
  const own = makeVariable(`Guest${number}`, new Uint8Array(number + 1));
  return makeBlob([...bootVariables(), own, ...keyVariables(XCP_NG_OWNER, dbx)]);
}

const unbootable = makeBlob([makeVariable("GuestLog", new Uint8Array(60_000))]);
const INHERITING = 43;
const inheriting = Array.from({ length: INHERITING }, (_, i) => vmOf(i + 1, grown(i)));
const others = Array.from({ length: 3 }, (_, i) =>
  vmOf(200 + i, unbootable, { name_label: `log-${i}`, other_config: { base_template_name: "Debian 13" } }),
);
const template = vmOf(100, grown(0), { name_label: GOLD, is_a_template: true, other_config: {} });
const pool = put(
  folder,
  "state.db",
  makeDatabase({ VM: [...inheriting, ...others, vmOf(300, healthyBlob()), template].map((vm) => vmRow(vm)) }),
);

function report(...args: string[]): Report {
  const { status, stdout, stderr } = run([...args, "--group", "--format", "json", ...DAY]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

describe("--group", () => {
  const { clusters = [] } = report(pool);

  it("makes one cluster of the VMs of one template, whatever differs in size and in what is the guest's own", () => {
    expect(clusters.map(({ verdict, vms, baseTemplateName }) => [verdict, vms, baseTemplateName])).toEqual([
      ["at-risk", INHERITING, GOLD],
      ["unbootable", 3, "Debian 13"],
      ["at-risk", 0, null],
    ]);
    const [first, second] = clusters;
    expect(first?.faults).toContain("wrong-signature-owner");
    expect(first?.keys?.text).toBe("2 certificates under the owner XCP-ng");
    expect(first?.members).toHaveLength(INHERITING);
    expect(second?.faults).toContain("variable-data-over-limit");
    expect(second?.keys).toBeNull();
  });

  it("makes the same clusters of what stands in an archive", () => {
    const database = (vms: readonly ReturnType<typeof vmOf>[]) =>
      makeDatabase({ VM: vms.map((vm) => vmRow(vm)) });
    const archive = makeXva([
      { name: "a/state.db", bytes: database([...inheriting, template]) },
      { name: "b/state.db", bytes: database(others) },
    ]);
    const inArchive = report(put(folder, "dumps.tar", archive)).clusters ?? [];
    const told = (all: typeof clusters) =>
      all.map(({ verdict, vms, faults, keys }) => [verdict, vms, faults, keys]);
    expect(told(inArchive)).toEqual(told(clusters));
  });

  it("finds the template in the run, says its verdict, and gives the command for it first", () => {
    const [first] = clusters;
    expect(first?.templates).toMatchObject([
      { nameLabel: GOLD, uuid: uuidOf(100), verdict: "at-risk", isNamed: true, sharesCause: true },
    ]);
    const [step] = first?.next ?? [];
    expect(step?.text).toMatch(/^First the template Windows 11 gold, since new VMs inherit what it holds\./);
    expect(step?.commands).toEqual([
      `varscope repair ${pool} --emit efivars --out repaired --vm ${uuidOf(100)}`,
    ]);
    const member = first?.next.at(-1);
    expect(member?.text).toMatch(/^Then win-01: .*The other 42 copies need the like\.$/);
    expect(member?.commands).toEqual([
      `varscope repair ${pool} --emit efivars --out repaired --vm ${uuidOf(1)}`,
    ]);
  });

  it("says where to look for a template that is not among the inputs", () => {
    const [step] = clusters[1]?.next ?? [];
    expect(step?.text).toContain("The template Debian 13 is not among the inputs.");
    expect(step?.commands[0]).toBe("xe template-list 'name-label=Debian 13' params=uuid");
  });

  it("is told in a table, in sentences", () => {
    const { stdout } = run([pool, "--group", ...DAY]);
    expect(stdout).toContain("Common causes");
    expect(stdout).toContain("43 VMs: ");
    expect(stdout).toContain(
      "These 43 VMs inherit it from the template Windows 11 gold, which has the same fault.",
    );
    expect(stdout).toContain("KEK and db hold 2 certificates under the owner XCP-ng.");
    expect(stdout).toContain("1 cause concerns one record only.");
    expect(run([pool, ...DAY]).stdout).not.toContain("Common causes");
  });

  it.each(["markdown", "html"])("is told in %s", (format) => {
    const { stdout } = run([pool, "--group", "--format", format, ...DAY]);
    expect(stdout).toContain("Common causes");
    expect(stdout).toContain("These 43 VMs inherit it from the template Windows 11 gold");
  });

  it("follows the schema, and adds nothing where it is not asked for", () => {
    const validate = new Ajv({ strict: true, allErrors: true }).compile(JSON.parse(run(["schema"]).stdout));
    validate(report(pool));
    expect(validate.errors).toBeNull();
    const plain = JSON.parse(run([pool, "--format", "json", ...DAY]).stdout);
    expect(Object.keys(plain)).not.toContain("clusters");
  });

  it.each([
    ["ndjson", "--group needs a report with an end"],
    ["sarif", "--format sarif has no place for --group"],
    ["junit", "--format junit has no place for --group"],
  ])("is wrong usage with %s", (format, message) => {
    const { status, stderr, stdout } = run([pool, "--group", "--format", format]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("tells a likely origin as such where VMs keep the name of an older template", () => {
    // What VM.clone of a template leaves that was itself made from another one.
    const base = { other_config: { base_template_name: "Windows 11 (64-bit)" } };
    const vms = [1, 2, 3].map((i) => vmRow(vmOf(i, grown(i), base)));
    const gold = vmRow(vmOf(9, grown(0), { ...base, name_label: "gold", is_a_template: true }));
    const path = put(folder, "older.db", makeDatabase({ VM: [...vms, gold] }));
    const { stdout } = run([path, "--group", ...DAY]);
    expect(stdout.replaceAll(/\n +/g, " ")).toContain(
      "These 3 VMs most likely inherit it from the template gold, which has the same fault and was first made from Windows 11 (64-bit) like them.",
    );
  });

  it("says so where the template is healthy", () => {
    const vms = [1, 2].map((i) => vmRow(vmOf(i, grown(i))));
    const gold = vmRow(vmOf(9, healthyBlob(), { name_label: GOLD, is_a_template: true, other_config: {} }));
    const path = put(folder, "mended.db", makeDatabase({ VM: [...vms, gold] }));
    const { stdout } = run([path, "--group", ...DAY]);
    expect(stdout).toContain(
      "These 2 VMs come from the template Windows 11 gold, of which the verdict is: healthy.",
    );
    expect(stdout).not.toContain("First the template");
  });

  it("counts snapshots by themselves, and finds the origin of one that does not tell it by what it is a snapshot of", () => {
    const vm = vmOf(1, grown(1));
    const snapshot = snapshotRow(vmOf(2, grown(2), { other_config: {}, name_label: "before" }), vm);
    const path = put(folder, "snapshots.db", makeDatabase({ VM: [snapshot, vmRow(vm)] }));
    const { clusters = [] } = report(path);
    expect(clusters).toMatchObject([{ baseTemplateName: GOLD, vms: 1, snapshots: 1, copies: 3 }]);
    expect(run([path, "--group", ...DAY]).stdout).toContain("Snapshots bring it back");
  });

  it("gives the same with one thread and with three", () => {
    const many = temporaryFolder();
    for (let i = 0; i < 60; i++) {
      const blob = i % 3 === 0 ? unbootable : i % 3 === 1 ? incidentBlob(20, 3) : grown(i);
      put(many, `${String(i).padStart(2, "0")}.vars`, blob);
    }
    for (const format of ["json", "table"]) {
      const [one, three] = ["1", "3"].map(
        (jobs) => run([many, "--group", "--format", format, "--jobs", jobs, ...DAY]).stdout,
      );
      expect(three === one, format).toBe(true);
      expect(one).toContain("wrong-signature-owner");
    }
  });

  it("sends nothing to a terminal that a name or an owner smuggles in", () => {
    const evil = "\u001b[31mgold\u202e";
    const vms = [1, 2].map((i) =>
      vmRow(vmOf(i, grown(i), { other_config: { base_template_name: evil }, name_label: evil })),
    );
    const path = put(folder, "evil.db", makeDatabase({ VM: vms }));
    for (const format of ["table", "json", "markdown", "html"]) {
      const { stdout } = run([path, "--group", "--format", format, ...DAY]);
      expect(stdout).not.toMatch(/[\u001b\u202e]/);
    }
  });
});
