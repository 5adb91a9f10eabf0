import type { VariableRule } from "./engine/rule.ts";

export const variableNameEmpty: VariableRule = {
  meta: {
    id: "variable-name-empty",
    title: "A variable has no name",
    severity: "error",
    breaks: "start",
    repairable: "always",
    docs: {
      what: "Looks for records whose name has zero bytes.",
      why: "No daemon stores such a record. The loader refuses the whole blob, and the VM does not start.",
      repair: "--strategy remove deletes the record: nothing could ever ask for it.",
      references: ["varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob"],
    },
    since: "0.1.0",
  },
  topics: ["start-without-secure-boot", "hosts"],
  message: ({ index, bytes }) =>
    `Variable ${index} has an empty name (and ${bytes} bytes of data); varstored refuses a blob with such a record.`,
  on: "variable",
  concerns: ({ nameBytes }) => nameBytes.length === 0,
  *detect(variable) {
    yield {
      variable,
      path: `variables[${variable.index}].name`,
      span: variable.span,
      facts: { index: variable.index, bytes: variable.data.length },
      repair: {
        applicability: "unsafe",
        title: `Delete the nameless variable ${variable.index} (${variable.data.length} bytes)`,
        patches: [{ op: "delete-variable", index: variable.index }],
      },
    };
  },
};
