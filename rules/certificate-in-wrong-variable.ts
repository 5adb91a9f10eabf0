import { shortName } from "../parsers/efi/short-name.ts";
import { SIGNATURE_OWNER_BYTES } from "../parsers/efi/signature-list.ts";
import type { HeldKeys } from "./engine/key-state.ts";
import type { BlobRule, Detection } from "./engine/rule.ts";
import type { StoredCertificate } from "./knowledge/stored-certificates.ts";

export const certificateInWrongVariable: BlobRule = {
  meta: {
    id: "certificate-in-wrong-variable",
    title: "A well-known certificate stands in a variable where it does not belong",
    severity: "warning",
    breaks: null,
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks in PK, KEK and db for well-known certificates that belong in another of the three: a key exchange key in db or PK, a certificate that signs boot loaders in KEK or PK, a platform key in KEK or db.",
      why: "Each variable gives another right. PK may change KEK, KEK may change db and dbx, db lets images start. In the wrong place a certificate does not give the right that it is there for, and gives one that was not meant: with Microsoft's KEK in PK everything that Microsoft signs may change KEK, and updates made for the right PK are refused.",
      repair:
        "None is applied: who enrolled it has to say what was meant. On the host, with the VM halted and its NVRAM saved: look at the pool's set (secureboot-certs report), then varstore-sb-state UUID user writes PK, KEK, db and dbx anew from it. Look at varstore-ls afterwards: the tool ends with 0 even where it failed.",
      notAFault:
        "In dbx any certificate may stand: there it is revoked. A certificate of one's own may be PK, KEK and db at once.",
      references: [
        "UEFI 2.10 §32.3 (the roles of PK, KEK, db and dbx)",
        "microsoft/secureboot_objects, PreSignedObjects",
      ],
    },
  },
  message: ({ certificate, variable, belongsIn }) =>
    `${variable} holds ${certificate}, which belongs in ${belongsIn}.`,
  on: "blob",
  *detect(_blob, context) {
    const { PK, KEK, db } = context.keys();
    yield* misplaced(PK, "PK");
    yield* misplaced(KEK, "KEK");
    yield* misplaced(db, "db");
  },
};

function* misplaced(keys: HeldKeys | null, name: "PK" | "KEK" | "db"): Iterable<Detection> {
  if (keys === null) return;
  for (const certificate of keys.certificates) {
    const { known } = certificate;
    if (known === null || known.variable === name) continue;
    yield {
      ...placeOf(keys, certificate),
      facts: {
        variable: shortName(keys.variable.name),
        certificate: known.commonName,
        sha256: certificate.sha256,
        belongsIn: known.variable,
      },
      repair: {
        applicability: "manual",
        title: `Take ${known.commonName} out of ${name}; it belongs in ${known.variable}`,
        patches: [],
      },
    };
  }
}

function placeOf(
  { variable }: HeldKeys,
  { offset, der }: StoredCertificate,
): Pick<Detection, "variable" | "path" | "span"> {
  const start = variable.dataSpan.start + offset;
  return {
    variable,
    path: `variables[${variable.index}].data`,
    span: { start, end: start + SIGNATURE_OWNER_BYTES + der.length },
  };
}
