/** Steps for an export, whose disks hold the boot loader: `boot` then answers whether it starts. */
import { shellPath } from "../render/shell.ts";
import { type NextStep, type Subject, step } from "./remedy.ts";

/** Nothing where no input is an export that has a name; a member of an archive is unpacked first. */
export function diskSteps({ patients, program }: Subject): NextStep[] {
  const exports = patients.filter(
    ({ format, path }) => format === "xva" && path !== "" && path !== "-" && !path.includes("!"),
  );
  const paths = [...new Set(exports.map(({ path }) => path))];
  if (paths.length === 0) return [];
  return [
    step(
      "here",
      "See which boot loader lies on its disks, and whether it starts now, after the repair and after each update",
      paths.map((path) => `${program} boot ${shellPath(path)}`),
      { expect: "A line for each question. An export of metadata alone has no disks." },
    ),
  ];
}
