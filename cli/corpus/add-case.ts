/** `corpus add`: a dump becomes a case, with what it comes to now as what is expected of it. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compressionOf } from "../../library/unpack/decompress.ts";
import { ParseError } from "../../parsers/errors.ts";
import { ALL_FORMATS } from "../../parsers/formats/index.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { expectationOf } from "../../report/corpus/expectation.ts";
import { isSameJudgement } from "../../report/corpus/same-judgement.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { jsonText, printable } from "../../report/render/printable.ts";
import { VERDICTS } from "../../report/render/verdicts.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import type { CommandContext } from "../context.ts";
import { UnreadableFile, UsageError } from "../errors.ts";
import { isFolder } from "../io/byte-source.ts";
import { makeFolder } from "../io/make-folder.ts";
import { TemporaryFile } from "../io/temporary-file.ts";
import { attempt } from "../io/write-file.ts";
import type { CorpusAddOptions } from "../options.ts";
import { judgingSettings } from "../settings.ts";
import { EXPECTATION_FILE, isCaseInput, README_FILE } from "./case-folder.ts";
import { type CaseInput, copiedInput, NotRedacted, redactedInput } from "./case-input.ts";
import { updateTable } from "./case-table.ts";
import { expectationBytes, readCaseFile } from "./check-case.ts";
import { type JudgedCase, judgeCase } from "./judge-case.ts";
import { writeCaseFile } from "./write-case-file.ts";

export async function addCase(options: CorpusAddOptions, context: CommandContext): Promise<ExitCode> {
  const { path, to, asOf, force, redact } = options;
  if (path === STANDARD_INPUT || (!redact && (await isFolder(path))))
    throw new UsageError(
      "corpus add takes one file: a case has one input. The variables of a guest as a folder are taken with --redact.",
    );
  const settings = await judgingSettings(options);
  try {
    const input = redact ? await redactedInput(path, settings) : await copiedInput(path);
    makeCaseFolder(to);
    const judge = (file: string): Promise<JudgedCase> =>
      judgeCase({ folder: to, input: file, repaired: null }, { asOf }, settings);
    const judged = await judgeCopy(input.bytes, to, judge);
    if (needsName(judged.elements[0]?.format))
      throw new UsageError(
        "Which variable this is stands in its name, which a case does not keep. Make one of the JSON that varscope extract writes of it.",
      );
    if (redact && !isSameJudgement((await judgeOriginal(path, input, judge)).elements, judged.elements))
      throw new NotRedacted(
        "It cannot be redacted: without what would be replaced or left out it is judged otherwise. Nothing was written. Take the NVRAM out with varscope extract, and redact that.",
      );
    const name = options.name ?? caseName(judged, input.bytes);
    const folder = join(to, name);
    if (existsSync(folder) && !force)
      throw new UsageError(`${printable(folder)} exists. Give another --name, or --force to write over it.`);
    makeCaseFolder(folder);
    const write = (file: string, content: Uint8Array): Promise<void> =>
      writeCaseFile(file, content, { force, inputs: [path] });
    if (!(await holdsInput(folder, input.bytes)))
      await write(join(folder, `input${endingOf(judged, input.bytes)}`), input.bytes);
    await write(join(folder, README_FILE), readme(judged, input));
    await write(join(folder, EXPECTATION_FILE), expectationBytes(expectationOf({ asOf }, judged.elements)));
    await updateTable(to);
    await tell(folder, judged, input, options, context);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof NotRedacted)) throw error;
    context.complain(`${printable(path)}: ${printable(error.message)}`);
    return EXIT.refused;
  }
}

function needsName(format: string | null | undefined): boolean {
  return ALL_FORMATS.some((one) => one.id === format && one.needsName === true);
}

/** Without the disks of an export, which the case will not have either. */
function judgeOriginal(
  path: string,
  { original }: CaseInput,
  judge: (file: string) => Promise<JudgedCase>,
): Promise<JudgedCase> {
  // Not in the corpus, where even a kill must leave nothing of it.
  return original === null ? judge(path) : judgeCopy(original, tmpdir(), judge);
}

