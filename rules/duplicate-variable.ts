import { equalBytes } from "../parsers/bytes.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import type { EfiVariable } from "../parsers/model.ts";
import type { BlobRule } from "./engine/rule.ts";

export const duplicateVariable: BlobRule = {
  meta: {
    id: "duplicate-variable",
    title: "The same name and GUID stand twice",
    severity: "warning",
    breaks: null,
    repairable: "never",
    docs: {
      what: "Looks for records with the same name and vendor GUID.",
      why: "The daemon takes such a blob. Which record it answers with depends on the order, which is reversed each time it loads and saves: the last one stored wins now. The host's own repair script stops at duplicates.",
      repair:
        "None is applied: where the two differ, only a person can say which is right. The daemon goes on with the last record of the blob.",
      references: [
        "varstored handler.c, find_variable and xapidb-lib.c, unserialize_variables (records are pushed at the head)",
      ],
    },
    since: "0.1.0",
  },
  message: ({ variable, copies, differ }) =>
    `${variable} is there ${copies} times${differ ? ", with different content" : ", with the same content"}.`,
  on: "blob",
  *detect({ variables }) {
    // Nearly always no two names are the same, whatever their GUIDs.
    if (new Set(variables.map(({ name }) => name)).size === variables.length) return;
    for (const copies of groups(variables).values()) {
      const last = copies.at(-1);
      if (last === undefined || copies.length < 2) continue;
      const differ = copies.some((copy) => !sameContent(copy, last));
      yield {
        variable: last,
        path: `variables[${last.index}]`,
        span: last.span,
        facts: {
          variable: shortName(last.name),
          copies: copies.length,
          differ,
          indices: copies.map(({ index }) => index),
          answering: last.index,
        },
        breaks: differ ? "update" : null,
        repair: {
          applicability: "manual",
          title: `Decide which ${shortName(last.name)} is right; the daemon answers with variable ${last.index}`,
          patches: [],
        },
      };
    }
  },
};

function groups(variables: readonly EfiVariable[]): Map<string, EfiVariable[]> {
  const byIdentity = new Map<string, EfiVariable[]>();
  for (const variable of variables) {
    const identity = identityOf(variable);
    const group = byIdentity.get(identity);
    if (group === undefined) byIdentity.set(identity, [variable]);
    else group.push(variable);
  }
  return byIdentity;
}

/** All bytes of the name: `name` is its whole code units as they are, and lacks an odd last byte. */
function identityOf({ vendorGuid, name, nameBytes }: EfiVariable): string {
  const oddByte = nameBytes.length % 2 === 0 ? "" : String(nameBytes.at(-1));
  return `${vendorGuid} ${oddByte} ${name}`;
}

function sameContent(a: EfiVariable, b: EfiVariable): boolean {
  return (
    a.attributes === b.attributes &&
    equalBytes(a.data, b.data) &&
    equalBytes(a.timestamp, b.timestamp) &&
    equalBytes(a.certDigest, b.certDigest)
  );
}
