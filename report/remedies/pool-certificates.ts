/** The certificates of a pool or host: 2011 alone, wrong owner, unusable, too large; a release of varstored that plants wrong ones. */
import { forProduct, hasRule, type NextStep, type Remedy, step } from "./remedy.ts";

const NOT_YET =
  "Do not write the pool's certificates into any VM before (varstore-sb-state, or the button of Xen Orchestra that copies them): they are wrong themselves.";
const FILES = ["PK", "KEK", "db", "dbx"] as const;

export const poolCertificates: Remedy = {
  id: "pool-certificates",
  ruleIds: [
    "pool-certificates-2011-only",
    "pool-certificates-wrong-owner",
    "pool-certificates-unusable",
    "auth-file-over-limit",
    "varstored-refused-auth-file",
    "faulty-varstored-installed",
    "faulty-varstored-was-installed",
  ],
  title: ({ patients: [patient] }) =>
    hasRule(patient, "auth-file-over-limit", "varstored-refused-auth-file")
      ? "A certificate file of the hosts is too large: no UEFI VM starts there"
      : hasRule(patient, "faulty-varstored-installed", "faulty-varstored-was-installed")
        ? "A release of varstored plants, or planted, wrong certificates in VMs"
        : "The pool's own certificates are wrong or old",
  variants: () => [
    forProduct("xcp-ng-8.3-fixed", lookAndKeep(), clearStep(), restartStep(), scanStep()),
    { ...forProduct("xcp-ng-8.3", updateStep()), continuedBy: "xcp-ng-8.3-fixed" },
    forProduct("xcp-ng-8.2", lookAndKeep(), clear82()),
    forProduct("xenserver-8", packageStep()),
  ],
  source: [
    "XCP-ng guide to UEFI Secure Boot",
    "XCP-ng, varstored update of October 2025: unbootable VMs and remediation",
    "xapi ocaml/xapi/xapi_host.ml, write_uefi_certificates_to_disk",
    "varstored handler.c, load_one_auth_data",
  ],
};

function lookAndKeep(): NextStep {
  return step(
    "pool-master",
    "Look at the set, and keep a copy of it",
    ["secureboot-certs report", ...FILES.map((name) => `secureboot-certs extract ${name} old-${name}.auth`)],
    {
      caution: NOT_YET,
      expect:
        "Whether the set is Custom or Default, and four files. One that is missing in the set is not extracted.",
    },
  );
}

function updateStep(): NextStep {
  return step(
    "host",
    "On every host, the master first: update varstored to 1.2.0-3.4 or newer, whose set has both generations",
    ["yum update varstored varstored-tools", "rpm -q varstored"],
    { caution: NOT_YET, expect: "varstored-1.2.0-3.4 or newer: go on with the steps for it." },
  );
}

function clearStep(): NextStep {
  return step(
    "pool-master",
    "Where the set is a Custom one: go back to the defaults",
    ["secureboot-certs clear", "secureboot-certs report"],
    {
      caution:
        "A set with keys of your own is gone from the hosts: make it anew instead, with the certificates of 2023 in KEK and db, and install that. VMs are not touched by either.",
      expect: "Default",
      undo: "secureboot-certs install old-PK.auth old-KEK.auth old-db.auth old-dbx.auth",
    },
  );
}

function clear82(): NextStep {
  return step(
    "pool-master",
    "Install the set anew, with a KEK.auth and a db.auth of your own that have the certificates of both generations",
    ["secureboot-certs install default KEK.auth db.auth latest", "secureboot-certs report"],
    {
      caution: `${NOT_YET} XCP-ng 8.2 has had no updates since September 2025; 8.3 brings a whole set.`,
      undo: "secureboot-certs install old-PK.auth old-KEK.auth old-db.auth old-dbx.auth",
    },
  );
}

function restartStep(): NextStep {
  return step(
    "host",
    "On every host: let xapi write the set to the disk, and look",
    ["xe-toolstack-restart", "readlink /var/lib/varstored", "ls -lL /var/lib/varstored"],
    { expect: "PK.auth, KEK.auth, db.auth and dbx.auth, each of at most 57344 bytes. VMs go on running." },
  );
}

function scanStep(): NextStep {
  return step(
    "pool-master",
    "Look for templates and VMs with wrong certificates; mend templates first",
    ["$(command -v fix-efivars || echo /usr/sbin/fix-efivars.py) scan-pool"],
    { expect: "The VMs that are affected, by UUID: analyze the NVRAM of each with varscope." },
  );
}

function packageStep(): NextStep {
  return step(
    "host",
    "On every host: the set comes with the package; install the host's updates, and look",
    ["rpm -V varstored", "ls -lL /var/lib/varstored"],
    {
      caution: NOT_YET,
      expect: "No file of varstored is changed; four .auth files, each of at most 57344 bytes.",
    },
  );
}
