import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { VariableRule } from "./engine/rule.ts";

export const variableNameOverLimit: VariableRule = {
  meta: {
    id: "variable-name-over-limit",
    title: "A variable has a longer name than the daemon loads",
    severity: "error",
    breaks: "start",
    repairable: "always",
    docs: {
      what: "Looks for variables whose name has more than 4096 bytes.",
      why: "The daemon refuses to store such a name and to load it: the VM does not start.",
      repair: "--strategy remove deletes the variable.",
      references: [
        "varstored include/handler.h, NAME_LIMIT",
        "varstored include/serialize.h, unserialize_data",
      ],
    },
    since: "0.1.0",
  },
  topics: ["start-without-secure-boot", "hosts"],
  message: ({ index, bytes, limit }) =>
    `The name of variable ${index} has ${bytes} bytes; varstored loads at most ${limit}.`,
  on: "variable",
  concerns: ({ nameBytes }) => nameBytes.length > VARSTORED_LIMITS.NAME_LIMIT,
  *detect(variable) {
    const bytes = variable.nameBytes.length;
    yield {
      variable,
      path: `variables[${variable.index}].name`,
      span: variable.span,
      facts: {
        index: variable.index,
        bytes,
        limit: VARSTORED_LIMITS.NAME_LIMIT,
        dataBytes: variable.data.length,
      },
      repair: {
        applicability: "unsafe",
        title: `Delete the variable with a name of ${bytes} bytes`,
        patches: [{ op: "delete-variable", index: variable.index }],
      },
    };
  },
};