/** Judged is the copy, by a name that says nothing. */
async function judgeCopy(
  bytes: Uint8Array,
  folder: string,
  judge: (path: string) => Promise<JudgedCase>,
): Promise<JudgedCase> {
  // Of nobody else on the machine: it may be the original.
  const what = `A temporary file in ${folder}`;
  const copy = attempt(what, () => new TemporaryFile(folder, 0o600));
  try {
    attempt(what, () => copy.write(bytes));
    return await judge(copy.path);
  } finally {
    copy.discard();
  }
}

function makeCaseFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new UnreadableFile(`The folder ${printable(path)} cannot be made: ${printable(error.message)}.`);
  }
}

/** True where the case has this very input. Throws UsageError for another one: it may be the last copy of a dump. */
async function holdsInput(folder: string, bytes: Uint8Array): Promise<boolean> {
  const names = attempt(folder, () => readdirSync(folder)).filter(isCaseInput);
  for (const name of names) {
    const present = await readCaseFile(join(folder, name), PARSER_LIMITS.maxCaseInputBytes).catch(
      (error: unknown) => {
        if (error instanceof ParseError) return null;
        throw error;
      },
    );
    if (present === null || Buffer.compare(present, bytes) !== 0)
      throw new UsageError(
        `${printable(join(folder, name))} is another dump, which is never written over, not even with --force. Give another --name, or take that case away yourself.`,
      );
  }
  return names.length > 0;
}

const DIGEST_DIGITS = 8;

/** The name of the file is its owner's, and stays with them. */
function caseName({ elements }: JudgedCase, bytes: Uint8Array): string {
  const verdicts = elements.flatMap(({ vms }) => vms.map(({ verdict }) => verdict));
  const worst = VERDICTS.find((verdict) => verdicts.includes(verdict));
  const kind = worst ?? elements.find(({ error }) => error !== null)?.error ?? "no-vms";
  return `${kind}-${createHash("sha256").update(bytes).digest("hex").slice(0, DIGEST_DIGITS)}`;
}

const COMPRESSED_ENDINGS = { gzip: ".gz", zstd: ".zst", bzip2: ".bz2" } as const;

function endingOf({ elements }: JudgedCase, bytes: Uint8Array): string {
  const format = elements[0]?.format ?? null;
  const compression = compressionOf(bytes);
  const plain = ALL_FORMATS.find(({ id }) => id === format)?.ending ?? ".bin";
  return compression === null ? plain : plain + COMPRESSED_ENDINGS[compression];
}

function summaryOf({ elements }: JudgedCase): string {
  const formats = elements.map(({ format, error }) => format ?? error ?? "unknown");
  const verdicts = elements.flatMap(({ vms }) => vms.map(({ verdict }) => verdict));
  const rules = elements.flatMap(({ vms, findings = [] }) =>
    [...findings, ...vms.flatMap((vm) => vm.findings)].map(({ ruleId }) => ruleId),
  );
  const parts = [formats, verdicts, rules].map((values) => [...new Set(values)].join(", "));
  return parts.filter((part) => part !== "").join(": ");
}

function readme(judged: JudgedCase, { note }: CaseInput): Uint8Array {
  return new TextEncoder().encode(`${summaryOf(judged)}\n\n${note}\n`);
}

async function tell(
  folder: string,
  judged: JudgedCase,
  { bytes, note }: CaseInput,
  { format, asOf }: CorpusAddOptions,
  { output }: CommandContext,
): Promise<void> {
  if (format === "json" || format === "ndjson") {
    const added = { folder, asOf, bytes: bytes.length, elements: judged.elements };
    await output.write(`${jsonText(added, format === "json" ? 2 : 0)}\n`);
    return;
  }
  await output.write(
    [
      `${printable(folder)}: ${printable(summaryOf(judged))}`,
      note,
      "Say in its README.md what it is about.",
      "",
    ].join("\n"),
  );
}
