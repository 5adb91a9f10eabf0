/** What stands in front of a command that is printed to be typed: how the program is called where the report is read. */
import { TOOL } from "./tool.ts";

let find: () => string = () => TOOL.name;
let known: string | null = null;

/** Sets how varscope is called in printed commands. `call` runs when the first command is printed. */
export function calledAs(call: () => string): void {
  find = call;
  known = null;
}

/** The program's name, unless it said otherwise. */
export function programCall(): string {
  known ??= find();
  return known;
}
