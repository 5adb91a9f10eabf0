/** The state of PK, KEK, db and dbx: what is missing, what is stored wrongly, who can still sign. */
import { ascii } from "../../parsers/bytes.ts";
import { buildUnsignedAuth } from "../../parsers/efi/auth-header.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../parsers/efi/signature-list.ts";
import { guidNamed } from "../../parsers/guids.ts";
import type { VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  EFI_GLOBAL_VARIABLE,
  EFI_IMAGE_SECURITY_DATABASE,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeTime,
  makeVariable,
  sha256List,
  XCP_NG_OWNER,
  x509List,
} from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "../builders/sample-keys.ts";
import { TEST_DO_NOT_TRUST_PK, TEST_EC_KEK, TEST_EXPIRED_DB } from "../builders/test-certificates.ts";
import { TEST_ROLES } from "../builders/test-microsoft.ts";

const UUID = "00000000-0000-4000-8000-000000000002";
const DBX = sha256List(MICROSOFT_OWNER, 4);
const SECURE_BOOT = { platform: { secureboot: "true" } };
const AUTO = { platform: { secureboot: "auto" } };

const keys = (): VariableFields[] => keyVariables(MICROSOFT_OWNER, DBX);
const blobOf = (...variables: readonly VariableFields[]) => makeBlob([...bootVariables(), ...variables]);

/** The keys with one of them exchanged. */
function withKey(name: "PK" | "KEK" | "db" | "dbx", change: Partial<VariableFields>): Uint8Array {
  const { nameBytes } = makeSignatureVariable(name, new Uint8Array(1));
  const isMeant = (variable: VariableFields) => variable.nameBytes.join() === nameBytes.join();
  return blobOf(...keys().map((variable) => (isMeant(variable) ? { ...variable, ...change } : variable)));
}

function asRecord(blob: Uint8Array, fields: Readonly<Record<string, unknown>>): Uint8Array {
  const base64 = Buffer.from(blob).toString("base64");
  const record = { uuid: UUID, name_label: "test", ...fields, NVRAM: { "EFI-variables": base64 } };
  return ascii(JSON.stringify(record));
}

