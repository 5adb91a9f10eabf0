import { holds, type KeyState, verifies } from "./engine/key-state.ts";
import type { BlobRule, RuleContext } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";
import {
  KEK_2K_CA_2023,
  KEK_CA_2011,
  type KnownCertificate,
  OPTION_ROM_UEFI_CA_2023,
} from "./knowledge/certificates.ts";
import { dbUpdateBytes, hasRoom } from "./reasoning/growth.ts";
import { modeOf } from "./reasoning/signers.ts";

export const db2023Missing: BlobRule = {
  meta: {
    id: "db-2023-missing",
    title: "Successors of Microsoft's certificates of 2011 are missing in db",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "For each certificate of Microsoft of 2011 in db, looks for its successors of 2023: Windows UEFI CA 2023 for the Windows boot manager; Microsoft UEFI CA 2023 for other makers' boot loaders, such as shim, and Microsoft Option ROM UEFI CA 2023 for option ROMs.",
      why: "The certificates of 2011 sign nothing new after 2026. A boot loader that is signed under a successor does not start with Secure Boot where db lacks it: so after an update inside the guest, and with a newer installation medium or golden image (No boot media).",
      repair:
        "None is applied. As long as KEK holds a certificate of Microsoft the guest can take Microsoft's signed updates of db, named in the finding; else add the certificates to db from outside. With the VM halted, varstore-sb-state UUID user on a host whose pool has them (look at the set first: secureboot-certs report) writes the whole set. Suspend BitLocker first: what Secure Boot measures changes. Where the certificates are supplied, as DER or PEM in a folder (they stand in PreSignedObjects of github.com/microsoft/secureboot_objects, or come out of another VM's NVRAM by extract), varscope repair FILE --add-certificates DIR adds what is missing and keeps all else.",
      notAFault:
        "A db that trusts one of the two families only needs that family's successors. Where only the one for option ROMs is missing this is a remark: a virtual machine seldom runs any. What was signed under an expired certificate goes on starting.",
      references: [
        "Microsoft KB5062710 and KB5036210",
        "Citrix CTX696696",
        "microsoft/secureboot_objects, PostSignedObjects/DB",
      ],
    },
  },
  topics: ["get-db-2023", "start-windows", "start-linux"],
  message: ({ holds: held, missing, purposes, updates, fits, guestCanTakeThem }) => {
    const what = (missing as readonly string[]).map(
      (name, i) => `${name} (${(purposes as readonly string[])[i]})`,
    );
    const lacks = `db trusts ${listed(held)}, but lacks ${listed(what)}`;
    if (guestCanTakeThem === true) return `${lacks}. The guest can add what is missing: ${listed(updates)}.`;
    if (fits === false)
      return `${lacks}. ${listed(updates)} would be refused: db, as it is stored, takes no more.`;
    return guestCanTakeThem === null
      ? `${lacks}. ${listed(updates)} are signed under Microsoft Corporation KEK CA 2011, which KEK lacks. Whether there are others, signed under its successor, is not known.`
      : `${lacks}. The guest cannot take the updates that add them: KEK holds no certificate of Microsoft.`;
  },
  on: "blob",
  *detect(blob, context) {
    const state = context.keys();
    if (state.db === null) return;
    const missing = missingSuccessors(state, context);
    if (missing.length === 0) return;
    const { variable } = state.db;
    const updates = missing.flatMap(({ update }) => (update === null ? [] : [update.fileName]));
    const isAccepted = modeOf(context) !== "user" || verifies(state, KEK_CA_2011);
    const fits = isAccepted && hasRoom(state.db, "db", updates, dbUpdateBytes(updates), blob);
    // What is signed under the certificate of 2023 is not known: all known updates of db are older.
    const guestCanTakeThem = isAccepted ? fits : verifies(state, KEK_2K_CA_2023) ? null : false;
    const onlyOptionRoms = missing.every(({ sha256 }) => sha256 === OPTION_ROM_UEFI_CA_2023);
    const names = missing.map(({ commonName }) => commonName);
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        holds: superseded(state).map(({ commonName }) => commonName),
        missing: names,
        purposes: missing.map(({ purpose }) => purpose),
        updates,
        ...(isAccepted ? { fits } : {}),
        guestCanTakeThem,
      },
      severity: onlyOptionRoms ? "info" : "warning",
      breaks: guestCanTakeThem !== false || (onlyOptionRoms && !isAccepted) ? null : "update",
      repair: {
        applicability: "manual",
        title:
          guestCanTakeThem === true
            ? `Let the guest apply Microsoft's signed updates of db for ${listed(names)}`
            : `Add ${listed(names)} to db from outside the guest`,
        patches: [],
      },
    };
  },
};

/** Well-known certificates of db that have successors. */
function superseded({ db }: KeyState): readonly KnownCertificate[] {
  const known = db?.certificates.flatMap((certificate) => certificate.known ?? []) ?? [];
  return known.filter(({ successors, variable }) => variable === "db" && successors.length > 0);
}

function missingSuccessors(state: KeyState, { knowledge }: RuleContext): readonly KnownCertificate[] {
  const wanted = new Set(superseded(state).flatMap(({ successors }) => successors));
  return [...wanted]
    .filter((sha256) => !holds(state.db, sha256))
    .flatMap((sha256) => knowledge.certificate(sha256) ?? []);
}
