import { shortName } from "../parsers/efi/short-name.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import { overLimitRepair } from "./engine/over-limit.ts";
import type { VariableRule } from "./engine/rule.ts";

export const variableDataOverLimit: VariableRule = {
  meta: {
    id: "variable-data-over-limit",
    title: "A variable has more data than the daemon loads",
    severity: "error",
    breaks: "start",
    repairable: "always",
    ofViews: true,
    docs: {
      what: "Looks for variables with more than 57344 bytes of data.",
      why: "An append on a daemon before the fix could grow a variable past this limit, because only the total was checked. The loader checks it, and refuses the whole blob: the VM does not start any more, and the host's own tools for its variables fail as well.",
      repair:
        "Merging what is identical (see wrong-signature-owner) often brings a dbx below the limit; nothing is lost by it. Only where that does not help, --strategy remove deletes the variable, as the host's script does.",
      references: [
        "varstored include/handler.h, DATA_LIMIT",
        "varstored include/serialize.h, unserialize_data",
        "xapi-project/varstored CA-419599 (the append fix)",
      ],
    },
    since: "0.1.0",
  },
  topics: ["start-without-secure-boot", "hosts"],
  message: ({ variable, bytes, limit }) =>
    `${variable} has ${bytes} bytes of data; varstored loads at most ${limit}.`,
  on: "variable",
  concerns: ({ data }) => data.length > VARSTORED_LIMITS.DATA_LIMIT,
  *detect(variable, context) {
    const bytes = variable.data.length;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: { variable: shortName(variable.name), bytes, limit: VARSTORED_LIMITS.DATA_LIMIT },
      repair: overLimitRepair(variable, context.signaturesOf(variable), context),
    };
  },
};