/** The GUID whose bytes on the wire are those of `guid` as it is printed. */
function byteSwapped(guid: string): string {
  const hex = Buffer.from(guidBytes(guid)).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const misspelt = guidNamed("Microsoft (misspelt)");

export const cases: readonly CorpusCase[] = [
  {
    name: "setup-mode-with-secure-boot",
    title: "A VM with platform:secureboot=true whose NVRAM has no PK.",
    file: "input.json",
    bytes: () => asRecord(blobOf(), SECURE_BOOT),
  },
  {
    name: "setup-mode-with-secure-boot-near-miss",
    title: "No PK, and a platform that does not ask for Secure Boot.",
    file: "input.json",
    bytes: () => asRecord(blobOf(), { platform: { secureboot: "false" } }),
  },
  {
    name: "setup-mode-with-secure-boot-auto",
    title:
      "No PK, and platform:secureboot=auto: on wherever the pool has certificates, which this record does not tell.",
    file: "input.json",
    bytes: () => asRecord(blobOf(), AUTO),
  },
  {
    name: "secure-boot-db-missing",
    title: "Secure Boot on, with PK, KEK and dbx, and no db.",
    file: "input.json",
    bytes: () => asRecord(blobOf(...keys().filter((_, i) => i !== 2)), SECURE_BOOT),
  },
  {
    name: "secure-boot-db-missing-pk-alone",
    title: "Secure Boot on, and a PK alone: neither does a system start nor is an update ever taken.",
    file: "input.json",
    bytes: () => asRecord(blobOf(...keys().slice(0, 1)), SECURE_BOOT),
  },
  {
    name: "secure-boot-db-missing-wrong-guid",
    title: "Secure Boot on, and db under the GUID of KEK: that is no db.",
    file: "input.json",
    bytes: () => asRecord(withKey("db", { vendorGuid: EFI_GLOBAL_VARIABLE }), SECURE_BOOT),
  },
  {
    name: "secure-boot-db-missing-revoked",
    title: "Secure Boot on; the only certificate of db is revoked by dbx, and so is its only hash.",
    file: "input.json",
    bytes: () => {
      const hash = sha256List(CUSTOM_OWNER, 1, 50);
      const lists = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
      const [pk, kek, db, dbx] = keys() as [VariableFields, VariableFields, VariableFields, VariableFields];
      const both = lists(x509List(CUSTOM_OWNER, SAMPLE_DB), hash);
      return asRecord(blobOf(pk, kek, { ...db, data: both }, { ...dbx, data: both }), SECURE_BOOT);
    },
  },
  {
    name: "secure-boot-db-missing-unusable",
    title:
      "Secure Boot on; db holds the digest of a certificate and an entry that is no certificate: nothing starts by them.",
    file: "input.json",
    bytes: () => {
      const digest = Uint8Array.from({ length: 48 }, (_, i) => i);
      const entry = Uint8Array.from([...guidBytes(CUSTOM_OWNER), ...digest]);
      const type = guidBytes(guidNamed("EFI_CERT_X509_SHA256"));
      const list = buildSignatureList(type, new Uint8Array(0), entry.length, [entry]);
      const data = Uint8Array.from([...list, ...x509List(CUSTOM_OWNER, digest)]);
      return asRecord(withKey("db", { data }), SECURE_BOOT);
    },
  },
  {
    name: "secure-boot-db-missing-keks",
    title:
      "Secure Boot on; db holds Microsoft's two certificates of KEK, under which no boot loader is signed.",
    file: "input.json",
    knowledge: "test",
    bytes: () => {
      const { kek2011, kek2023 } = TEST_ROLES;
      const lists = [kek2011, kek2023].map((certificate) => x509List(MICROSOFT_OWNER, certificate));
      return asRecord(
        withKey("db", { data: Uint8Array.from(lists.flatMap((list) => [...list])) }),
        SECURE_BOOT,
      );
    },
  },
  {
    name: "secure-boot-db-missing-auto",
    title: "A PK alone, and platform:secureboot=auto: nothing starts wherever the pool has certificates.",
    file: "input.json",
    bytes: () => asRecord(blobOf(...keys().slice(0, 1)), AUTO),
  },
  {
    name: "secure-boot-db-missing-near-miss",
    title: "The same as secure-boot-db-missing-pk-alone with Secure Boot off: what starts is not looked at.",
    file: "input.json",
    bytes: () => asRecord(blobOf(...keys().slice(0, 1)), { platform: { secureboot: "false" } }),
  },
  {
    name: "secure-boot-db-missing-near-miss-own-keys",
    title: "Secure Boot on; db holds one own hash of an image beside a revoked certificate.",
    file: "input.json",
    bytes: () => {
      const revoked = x509List(CUSTOM_OWNER, SAMPLE_DB);
      const [pk, kek, db, dbx] = keys() as [VariableFields, VariableFields, VariableFields, VariableFields];
      const data = Uint8Array.from([...revoked, ...sha256List(CUSTOM_OWNER, 1, 50)]);
      return asRecord(blobOf(pk, kek, { ...db, data }, { ...dbx, data: revoked }), SECURE_BOOT);
    },
  },
  {
    name: "secure-boot-db-missing-near-miss-bios",
    title: "A VM that boots by BIOS, with an NVRAM of earlier that has a PK alone: nobody reads it.",
    file: "input.json",
    bytes: () =>
      asRecord(blobOf(...keys().slice(0, 1)), { ...SECURE_BOOT, HVM_boot_params: { firmware: "bios" } }),
  },
  {
    name: "kek-missing",
    title: "Secure Boot on, with PK, db and dbx, and no KEK.",
    file: "input.json",
    bytes: () => asRecord(blobOf(...keys().filter((_, i) => i !== 1)), SECURE_BOOT),
  },
  {
    name: "kek-missing-empty",
    title: "Secure Boot on; KEK holds a list without an entry.",
    file: "input.json",
    bytes: () => {
      const data = buildSignatureList(guidBytes(guidNamed("EFI_CERT_X509")), new Uint8Array(0), 800, []);
      return asRecord(withKey("KEK", { data }), SECURE_BOOT);
    },
  },
  {
    name: "kek-missing-of-db",
    title: "Secure Boot on; KEK holds nothing but a certificate of boot loaders, which signs no update.",
    file: "input.json",
    knowledge: "test",
    bytes: () =>
      asRecord(withKey("KEK", { data: x509List(MICROSOFT_OWNER, TEST_ROLES.uefi2023) }), SECURE_BOOT),
  },
  {
    name: "kek-missing-near-miss",
    title: "No KEK, and Secure Boot off.",
    file: "input.json",
    bytes: () => asRecord(blobOf(...keys().filter((_, i) => i !== 1)), { platform: { secureboot: "false" } }),
  },
  {
    name: "kek-missing-not-enforced",
    title: "Secure Boot on, no KEK, and a daemon that asks for no signature (platform:auth-enforce=false).",
    file: "input.json",
    bytes: () =>
      asRecord(blobOf(...keys().filter((_, i) => i !== 1)), {
        platform: { secureboot: "true", "auth-enforce": "false" },
      }),
  },
  {
    name: "certificates-incomplete",
    title: "A PK alone, as XenServer and XCP-ng before 8.3 enrolled it.",
    file: "input.vars",
    bytes: () => blobOf(...keys().slice(0, 1)),
  },
  {
    name: "certificates-incomplete-near-miss",
    title: "No key at all: setup mode, in which nothing is incomplete.",
    file: "input.vars",
    bytes: () => blobOf(),
  },
  {
    name: "bad-attributes",
    title: "db with attributes 0x7: no update with 0x27 is taken for it any more.",
    file: "input.vars",
    bytes: () => withKey("db", { attributes: 0x07 }),
  },
  {
    name: "bad-attributes-never-stored",
    title: "Variables with bits that the daemon never stores, or with run-time access alone.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        makeVariable("HwError", Uint8Array.of(1), { attributes: 0x0f }),
        makeVariable("Counted", Uint8Array.of(1), { attributes: 0x13 }),
        makeVariable("RuntimeOnly", Uint8Array.of(1), { attributes: 0x05 }),
      ),
  },
  {
    name: "bad-attributes-near-miss",
    title: "The image of a suspended VM: volatile variables among the others.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        ...keys(),
        makeVariable("SecureBoot", Uint8Array.of(1), { attributes: 0x06 }),
        makeVariable("SbatLevelRT", Uint8Array.of(1), { attributes: 0x06, guid: guidNamed("SHIM_LOCK") }),
      ),
  },
  {
    name: "timestamp-freezes-variable",
    title: "db carries a time of the year 2127.",
    file: "input.vars",
    bytes: () => withKey("db", { timestamp: makeTime(2127, 1, 1) }),
  },
  {
    name: "timestamp-freezes-variable-invalid",
    title: "db carries the 31st of a month with 30 days: odd, but later times are taken.",
    file: "input.vars",
    bytes: () => withKey("db", { timestamp: makeTime(2025, 4, 31) }),
  },
  {
    name: "timestamp-freezes-variable-near-miss",
    title: "db carries the last second of the day after the analysis, KEK a time of all zeros.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        ...keys().map((variable, i) => ({
          ...variable,
          timestamp: i === 2 ? makeTime(2026, 11, 23, 23, 59, 59) : new Uint8Array(16),
        })),
      ),
  },
  {
    name: "stored-auth-header",
    title: "A whole .auth file was stored as db.",
    file: "input.vars",
    bytes: () =>
      withKey("db", { data: buildUnsignedAuth(makeTime(2025, 7, 29), x509List(MICROSOFT_OWNER, SAMPLE_DB)) }),
  },
  {
    name: "stored-auth-header-near-miss",
    title: "The payload of the .auth file alone, as it should be stored.",
    file: "input.vars",
    bytes: () => withKey("db", { data: x509List(MICROSOFT_OWNER, SAMPLE_DB) }),
  },
  {
    name: "namesake-under-wrong-guid",
    title:
      "db under the GUID of KEK and with its bytes swapped, DB and a Cyrillic КЕК under the right GUIDs.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        ...keys(),
        makeVariable("db", DBX, { attributes: 0x27 }),
        makeVariable("dbx", DBX, { guid: byteSwapped(EFI_IMAGE_SECURITY_DATABASE), attributes: 0x07 }),
        makeVariable("DB", DBX, { guid: EFI_IMAGE_SECURITY_DATABASE, attributes: 0x07 }),
        makeVariable("dbx\0", DBX, { guid: EFI_IMAGE_SECURITY_DATABASE, attributes: 0x07 }),
        makeVariable("\u041a\u0415\u041a", DBX, { guid: EFI_GLOBAL_VARIABLE, attributes: 0x07 }),
      ),
  },
  {
    name: "namesake-under-wrong-guid-near-miss",
    title:
      "certdb and dbDefault are variables of their own, and pk of somebody else's GUID is nobody's slip.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        ...keys(),
        makeVariable("certdb", Uint8Array.of(4, 0, 0, 0), {
          guid: guidNamed("EFI_CERT_DB"),
          attributes: 0x27,
        }),
        makeVariable("dbDefault", DBX, { attributes: 0x06 }),
        makeVariable("pk", DBX, { guid: CUSTOM_OWNER }),
        makeVariable("Timeout\0", Uint8Array.of(0, 0)),
      ),
  },
  {
    name: "misspelt-owner",
    title: "Microsoft's owner with two bytes exchanged, and with all bytes swapped.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        makeSignatureVariable("PK", x509List(XCP_NG_OWNER, SAMPLE_PK)),
        makeSignatureVariable("KEK", x509List(byteSwapped(MICROSOFT_OWNER), SAMPLE_KEK)),
        makeSignatureVariable("db", x509List(MICROSOFT_OWNER, SAMPLE_DB)),
        makeSignatureVariable("dbx", sha256List(misspelt, 4)),
      ),
  },
  {
    name: "misspelt-owner-near-miss",
    title: "An owner that nobody knows, and an own certificate under an owner of all zeros.",
    file: "input.vars",
    bytes: () =>
      blobOf(
        makeSignatureVariable("PK", x509List(misspelt, SAMPLE_PK)),
        makeSignatureVariable("KEK", x509List("00000000-0000-0000-0000-000000000000", SAMPLE_KEK)),
        makeSignatureVariable("db", x509List(CUSTOM_OWNER, SAMPLE_DB)),
        makeSignatureVariable("dbx", sha256List(CUSTOM_OWNER, 4)),
      ),
  },
  {
    name: "unusable-kek-signer",
    title: "KEK holds a certificate that cannot be parsed, alone.",
    file: "input.vars",
    bytes: () => withKey("KEK", { data: x509List(CUSTOM_OWNER, Uint8Array.from(SAMPLE_KEK).fill(0, 4, 40)) }),
  },
  {
    name: "unusable-kek-signer-near-miss-elliptic",
    title:
      "KEK holds a certificate with an elliptic-curve key alone: no write brings it there, but what is there signs.",
    file: "input.vars",
    bytes: () => withKey("KEK", { data: x509List(CUSTOM_OWNER, TEST_EC_KEK) }),
  },
  {
    name: "unusable-pk",
    title:
      "PK holds a hash in place of a certificate: nobody can sign a KEK, and KEK still signs for db and dbx.",
    file: "input.json",
    bytes: () => asRecord(withKey("PK", { data: sha256List(CUSTOM_OWNER, 1) }), SECURE_BOOT),
  },
  {
    name: "unusable-pk-behind-another",
    title: "The daemon compares with the first entry of PK: a certificate behind a hash counts for nothing.",
    file: "input.vars",
    bytes: () =>
      withKey("PK", {
        data: Uint8Array.from([...sha256List(CUSTOM_OWNER, 1), ...x509List(CUSTOM_OWNER, SAMPLE_PK)]),
      }),
  },
  {
    name: "unusable-pk-short",
    title:
      "PK has 20 bytes, fewer than the header of a list: the daemon compares signers with what lies behind them.",
    file: "input.vars",
    bytes: () => withKey("PK", { data: new Uint8Array(20).fill(7) }),
  },
  {
    name: "unusable-pk-near-miss",
    title: "PK holds a certificate with an elliptic-curve key, which signs where it is there.",
    file: "input.vars",
    bytes: () => withKey("PK", { data: x509List(CUSTOM_OWNER, TEST_EC_KEK) }),
  },
  {
    name: "unusable-pk-other-type-near-miss",
    title:
      "PK holds a certificate in a list of another type: the daemon compares signers with it all the same.",
    file: "input.vars",
    bytes: () => {
      const data = x509List(CUSTOM_OWNER, SAMPLE_PK);
      data.set(sha256List(CUSTOM_OWNER, 1).subarray(0, 16), 0);
      return withKey("PK", { data });
    },
  },
  {
    name: "unusable-kek-signer-one-left",
    title: "KEK holds hashes and a certificate that cannot be parsed beside one that can sign.",
    file: "input.vars",
    bytes: () => {
      const broken = Uint8Array.from(SAMPLE_KEK).fill(0, 4, 40);
      const lists = [x509List(CUSTOM_OWNER, SAMPLE_KEK), x509List(CUSTOM_OWNER, broken), DBX];
      return withKey("KEK", { data: Uint8Array.from(lists.flatMap((list) => [...list])) });
    },
  },
  {
    name: "unusable-kek-signer-near-miss",
    title: "KEK holds an expired certificate with an RSA key: it still signs.",
    file: "input.vars",
    bytes: () => withKey("KEK", { data: x509List(CUSTOM_OWNER, TEST_EXPIRED_DB) }),
  },
  {
    name: "test-or-leaked-pk",
    title: "The PK says DO NOT TRUST.",
    file: "input.vars",
    bytes: () => withKey("PK", { data: x509List(CUSTOM_OWNER, TEST_DO_NOT_TRUST_PK) }),
  },
  {
    name: "test-or-leaked-pk-vmware",
    title: "VMware's placeholder of one byte in place of a PK.",
    file: "input.vars",
    bytes: () => withKey("PK", { data: x509List(guidNamed("VMware (no PK)"), Uint8Array.of(0)) }),
  },
  {
    name: "test-or-leaked-pk-near-miss",
    title: "A self-signed PK of one's own; the certificate that says DO NOT TRUST stands in db.",
    file: "input.vars",
    bytes: () => withKey("db", { data: x509List(CUSTOM_OWNER, TEST_DO_NOT_TRUST_PK) }),
  },
  {
    name: "expired-certificate",
    title: "A certificate of db that ended in 2024.",
    file: "input.vars",
    bytes: () => withKey("db", { data: x509List(CUSTOM_OWNER, TEST_EXPIRED_DB) }),
  },
  {
    name: "expired-certificate-near-miss",
    title: "The same certificate on the day of its end.",
    file: "input.vars",
    bytes: () => withKey("db", { data: x509List(CUSTOM_OWNER, TEST_EXPIRED_DB) }),
    asOf: "2024-01-01",
  },
  {
    name: "xapi-state-contradicts-blob",
    title: "XAPI records ok for an NVRAM that the daemon refuses.",
    file: "input.json",
    bytes: () =>
      asRecord(blobOf(makeVariable("Empty", new Uint8Array(0))), { secureboot_certificates_state: "ok" }),
  },
  {
    name: "xapi-state-contradicts-blob-2011",
    title: "XAPI records ok for a KEK with the certificate of 2011 alone.",
    file: "input.json",
    knowledge: "test",
    bytes: () =>
      asRecord(withKey("KEK", { data: x509List(MICROSOFT_OWNER, TEST_ROLES.kek2011) }), {
        secureboot_certificates_state: "ok",
      }),
  },
  {
    name: "xapi-state-contradicts-blob-2023",
    title: "XAPI records update_available for a KEK that has the certificate of 2023.",
    file: "input.json",
    knowledge: "test",
    bytes: () =>
      asRecord(withKey("KEK", { data: x509List(MICROSOFT_OWNER, TEST_ROLES.kek2023) }), {
        secureboot_certificates_state: "update_available",
      }),
  },
  {
    name: "xapi-state-contradicts-blob-near-miss",
    title: "XAPI records update_available for a KEK with the certificate of 2011 alone.",
    file: "input.json",
    knowledge: "test",
    bytes: () =>
      asRecord(withKey("KEK", { data: x509List(MICROSOFT_OWNER, TEST_ROLES.kek2011) }), {
        secureboot_certificates_state: "update_available",
      }),
  },
  {
    name: "xapi-update-scheduled",
    title: "XAPI is to write new certificates at the next start; KEK has the one of 2011 alone.",
    file: "input.json",
    knowledge: "test",
    bytes: () =>
      asRecord(withKey("KEK", { data: x509List(MICROSOFT_OWNER, TEST_ROLES.kek2011) }), {
        secureboot_certificates_state: "update_on_boot",
      }),
  },
  {
    name: "xapi-update-scheduled-refused",
    title: "XAPI is to write new certificates at the next start of a VM whose NVRAM the daemon refuses.",
    file: "input.json",
    bytes: () =>
      asRecord(blobOf(makeVariable("Empty", new Uint8Array(0))), {
        secureboot_certificates_state: "update_on_boot",
      }),
  },
  {
    name: "xapi-update-scheduled-does-not-fit",
    title: "XAPI is to write new certificates into an NVRAM that is nearly full.",
    file: "input.json",
    bytes: () =>
      asRecord(
        blobOf(
          makeVariable("GuestLog1", new Uint8Array(57_344).fill(1)),
          makeVariable("GuestLog2", new Uint8Array(57_344).fill(1)),
          makeVariable("GuestLog3", new Uint8Array(6000).fill(1)),
        ),
        { secureboot_certificates_state: "update_on_boot" },
      ),
  },
  {
    name: "xapi-update-scheduled-write-refused",
    title: "XAPI is to write new certificates into a db that has other attributes than the write.",
    file: "input.json",
    knowledge: "test",
    bytes: () =>
      asRecord(withKey("db", { attributes: 0x07 }), { secureboot_certificates_state: "update_on_boot" }),
  },
  {
    name: "xapi-update-scheduled-near-miss",
    title: "XAPI knows of an update for a KEK of 2011 alone, and nobody has scheduled it.",
    file: "input.json",
    knowledge: "test",
    bytes: () =>
      asRecord(withKey("KEK", { data: x509List(MICROSOFT_OWNER, TEST_ROLES.kek2011) }), {
        secureboot_certificates_state: "update_available",
      }),
  },
];
