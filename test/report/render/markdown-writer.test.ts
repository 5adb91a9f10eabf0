import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REMEDIES } from "../../../report/remedies/index.ts";
import {
  markdownBlock,
  markdownCode,
  markdownText,
  withCommands,
} from "../../../report/render/markdown-text.ts";
import { markdownWriter } from "../../../report/render/markdown-writer.ts";
import type { JudgedInput } from "../../../report/render/report-writer.ts";
import { likewise } from "../../../report/render/vm-block.ts";
import {
  findingReportOf,
  HOSTILE_TEXTS,
  hostileInput,
  judgedInputOf,
  vmReportOf,
  writtenBy,
} from "../../builders/judged.ts";
import { PATIENT } from "../remedies/patient.ts";

function write(inputs: readonly JudgedInput[], quiet = false): Promise<string> {
  return writtenBy((output) => markdownWriter(output, { asOf: "2026-11-22", quiet }), inputs, quiet);
}

/** Commands stand in blocks of code, which end at a fence that none of their lines holds. */
function linesOutsideBlocks(text: string): string[] {
  return text.replaceAll(/^( *)(`{3,})\n[\s\S]*?\n\1\2$/gm, "block").split("\n");
}

/** A line without code, in which an escaped character is a plain one. */
function bare(line: string): string {
  return line.replace(/\\[!-/:-@[-`{-~]/g, "x").replace(/`[^`]*`/g, "");
}

const unit = fc.string({
  unit: fc.oneof(
    fc.constantFrom(..."\\`*_[]<>&|~$@:/.#!{}()\n\r\t ".split(""), "www.", "http://", "\u2028"),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  ),
});

const KEK = { name: "KEK", guid: "8be4df61-93ca-11d2-aa0d-00e098032b8c" };

