import { shortName } from "../parsers/efi/short-name.ts";
import type { VariableRule } from "./engine/rule.ts";

export const variableDataEmpty: VariableRule = {
  meta: {
    id: "variable-data-empty",
    title: "A variable has no data",
    severity: "error",
    breaks: "start",
    repairable: "always",
    docs: {
      what: "Looks for variables with zero bytes of data.",
      why: "No daemon stores such a variable: empty data means deletion. The loader refuses the whole blob, and the VM does not start.",
      repair: "--strategy remove deletes the record, which holds no data.",
      references: ["varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob"],
    },
    since: "0.1.0",
  },
  topics: ["start-without-secure-boot", "hosts"],
  message: ({ variable }) =>
    `${variable === "" ? "A variable without a name" : variable} has no data; varstored refuses a blob with such a record.`,
  on: "variable",
  concerns: ({ data }) => data.length === 0,
  *detect(variable) {
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.span,
      facts: { variable: variable.name },
      repair: {
        applicability: "unsafe",
        title: `Delete the empty variable ${shortName(variable.name)}`,
        patches: [{ op: "delete-variable", index: variable.index }],
      },
    };
  },
};
