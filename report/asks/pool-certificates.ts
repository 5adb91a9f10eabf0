/** The certificates that a pool gives its VMs. */
import { step } from "../remedies/remedy.ts";
import type { Ask } from "./ask.ts";

export const poolCertificates: Ask = {
  id: "pool-certificates",
  question: "Which certificates does the pool give its VMs?",
  tells: "The set that a VM gets when it starts for the first time, and what a host really has.",
  lacks: "What VMs have already: pool tells that.",
  caution: null,
  words: ["certificate", "certificates", "keys", "kek", "db", "pk", "2023", "2011", "host"],
  ways: [
    step(
      "host",
      "On each of them: pack the folder of varstored, links followed",
      ["tar chf /root/varstored.tar /var/lib/varstored"],
      {
        expect: "Four files of at most 57344 bytes each: PK.auth, KEK.auth, db.auth, dbx.auth.",
      },
    ),
    step("pool-master", "Or one of them at a time, on XCP-ng", [
      "secureboot-certs report",
      "secureboot-certs extract KEK KEK.auth",
    ]),
  ],
  fetch: ["scp root@HOST:/root/varstored.tar ."],
  command: "analyze varstored.tar",
  source: ["xcp-ng-rpms/varstored (secureboot-certs)", "xapi ocaml/xapi/cert_distrib.ml"],
};
