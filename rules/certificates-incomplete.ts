import { secureBootName } from "../parsers/efi/signature-variables.ts";
import { askedSecureBoot } from "./engine/asked-secure-boot.ts";
import { readinessOf } from "./engine/readiness.ts";
import type { BlobRule } from "./engine/rule.ts";

const NEEDED = ["KEK", "db", "dbx"] as const;

export const certificatesIncomplete: BlobRule = {
  meta: {
    id: "certificates-incomplete",
    title: "There is a PK, but not all of KEK, db and dbx",
    severity: "info",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for an NVRAM that has a PK and lacks KEK, db or dbx.",
      why: "Without db nothing is trusted and a guest with Secure Boot does not start; without KEK nobody but the holder of the PK can change db and dbx; without dbx nothing is revoked. XAPI calls the first two certs_incomplete and the last ready_no_dbx.",
      repair:
        "None is applied. If Secure Boot is wanted, write the pool's set. On the host, with the VM halted and its NVRAM saved: look at the pool's set (secureboot-certs report), then varstore-sb-state UUID user writes PK, KEK, db and dbx anew from it. Look at varstore-ls afterwards: the tool ends with 0 even where it failed.",
      notAFault:
        "A PK alone is what XenServer and XCP-ng before 8.3 enrolled where no certificates were installed, and a pool's own keys need no dbx.",
      references: ["xapi ocaml/xapi/xapi_vm.ml, get_secureboot_readiness", "varstored handler.c, setup_keys"],
    },
  },
  topics: ["write-db", "start-windows", "start-linux"],
  message: ({ missing, readiness, asked }) =>
    `There is a PK, but no ${(missing as readonly string[]).join(", no ")}; ${asked === true ? "" : "with Secure Boot on "}XAPI calls this ${readiness}.`,
  on: "blob",
  *detect({ variables, stop }, { vm }) {
    if (stop !== null) return;
    const present = new Set(variables.map(secureBootName));
    if (!present.has("PK")) return;
    const missing = NEEDED.filter((name) => !present.has(name));
    if (missing.length === 0) return;
    yield {
      path: "",
      span: null,
      facts: { missing, readiness: readinessOf(present), asked: askedSecureBoot(vm) === "on" },
    };
  },
};