describe("text in Markdown", () => {
  it.each([
    ["a|b `c` *d* _e_", "a\\|b \\`c\\` \\*d\\* \\_e\\_"],
    ["<b>&amp;</b>", "\\<b\\>\\&amp;\\</b\\>"],
    ["[x](http://evil)", "\\[x\\](http\\://evil)"],
    ["www.evil.example @somebody", "www\\.evil.example \\\\x40somebody"],
    ["one\ntwo\u001b", "one\\\\ntwo\\\\x1b"],
    ["\\", "\\\\"],
    ["at byte 3: 5.5 (ok)", "at byte 3: 5.5 (ok)"],
  ])("%j is written so that it is only text", (text, written) => expect(markdownText(text)).toBe(written));

  it("has nothing special left in it, whatever goes in", () => {
    fc.assert(
      fc.property(unit, (text) => {
        expect(bare(markdownText(text))).not.toMatch(/[\\`*_[\]<>&|~$#@\p{Cc}\p{Cs}]|:\/|www\./iu);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [
      "it tells: xe host-list uuid=$(xe pool-list params=master --minimal) params=address.",
      "it tells: `xe host-list uuid=$(xe pool-list params=master --minimal) params=address`.",
    ],
    [
      "a_b (xe vm-resume), paused: xe vm-unpause first.",
      "a\\_b (`xe vm-resume`), paused: `xe vm-unpause` first.",
    ],
    [
      'x: xe vm-shutdown uuid="$vm" force=true discards',
      'x: `xe vm-shutdown uuid="$vm" force=true` discards',
    ],
    [
      "$(command -v a || echo /b.py) restore-efivar-backup UUID --restore-from /root/UUID.TIME.b64 (ls /root/*.b64).",
      "`$(command -v a || echo /b.py) restore-efivar-backup UUID --restore-from /root/UUID.TIME.b64` (`ls /root/*.b64`).",
    ],
    ["by xe alone, x $(", "by xe alone, x \\$("],
  ])("%j has its commands as code, as they are typed", (sentence, written) =>
    expect(withCommands(sentence, markdownText)).toBe(written),
  );

  it("with commands in it has nothing special beside them, whatever goes in", () => {
    const pieces = fc.array(fc.oneof(unit, fc.constantFrom("xe vm-list a=", "$(b)", " --c", "ls /*", "`")));
    fc.assert(
      fc.property(pieces, (all) => {
        const written = withCommands(all.join(""), markdownText);
        expect(bare(written)).not.toMatch(/[\\`*_[\]<>&|~$#\p{Cc}\p{Cs}]|:\/|www\./iu);
      }),
      { numRuns: 200 },
    );
  });

  it("of no remedy tells a command that an escape has changed", () => {
    for (const remedy of REMEDIES) {
      const ids = remedy.ruleIds.length === 0 ? [""] : remedy.ruleIds;
      const patients = ids.map((ruleId) => ({
        ...PATIENT,
        symptoms: [{ ruleId, facts: {}, variable: null }],
      }));
      const steps = patients.flatMap((patient) =>
        remedy
          .variants({ patients: [patient], more: 0, program: "varscope" })
          .flatMap((variant) => variant.steps),
      );
      for (const { title, caution, expect: sign, undo } of steps)
        for (const text of [title, caution ?? "", sign ?? "", undo ?? ""])
          expect(withCommands(text, markdownText).replace(/`[^`]*`/g, "")).not.toMatch(
            /\bxe [a-z]+-[a-z]|\\\$|\/\\\*/,
          );
    }
  });

  it("as code has no backtick and no bar, and is never empty", () => {
    expect(markdownCode("a`b|c")).toBe("`a\\x60b\\x7cc`");
    expect(markdownCode("")).toBe('`""`');
    fc.assert(
      fc.property(unit, (text) => {
        expect(markdownCode(text)).toMatch(/^`[^`|\p{Cc}\p{Cs}]+`$/u);
      }),
      { numRuns: 300 },
    );
  });

  it("in a block cannot end the block", () => {
    expect(markdownBlock(["echo '```'", "x"])).toEqual(["````", "echo '```'", "x", "````"]);
    expect(markdownBlock(["x"])).toEqual(["```", "x", "```"]);
  });
});

describe("the report in Markdown", () => {
  it("begins with the totals and a table, has a section for each copy with findings, and what is not read", async () => {
    const error = { code: "not-found", message: "no such file", path: "", offset: null };
    const findings = [
      findingReportOf(),
      findingReportOf({ variable: { name: "dbx", guid: null } }),
      findingReportOf({ ruleId: "dbx-behind", severity: "warning", message: "dbx is old." }),
    ];
    const healthy = vmReportOf({ verdict: "healthy", nameLabel: "mail", uuid: null });
    const lines = (
      await write([judgedInputOf({ vms: [healthy, vmReportOf({ findings })] }), judgedInputOf({ error })])
    ).split("\n");
    expect(lines.slice(0, 8)).toEqual([
      "# UEFI NVRAM report",
      "",
      expect.stringMatching(
        /^2 inputs, 2 VMs: 1 at risk, 1 healthy; 1 not read\. Judged by varscope .* as of 2026-11-22\.$/,
      ),
      "",
      "| Verdict | VM | UUID | Copy | Findings | Input |",
      "|---|---|---|---|---|---|",
      "| STARTS, BUT AT RISK | `files` | `0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01` | `NVRAM` | 1 error, 1 warning | `files.xva` |",
      "| HEALTHY | `mail` |  | `NVRAM` | none | `files.xva` |",
    ]);
    expect(lines).toContain("- `files.xva`: no such file");
    expect(lines).toContain("## STARTS, BUT AT RISK: `files`");
    expect(lines).toContain(
      "- **ERROR** `wrong-signature-owner`: db has the owner of another. Likewise dbx.",
    );
    expect(lines).toContain("- **WARNING** `dbx-behind`: dbx is old.");
    expect(lines).toContain("- `dbx`: 60000 of 57344 (105 %), 2656 OVER");
  });

  it("says of more findings without a variable how many they are, not where the model has them", () => {
    const event = findingReportOf({ path: "host.guestEvents", variable: null });
    expect(likewise([event, event])).toBe(" And 2 more like it.");
    expect(likewise([])).toBe("");
    const certificate = (name: string) => ({ ...event, variable: KEK, facts: { certificate: name } });
    expect(likewise([certificate("UEFI CA 2011"), certificate("UEFI CA 2023")])).toBe(
      " Likewise UEFI CA 2011 in KEK, UEFI CA 2023 in KEK.",
    );
  });

  it("ends with what to type, in a block, unless it is to be quiet", async () => {
    const vms = [vmReportOf({ findings: [findingReportOf()] })];
    const advice = [
      { kind: "repair", strategy: "merge", bytes: 100, scriptRestores: true, deletes: [] },
    ] as const;
    const input = { ...judgedInputOf({ path: "a b.vars", format: "vars", vms }), advice };
    const text = await write([input]);
    expect(text).toContain("## Next steps\n\n### ");
    expect(text).toMatch(/\n {3}```\n {3}varscope repair 'a b.vars'\n {3}```\n/);
    const quiet = await write([input, judgedInputOf({ vms: [vmReportOf({ verdict: "healthy" })] })], true);
    expect(quiet).not.toContain("Next steps");
    expect(quiet).not.toContain("| HEALTHY");
  });

  it("stays short enough for a comment: the worst is kept, the rest is counted", async () => {
    const findings = Array.from({ length: 20 }, (_, i) =>
      findingReportOf({ ruleId: `rule-${i}`, message: "x".repeat(900) }),
    );
    const inputs = Array.from({ length: 300 }, (_, i) =>
      judgedInputOf({
        path: `${i}.vars`,
        vms: [vmReportOf({ nameLabel: `vm ${i}`, findings, verdict: i === 299 ? "unbootable" : "at-risk" })],
      }),
    );
    const text = await write(inputs);
    expect(text.length).toBeLessThan(40_000);
    expect(text).toContain("| WILL NOT START | `vm 299` |");
    expect(text).toContain("## WILL NOT START: `vm 299`");
    expect(text).toContain("… and 240 more copies.");
    expect(text).toMatch(/\n29\d more sections left out/);
  });

  it.each(HOSTILE_TEXTS)("takes nothing of an input for Markdown: %j", async (hostile) => {
    const input = hostileInput(hostile);
    const plain = linesOutsideBlocks(await write([hostileInput("plain")]));
    const lines = linesOutsideBlocks(await write([input]));
    expect(lines).toHaveLength(plain.length);
    for (const [i, line] of lines.entries()) {
      const like = plain[i] ?? "";
      expect(bare(line).match(/[*_[\]<>|~$@`#]/g)).toEqual(bare(like).match(/[*_[\]<>|~$@`#]/g));
      expect(line).not.toMatch(/[\p{Cc}\p{Cs}]/u);
    }
  });
});
