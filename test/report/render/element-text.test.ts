import { describe, expect, it } from "vitest";
import type { InputReport } from "../../../report/input.ts";
import { copyText, elementFrame, elementPieces } from "../../../report/render/element-text.ts";
import { jsonText } from "../../../report/render/printable.ts";
import { HOSTILE_TEXTS, hostileInput, judgedInputOf, vmReportOf } from "../../builders/judged.ts";

const since = { status: "new", verdict: null, newFindings: [], fixedFindings: [], unchanged: 0 } as const;
const REPORTS: readonly InputReport[] = [
  judgedInputOf().report,
  judgedInputOf({ vms: [vmReportOf()] }).report,
  judgedInputOf({ vms: [vmReportOf(), vmReportOf({ nvram: null })] }).report,
  { ...judgedInputOf({ vms: [vmReportOf()] }).report, since },
  { ...judgedInputOf().report, since },
  ...HOSTILE_TEXTS.map((text) => hostileInput(text).report),
];

function text(report: InputReport, form: "line" | "indented"): string {
  return [...elementPieces(report, form)].join("");
}

describe("an element in pieces", () => {
  it("is the same JSON as in one piece, on a line or indented as in the document", () => {
    for (const report of REPORTS) {
      expect(text(report, "line")).toBe(jsonText(report, 0));
      const document = `{\n  "inputs": [\n    ${text(report, "indented")}\n  ]\n}`;
      expect(document).toBe(jsonText({ inputs: [report] }, 2));
    }
  });

  it("keeps the order of the keys, with the copies behind all but what came of them since", () => {
    for (const report of REPORTS) {
      expect(Object.keys(JSON.parse(text(report, "line")))).toEqual(Object.keys(report));
      expect(
        Object.keys(report)
          .filter((key) => key !== "since")
          .at(-1),
      ).toBe("vms");
    }
  });

  it("is what stands in front of its copies, their texts, and what stands behind them", () => {
    for (const form of ["line", "indented"] as const)
      for (const report of REPORTS) {
        const { head, tail } = elementFrame({ ...report, vms: [] }, report.vms.length > 0, form);
        const copies = report.vms.map((vm, i) => copyText(vm, i, form));
        expect(head + copies.join("") + tail).toBe(text(report, form));
      }
  });
});
