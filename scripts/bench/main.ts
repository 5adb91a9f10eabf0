/** The bench: ratios of durations within this run, as tables or as JSON. Needs `npm run build` before it. */
import { type FolderResult, measureFolder, READ_FOLDER, readFolder } from "./folder.ts";
import { type HotSpotsResult, measureHotSpots } from "./hot-spots.ts";
import { type InProcessResult, measureInProcess } from "./in-process.ts";
import { type MemoryResult, measureMemory } from "./memory.ts";
import { type BenchOptions, benchOptions } from "./options.ts";
import { samples } from "./samples.ts";
import { measureWholeProcess, type WholeProcessResult } from "./whole-process.ts";

interface BenchResult {
  readonly node: string;
  readonly inProcess: readonly InProcessResult[];
  readonly wholeProcess: readonly WholeProcessResult[];
  readonly folder: FolderResult;
  readonly hotSpots: HotSpotsResult;
  readonly memory: MemoryResult;
}

function bench(options: BenchOptions): BenchResult {
  const all = samples();
  const [first] = all;
  if (first === undefined) throw new Error("there is no sample to measure");
  return {
    node: process.version,
    inProcess: all.map((sample) => measureInProcess(sample, options.variants)),
    wholeProcess: all.map((sample) => measureWholeProcess(sample, options.starts)),
    folder: measureFolder(first, options.dumps, options.passes),
    hotSpots: measureHotSpots(first, options.variants),
    memory: measureMemory(first, options.analyses),
  };
}

const times = (value: number): string => `${value.toFixed(2)} times`;
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

function text({ node, inProcess, wholeProcess, folder, hotSpots, memory }: BenchResult): string {
  return [
    `Node ${node}; medians of what took turns in this run`,
    ...inProcess.flatMap(({ sample, blobBytes, textBytes, findings, unseen, ownBootEntries, seen }) => [
      "",
      `Decoding and all rules, against native decoding of the same text: a blob ${sample}`,
      `(${blobBytes} bytes, as text ${textBytes}; ${findings} findings)`,
      `  dbx and boot entries never seen before   ${times(unseen)}`,
      `  boot entries never seen before           ${times(ownBootEntries)}`,
      `  all seen before                          ${times(seen)}`,
    ]),
    ...wholeProcess.flatMap(({ sample, version, json, table }) => [
      "",
      `Whole process, against node -e 0: a blob ${sample}`,
      `  --version                                ${times(version)}`,
      `  analyze, as JSON                         ${times(json)}`,
      `  analyze, as table                        ${times(table)}`,
    ]),
    "",
    `A folder of ${folder.dumps} different dumps, against a process that reads and decodes them one by one`,
    `  analyze, as NDJSON                       ${times(folder.analyze)}`,
    "",
    "Where the time of an analysis goes, never seen before | seen before",
    ...hotSpots.unseen.map(({ what, share }, i) => {
      const seen = hotSpots.seen[i];
      const right = seen === undefined ? "" : `${percent(seen.share).padStart(8)}  ${seen.what}`;
      return `  ${percent(share).padStart(8)}  ${what.padEnd(34)} |${right}`;
    }),
    "",
    `Live memory after ${memory.analyses} analyses, against that after the first 1000`,
    `  ${times(memory.growth)}`,
    "",
  ].join("\n");
}

const [, , mode, folder = ""] = process.argv;
if (mode === READ_FOLDER) {
  readFolder(folder);
} else {
  const options = benchOptions(process.argv.slice(2));
  const result = bench(options);
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : text(result));
}
