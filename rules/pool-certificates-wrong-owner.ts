import { guidBytes } from "../parsers/efi/guid.ts";
import { entriesOwnedBy } from "../parsers/efi/owner-runs.ts";
import { XCP_NG_OWNER } from "../parsers/guids.ts";
import { indexOfBytes } from "../parsers/text/xml-scanner.ts";
import { plantedKeys } from "./engine/planted-keys.ts";
import type { CertificatesRule } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";

const XCP_NG_OWNER_BYTES = guidBytes(XCP_NG_OWNER);

export const poolCertificatesWrongOwner: CertificatesRule = {
  meta: {
    id: "pool-certificates-wrong-owner",
    title: "The certificates of a pool carry the XCP-ng owner GUID in KEK, db or dbx",
    severity: "error",
    breaks: "update",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks into the KEK.auth, db.auth and dbx.auth that a pool or host record carries, or that a host keeps as files, for the owner GUID of XCP-ng (9be025e2-415b-435d-ad61-6b3e094fc28d).",
      why: "These files are written into each VM that starts for the first time or whose certificates are set anew. VMs so planted get Microsoft's updates a second time, or have them refused. A pool's own set counts before that of its hosts; where the set is not the one in use, this is only told.",
      repair:
        "By hand: update varstored on all hosts and restart the toolstack, which replaces the hosts' set. A pool's own set is made anew with `secureboot-certs install`, or dropped with `secureboot-certs clear`. VMs that have their keys already keep them, and are repaired one by one.",
      notAFault: "PK.auth is owned by XCP-ng rightly.",
      references: [
        "xcp-ng-rpms/varstored SOURCES/fix-efivars.py, scan_pool",
        "xapi ocaml/xapi/helpers.ml, get_active_uefi_certificates",
      ],
    },
  },
  message: ({ files, source, isActive }) =>
    source === "file"
      ? `${listed(files)} has the XCP-ng owner GUID; every VM that starts for the first time on a host with this file gets it.`
      : `${source} has the XCP-ng owner GUID in ${listed(files)}; ${isActive === false ? "the set is not the one in use." : "every VM that starts for the first time with this set gets it."}`,
  on: "certificates",
  *detect(set) {
    const wrong = plantedKeys(set).filter(
      ({ name, file }) => name !== "PK" && indexOfBytes(file.bytes, XCP_NG_OWNER_BYTES, 0) >= 0,
    );
    if (wrong.length === 0) return;
    yield {
      path: set.source,
      span: null,
      facts: {
        files: wrong.map(({ file }) => file.name),
        entries: wrong.map(({ database }) => entriesOwnedBy(database, XCP_NG_OWNER)),
        source: set.source,
        isActive: set.isActive,
        owner: XCP_NG_OWNER,
      },
      ...(set.isActive === false ? { severity: "info", breaks: null } : {}),
      repair: { applicability: "manual", title: "Replace the certificates of the pool", patches: [] },
    };
  },
};
