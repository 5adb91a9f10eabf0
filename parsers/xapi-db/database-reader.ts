/**
 * Rows of xapi's database (xapi ocaml/database/db_xml.ml): the VMs with both copies of their NVRAM, and the Secure Boot
 * certificates of the pool and its hosts. Only the columns named here are ever kept: of secrets, vTPMs, sessions and
 * passwords, which the same file holds, nothing is.
 */

import { ParseError } from "../errors.ts";
import { limitRecords, type RecordTaker, type StreamReader } from "../formats/format.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { CertificateSet, Dump, HostSoftware, VmSource } from "../model.ts";
import type { Platform } from "../platform.ts";
import { certificateSetsOf, poolHasCertificates } from "../records/certificate-archive.ts";
import { HostSoftwareList, hostSoftware } from "../records/host-software.ts";
import { dependsOnPool, withPoolCertificates } from "../records/secure-boot.ts";
import { databaseRecord, readVmRecord } from "../records/vm-record.ts";
import { parseMap } from "../text/sexpr.ts";
import { decodeUtf8 } from "../text/text-encoding.ts";
import { columnBytes } from "./column-text.ts";
import { ElementScanner } from "./element-scanner.ts";

const NOTHING: ReadonlySet<string> = new Set();
const TABLE_ATTRIBUTES: ReadonlySet<string> = new Set(["name"]);

/** Columns that are kept, by table (xapi ocaml/idl/datamodel_vm.ml, datamodel_pool.ml, datamodel_host.ml). */
const COLUMNS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    "VM",
    new Set([
      "HVM__boot_params",
      "NVRAM",
      "VTPMs",
      "_ref",
      "domain_type",
      "guest_metrics",
      "is_a_snapshot",
      "is_a_template",
      "is_control_domain",
      "is_default_template",
      "last_boot_CPU_flags",
      "name__label",
      "other_config",
      "parent",
      "platform",
      "power_state",
      "secureboot_certificates_state",
      "snapshot_metadata",
      "snapshot_of",
      "snapshot_time",
      "tags",
      "uuid",
    ]),
  ],
  ["host", new Set(["name__label", "software_version", "uefi_certificates", "uuid"])],
  ["pool", new Set(["custom_uefi_certificates", "name__label", "uefi_certificates", "uuid"])],
]);

type Row = ReadonlyMap<string, string>;

/** Has 100 KB and is base64 nearly to the last byte, so that it stays bytes. */
const NVRAM_COLUMN = "NVRAM";

export function databaseReader(platform: Platform, take: RecordTaker): StreamReader {
  const reader = new DatabaseReader(platform, take);
  const scanner = new ElementScanner(reader, platform);
  return {
    feed: (piece) => scanner.feed(piece),
    end: () => {
      scanner.end();
      reader.handOn();
      reader.checkContent();
    },
    stop: () => {
      reader.handOn();
      // The rows of other hosts may have stood behind.
      reader.software.add(null);
    },
    rest: () => ({
      certificates: reader.certificates,
      ...(reader.poolHasCertificates === null ? {} : { poolHasCertificates: reader.poolHasCertificates }),
      ...(reader.software.all.length === 0 ? {} : { software: reader.software.all }),
      skipped: reader.skipped,
    }),
  };
}

class DatabaseReader {
  readonly certificates: CertificateSet[] = [];
  readonly software: HostSoftwareList = new HostSoftwareList();
  readonly skipped: { -readonly [K in keyof Dump["skipped"]]: number } = {
    controlDomains: 0,
    defaultTemplates: 0,
  };
  /** Null until the row of the pool was read. */
  poolHasCertificates: boolean | null = null;
  readonly #platform: Platform;
  readonly #take: RecordTaker;
  #table = "";
  #inRow = false;
  #records = 0;
  /** Copies of records with Secure Boot `auto`: the pool, which decides that, stands behind the VMs. */
  #waiting: (readonly VmSource[])[] = [];
  #waitingBytes = 0;

