import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable } from "../../../report/render/printable.ts";
import { runbookLines, runbookMarkdown } from "../../../report/render/runbook-text.ts";
import { shellPath } from "../../../report/render/shell.ts";
import { makeStyle } from "../../../report/render/style.ts";
import { stopStep } from "../../../report/runbook/nvram-steps.ts";
import type { RunbookStep } from "../../../report/runbook/step.ts";

const LOOK = { style: makeStyle(false), columns: 80, quiet: false };
const STEP: RunbookStep = {
  title: "Write it",
  machine: "host",
  commands: ["xe vm-list", "echo <x>"],
  note: "Mind snapshot_metadata and *this*.",
};

function section(name: string, steps: readonly RunbookStep[] = [STEP]) {
  return { name, uuid: null, steps };
}

describe("a runbook as Markdown", () => {
  it("has a section a VM, numbered steps with their machine, and commands in fences as they are", () => {
    const text = runbookMarkdown([section("files"), section("mail")]);
    expect(text.match(/^## VM .*$/gm)).toEqual(["## VM `files`", "## VM `mail`"]);
    expect(text).toContain("### 1. Write it\n\n**Host.** Mind snapshot\\_metadata and \\*this\\*.\n");
    expect(text).toContain("```sh\nxe vm-list\necho <x>\n```\n");
  });

  it("has the commands of a note as they are typed", () => {
    const { note } = stopStep("UUID");
    const look = "HOST: xe host-list uuid=$(xe pool-list params=master --minimal) params=address.";
    const text = runbookMarkdown([section("a", [{ ...STEP, note: `${look} ${note}` }])]);
    expect(text).toContain("`xe host-list uuid=$(xe pool-list params=master --minimal) params=address`.");
    expect(text).toContain("`xe vm-resume`");
  });

  it("names a VM with backticks in a span that they do not end", () => {
    expect(runbookMarkdown([section("a``b")])).toContain("## VM ```a``b```");
    expect(runbookMarkdown([section("`a`")])).toContain("## VM `` `a` ``");
  });

  it("lets no text of an input become a line, markup or an end of a fence", () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom("`", "\n", "<", "#", "*", "\u001b", "\u202e", " ", "~"), fc.string()),
      maxLength: 30,
    });
    fc.assert(
      fc.property(text, text, (name, path) => {
        const step = { ...STEP, title: name, note: name, commands: [`cat ${shellPath(path)}`] };
        const markdown = runbookMarkdown([section(name, [step])]);
        expect(printable(markdown.replaceAll("\n", ""))).toBe(markdown.replaceAll("\n", ""));
        const shape = markdown
          .split("\n")
          .map((line) => /^(## VM |### 1\. |\*\*Host\.\*\*|`{3,}(sh)?$|cat |$)/.exec(line)?.[1]);
        const fence = shape.filter((part) => part?.startsWith("```"));
        expect(fence).toHaveLength(2);
        expect(`${fence[1]}sh`).toBe(fence[0]);
        // Head, section, step, note, one command, the blank lines between them and the end.
        expect(shape).toHaveLength(14);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a runbook on a terminal", () => {
  it("shows commands whole, two VMs, and where to get all of it", () => {
    const long = { ...STEP, commands: [`xe ${"x".repeat(200)}`] };
    const sections = ["a", "b", "c"].map((name) => section(name, [long]));
    const lines = runbookLines(sections, null, LOOK);
    expect(lines.filter((line) => line.includes("x".repeat(200)))).toHaveLength(2);
    expect(lines.join("\n")).toContain("1 more in the runbook");
    expect(lines.at(-1)).toContain("--runbook FILE.md");
    expect(runbookLines(sections, "steps.md", LOOK).at(-1)).toBe(
      "All steps, with what to mind in each: steps.md",
    );
    expect(runbookLines([], null, LOOK)).toEqual([]);
  });
});
