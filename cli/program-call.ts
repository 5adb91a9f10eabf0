/** How this program is called once more: what stands in front of a command that is printed to be typed here. */
import { accessSync, constants } from "node:fs";
import { basename, delimiter, join, relative, sep } from "node:path";
import { shellPath } from "../report/render/shell.ts";
import { TOOL } from "../report/tool.ts";

export interface Start {
  /** `argv[1]`: the file that Node was given, as an absolute path. */
  readonly script: string | undefined;
  /** Node, as it was called. */
  readonly node: string;
  /** PATH of the environment. */
  readonly path: string;
  readonly folder: string;
}

const PROGRAM_FILE = `${TOOL.name}.cjs`;
/** npm and npx have it in PATH while they run something, and who types has it not. */
const OF_PACKAGES = join("node_modules", ".bin");

/** The name, where a shell finds the program by it, and where it is not this program that runs; else Node and the file. */
export function callOf({ script, node, path, folder }: Start): string {
  const isProgram = script !== undefined && [PROGRAM_FILE, TOOL.name].includes(basename(script));
  if (!isProgram || isOnPath(path)) return TOOL.name;
  const near = relative(folder, script);
  const file = near === "" || near.startsWith(`..${sep}`) ? script : near;
  return `${shellPath(node)} ${shellPath(file)}`;
}

function isOnPath(path: string): boolean {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "" && !folder.endsWith(OF_PACKAGES))
    .some((folder) => isExecutable(join(folder, TOOL.name)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** For this process. */
export function ownCall(): string {
  return callOf({
    script: process.argv[1],
    node: process.argv0,
    path: process.env["PATH"] ?? "",
    folder: workingFolder(),
  });
}

/** Of one that is gone nothing is near. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return sep;
  }
}
