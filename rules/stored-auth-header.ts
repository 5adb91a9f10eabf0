import {
  AUTH_HEADER_BYTES,
  EFI_CERT_TYPE_PKCS7_GUID,
  readAuthHeader,
  WIN_CERT_TYPE_EFI_GUID,
} from "../parsers/efi/auth-header.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { secureBootName } from "../parsers/efi/signature-variables.ts";
import type { VariableRule } from "./engine/rule.ts";

/** Offset of wCertificateType in EFI_VARIABLE_AUTHENTICATION_2. */
const TYPE_OFFSET = 22;

export const storedAuthHeader: VariableRule = {
  meta: {
    id: "stored-auth-header",
    title: "A whole .auth file was stored in place of its signature lists",
    severity: "error",
    breaks: "update",
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks for PK, KEK, db, dbx and dbt whose data begins with an authentication header, as a .auth file does.",
      why: "The header and its signature belong to the request of a write; the daemon checks them and stores what comes behind. A tool that put the whole file into the NVRAM left a variable in which neither the firmware nor the daemon finds a signature list: nothing in it is trusted or revoked, and the next append walks bytes that are none.",
      repair:
        "None is applied. The lists begin at the byte that the finding names: write the variable anew with only those, or, with the VM halted and its NVRAM saved, let varstore-sb-state UUID user on the host write the pool's set.",
      references: [
        "UEFI 2.10 §8.2.2, EFI_VARIABLE_AUTHENTICATION_2",
        "varstored handler.c, verify_auth_var_type",
      ],
    },
  },
  message: ({ variable, payloadOffset, payloadBytes }) =>
    `${variable} begins with an authentication header; its signature lists begin at byte ${payloadOffset} (${payloadBytes} bytes).`,
  on: "variable",
  // The type is looked at first: hardly any variable has these two bytes there.
  concerns: (variable) =>
    variable.data[TYPE_OFFSET] === (WIN_CERT_TYPE_EFI_GUID & 0xff) &&
    variable.data[TYPE_OFFSET + 1] === WIN_CERT_TYPE_EFI_GUID >> 8 &&
    secureBootName(variable) !== null,
  *detect(variable) {
    const header = readAuthHeader(variable.data);
    if (header?.certificateType !== WIN_CERT_TYPE_EFI_GUID || header.certType !== EFI_CERT_TYPE_PKCS7_GUID) {
      return;
    }
    const { length } = variable.data;
    const payloadOffset = Math.min(Math.max(header.payloadOffset, AUTH_HEADER_BYTES), length);
    const { start } = variable.dataSpan;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: { start, end: start + payloadOffset },
      facts: { variable: shortName(variable.name), payloadOffset, payloadBytes: length - payloadOffset },
      repair: {
        applicability: "manual",
        title: `Write ${shortName(variable.name)} anew with its bytes from ${payloadOffset} on`,
        patches: [],
      },
    };
  },
};