  constructor(platform: Platform, take: RecordTaker) {
    this.#platform = platform;
    this.#take = take;
  }

  readonly start = (name: string, depth: number): ReadonlySet<string> => {
    if (depth === 1) {
      this.#table = "";
      return name === "table" ? TABLE_ATTRIBUTES : NOTHING;
    }
    this.#inRow = depth === 2 && name === "row";
    return this.#inRow ? (COLUMNS.get(this.#table) ?? NOTHING) : NOTHING;
  };

  readonly attributes = (values: ReadonlyMap<string, Uint8Array>, depth: number): void => {
    if (depth === 1) this.#table = decodeUtf8(values.get("name") ?? new Uint8Array(0));
    if (depth !== 2 || !this.#inRow) return;
    if (this.#table === "VM") this.#takeVm(values);
    else if (this.#table === "pool" || this.#table === "host") {
      const row = this.#textsOf(values);
      if (this.#table === "host") this.software.add(softwareOfRow(row));
      this.#addCertificates(this.#table, row);
    }
  };

  /** Throws ParseError `no-nvram` where the database had nothing for us. */
  checkContent(): void {
    if (this.#records + this.certificates.length > 0) return;
    throw new ParseError({ code: "no-nvram", expected: "rows in the table VM", found: "none" });
  }

  #takeVm(values: ReadonlyMap<string, Uint8Array>): void {
    limitRecords(this.#records++);
    const row = new Map<string, string | Uint8Array>();
    for (const [name, raw] of values) {
      const bytes = columnBytes(raw, this.#platform);
      row.set(name, name === NVRAM_COLUMN ? bytes : decodeUtf8(bytes));
    }
    const { sources, skipped } = readVmRecord(databaseRecord(row, this.#platform), "", this.#platform);
    if (skipped !== null) this.skipped[skipped]++;
    if (sources.length === 0) return;
    if (!sources.some(dependsOnPool)) this.#take(sources);
    else this.#wait(sources);
  }

  #textsOf(values: ReadonlyMap<string, Uint8Array>): Row {
    const row = new Map<string, string>();
    for (const [name, raw] of values) row.set(name, decodeUtf8(columnBytes(raw, this.#platform)));
    return row;
  }

  #wait(sources: readonly VmSource[]): void {
    this.#waiting.push(sources);
    this.#waitingBytes += sources.reduce((sum, { nvram }) => sum + (nvram?.base64?.text.length ?? 0), 0);
    const isFull = this.#waitingBytes > PARSER_LIMITS.maxWaitingRecordBytes;
    if (isFull || this.poolHasCertificates !== null) this.handOn();
  }

  /** Everything that waits, as far as the pool is known by now. */
  handOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const sources of waiting)
      this.#take(sources.map((vm) => withPoolCertificates(vm, this.poolHasCertificates)));
  }

  #addCertificates(kind: "pool" | "host", row: Row): void {
    const column = (field: string): string | null => row.get(COLUMN_OF_FIELD.get(field) ?? field) ?? null;
    if (kind === "pool") this.poolHasCertificates = poolHasCertificates(column);
    for (const set of certificateSetsOf(kind, column, this.#platform)) {
      const { maxCertificateSets } = PARSER_LIMITS;
      if (this.certificates.length >= maxCertificateSets) {
        throw new ParseError({
          code: "over-limit",
          expected: `at most ${maxCertificateSets} records with certificates`,
          found: "more of them",
        });
      }
      this.certificates.push(set);
    }
  }
}

/** The field is a map, whose text may be anything. */
function softwareOfRow(row: Row): HostSoftware | null {
  try {
    const software = parseMap(row.get("software_version") ?? "");
    return hostSoftware(software.get("product_brand") ?? null, software.get("product_version") ?? null);
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

const COLUMN_OF_FIELD: ReadonlyMap<string, string> = new Map([["name_label", "name__label"]]);
