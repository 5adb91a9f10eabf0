import { shortName } from "../parsers/efi/short-name.ts";
import { SIGNATURE_LIST_HEADER_BYTES } from "../parsers/efi/signature-list.ts";
import { secureBootName } from "../parsers/efi/signature-variables.ts";
import { poolSetRepair } from "./engine/asked-secure-boot.ts";
import { NO_CERTIFICATE, nameOfPlatformKey } from "./engine/platform-key.ts";
import type { VariableRule } from "./engine/rule.ts";
import { exchangeSigners, modeOf } from "./reasoning/signers.ts";
import { testOrLeakedPk } from "./test-or-leaked-pk.ts";

export const unusablePk: VariableRule = {
  meta: {
    id: "unusable-pk",
    title: "The PK is no certificate",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for a PK whose first entry is no X.509 certificate, or one that cannot be parsed; also for a PK that holds no entry. The type of its list does not count: the daemon never looks at it.",
      why: "Because there is a PK, writes of PK and KEK must be signed with it, and the daemon compares the signer with the first entry of PK. Where that is no certificate, nobody can sign: KEK stays as it is for ever, and so does PK. Updates of db and dbx go by KEK as before, and starts do not ask for the PK's contents.",
      repair:
        "None is applied: a new PK has to be chosen. On the host, with the VM halted and its NVRAM saved: look at the pool's set (secureboot-certs report), then varstore-sb-state UUID user writes PK, KEK, db and dbx anew from it. Look at varstore-ls afterwards: the tool ends with 0 even where it failed.",
      notAFault:
        "A certificate with an elliptic-curve key signs where it is there. VMware's placeholder is told by test-or-leaked-pk, and a KEK without Microsoft's certificate of 2023 by kek-2023-missing: that is what a dead PK breaks. With platform:auth-enforce=false nobody needs to sign.",
      references: ["varstored handler.c, verify_auth_var_type (AUTH_TYPE_PK)", "UEFI 2.10 §32.3"],
    },
  },
  topics: ["write-pk", "write-kek", "write-dbx"],
  message: ({ exchangeSigners: signers, bytes, headerBytes }) => {
    if ((bytes as number) < (headerBytes as number))
      return `The PK has ${bytes} bytes; the header of a list alone needs ${headerBytes}. To check a signature the daemon reads past its end: what it answers to a signed write cannot be known.`;
    const nobody =
      "The PK is no certificate: nobody can sign a change of PK or KEK, so they stay as they are, and";
    if (signers === 0) return `${nobody} no certificate of KEK can sign for db and dbx.`;
    return `${nobody} db and dbx are still written under KEK (certificates that can sign: ${signers}).`;
  },
  on: "variable",
  concerns: (variable) => secureBootName(variable) === "PK",
  *detect(variable, context) {
    const { PK } = context.keys();
    // Of namesakes the last counts.
    if (PK?.variable !== variable || modeOf(context) !== "user") return;
    if (nameOfPlatformKey(PK, context.platform) !== NO_CERTIFICATE) return;
    if (testOrLeakedPk.detect(variable, context)[Symbol.iterator]().next().done === false) return;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        variable: shortName(variable.name),
        bytes: variable.data.length,
        headerBytes: SIGNATURE_LIST_HEADER_BYTES,
        exchangeSigners: exchangeSigners(context).length,
      },
      repair: poolSetRepair(context.vm),
    };
  },
};
