/** What only the whole program decides on the real daemon's blobs. */
import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { beforeAll, describe, expect, it } from "vitest";
import type { InputReport } from "../../report/input.ts";
import type { Report } from "../../report/report.ts";
import { hasSharedData, SHARED_NVRAM, sharedBytes, sharedCases } from "../shared-data.ts";
import { base64, put, run, temporaryFolder, UUID_A } from "./run.ts";

const cases = sharedCases();

describe.skipIf(!hasSharedData)("the real daemon's blobs", () => {
  const folder = temporaryFolder();
  const paths = cases
    .flatMap(([name]) => [`${name}.vars`, `${name}.efivars.b64`])
    .map((name) => join(SHARED_NVRAM, name));
  let report: Report;
  let status: number | null;
  // Not at once: the body of a skipped suite runs as well.
  beforeAll(() => {
    const ran = run([...paths, "--format", "json"]);
    status = ran.status;
    report = JSON.parse(ran.stdout) as Report;
  });
  const inputOf = (file: string): InputReport | undefined =>
    report.inputs.find(({ path }) => path.endsWith(`/${file}`));

  it("give a report that its schema takes", () => {
    const validate = new Ajv({ strict: true }).compile(JSON.parse(run(["schema"]).stdout));
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(status).toBe(3);
  });

  it.each(cases.filter(([name]) => !name.startsWith("23")))(
    "%s loads as the daemon says, as bytes and as text",
    (name, { loader }) => {
      for (const ending of ["vars", "efivars.b64"]) {
        const vm = inputOf(`${name}.${ending}`)?.vms[0];
        expect(vm?.nvram?.loads).toBe(loader === "accepts");
      }
    },
  );

  it.each(cases.filter(([, { hostScript }]) => hostScript.affected !== undefined))(
    "%s has as many affected and oversized variables as the host's script counts",
    (name, { hostScript }) => {
      for (const ending of ["vars", "efivars.b64"]) {
        const findings = inputOf(`${name}.${ending}`)?.vms[0]?.findings ?? [];
        const variables = (...rules: string[]): number =>
          new Set(
            findings.filter(({ ruleId }) => rules.includes(ruleId)).map(({ variable }) => variable?.name),
          ).size;
        expect(variables("wrong-signature-owner", "variable-data-over-limit")).toBe(hostScript.affected);
        expect(variables("variable-data-over-limit")).toBe(hostScript.oversized);
      }
    },
  );

  it("refuse a damaged magic as an input, and as a record's text", () => {
    const name = "23-crafted-bad-magic";
    for (const ending of ["vars", "efivars.b64"]) {
      expect(inputOf(`${name}.${ending}`)?.error?.code).toBe("bad-magic");
      expect(run([join(SHARED_NVRAM, `${name}.${ending}`)]).status).toBe(3);
    }
    const record = { uuid: UUID_A, NVRAM: { "EFI-variables": base64(sharedBytes(`${name}.vars`)) } };
    const { inputs } = JSON.parse(
      run([put(folder, "record.json", JSON.stringify(record)), "--format", "json"]).stdout,
    ) as Report;
    expect(inputs[0]?.vms[0]?.nvram?.loads).toBe(false);
  });

  it("print the figures of the incident", () => {
    const { stdout } = run([join(SHARED_NVRAM, "05-affected-dbx-60440.efivars.b64")]);
    for (const figure of ["60440", "57344", "131072"]) expect(stdout).toContain(figure);
  });

  it("are repaired, refused or left alone as their kind says", () => {
    const dir = temporaryFolder();
    for (const [name] of cases) cpSync(join(SHARED_NVRAM, `${name}.vars`), join(dir, `${name}.vars`));
    const statusOf = (number: string, ...args: string[]): number | null => {
      const name = readdirSync(dir).find((file) => file.startsWith(number) && !file.includes("repaired"));
      return run(["repair", join(dir, name ?? ""), ...args]).status;
    };
    const wasWritten = (number: string): boolean =>
      readdirSync(dir).some((file) => file.startsWith(number) && file.includes("repaired"));
    for (const number of [
      "03",
      "04",
      "05",
      "06",
      "07",
      "13",
      "20",
      "22",
      "25",
      "26",
      "27",
      "30",
      "31",
      "32",
    ]) {
      expect([number, statusOf(number), wasWritten(number)]).toEqual([number, 0, true]);
    }
    for (const number of ["01", "02", "08", "09", "11", "12", "14", "15", "16", "17"]) {
      expect([number, statusOf(number), wasWritten(number)]).toEqual([number, 0, false]);
    }
    for (const number of ["10", "21", "28", "29"]) {
      expect([number, statusOf(number), wasWritten(number)]).toEqual([number, 4, false]);
      expect([number, statusOf(number, "--strategy", "remove"), wasWritten(number)]).toEqual([
        number,
        0,
        true,
      ]);
    }
    for (const strategy of ["merge", "remove"]) {
      expect([strategy, statusOf("24", "--strategy", strategy), wasWritten("24")]).toEqual([
        strategy,
        4,
        false,
      ]);
    }
    expect(existsSync(join(dir, "23-crafted-bad-magic.repaired.vars"))).toBe(false);
  });
});
