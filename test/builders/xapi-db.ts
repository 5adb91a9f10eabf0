/**
 * Makes databases of xapi in the dialect of the host (xapi ocaml/database/db_xml.ml, xml_spaces.ml), and in that of a bug
 * report, which Python's ElementTree has written anew (xen-bugtool, XapiDBContentHandler).
 */
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import { sexprMap, snapshotMetadata, type VmFields } from "./ova-xml.ts";

export type Columns = Readonly<Record<string, string>>;

export interface Row {
  readonly ref: string;
  /** By their names in the database. */
  readonly columns: Columns;
}

export type Tables = Readonly<Record<string, readonly Row[]>>;

export interface Dialect {
  readonly head: string;
  readonly emptyEnd: string;
}

const HOST_DIALECT: Dialect = { head: '<?xml version="1.0" encoding="UTF-8"?>\n', emptyEnd: "/>" };
export const BUG_REPORT_DIALECT: Dialect = {
  head: "<?xml version='1.0' encoding='UTF-8'?>\n",
  emptyEnd: " />",
};

/** Spaces as the database keeps them: XML would change some. */
function protectSpaces(text: string): string {
  const meanings: Columns = { "%": "%%", " ": "%.", "\t": "%t", "\n": "%n", "\r": "%r" };
  return text.replace(/[% \t\n\r]/g, (character) => meanings[character] ?? character);
}

function escapeAttribute(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/** A column's value as it stands in the attribute. */
export function columnText(text: string): string {
  return escapeAttribute(protectSpaces(text));
}

function byBytes([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function rowText({ ref, columns }: Row, { emptyEnd }: Dialect): string {
  const others = Object.entries({ ...columns, _ref: ref }).sort(byBytes);
  const attributes = others.map(([name, text]) => ` ${name}="${columnText(text)}"`);
  return `<row ref="${ref}" __ctime="12" __mtime="34567"${attributes.join("")}${emptyEnd}`;
}

/** The document in pieces, one a table's row, for databases that are too large for memory. */
export function* databasePieces(
  tables: Readonly<Record<string, Iterable<Row>>>,
  dialect: Dialect = HOST_DIALECT,
): Generator<string, void, undefined> {
  const { head, emptyEnd } = dialect;
  yield `${head}<database><manifest><pair key="schema_major_vsn" value="5"${emptyEnd}`;
  yield `<pair key="schema_minor_vsn" value="790"${emptyEnd}<pair key="generation_count" value="48211"${emptyEnd}</manifest>`;
  yield `<table name="Auth"${emptyEnd}`;
  for (const [name, rows] of Object.entries(tables).sort(byBytes)) {
    yield `<table name="${name}">`;
    for (const row of rows) yield rowText(row, dialect);
    yield "</table>";
  }
  yield "</database>";
}

export function makeDatabase(tables: Tables, dialect?: Dialect): Uint8Array {
  return encodeUtf8([...databasePieces(tables, dialect)].join(""));
}

const UEFI = { order: "cd", firmware: "uefi" };
const SECURE_BOOT = { secureboot: "true", "device-model": "qemu-upstream-uefi", viridian: "true" };

/** A row of the table VM; columns that nothing reads are there as far as they are large or look like others. */
export function vmRow(vm: VmFields): Row {
  const set = (refs: readonly string[] = []) => `(${refs.map((ref) => `'${ref}'`).join(" ")})`;
  const flag = (value = false) => String(value);
  return {
    ref: `OpaqueRef:${vm.uuid}`,
    columns: {
      HVM__boot_params: sexprMap(vm.HVM_boot_params ?? UEFI),
      HVM__boot_policy: "BIOS order",
      NVRAM: sexprMap(vm.NVRAM ?? {}),
      PV__args: "",
      VBDs: set(vm.VBDs),
      VCPUs__max: "2",
      VTPMs: set(vm.VTPMs),
      blocked_operations: "()",
      domain_type: "hvm",
      is_a_snapshot: flag(vm.is_a_snapshot),
      is_a_template: flag(vm.is_a_template),
      is_control_domain: flag(vm.is_control_domain),
      is_default_template: flag(vm.is_default_template),
      last_boot_CPU_flags: "()",
      last_booted_record: "",
      memory__static_max: "4294967296",
      name__description: "",
      name__label: vm.name_label,
      other_config: sexprMap(vm.other_config ?? { base_template_name: "Windows Server 2022 (64-bit)" }),
      platform: sexprMap(vm.platform ?? SECURE_BOOT),
      power_state: vm.power_state ?? "Halted",
      recommendations:
        '<restrictions><restriction field="memory-static-max" max="1649267441664"/></restrictions>',
      snapshot_metadata: vm.snapshot_metadata ?? "",
      snapshot_of: vm.snapshot_of ?? "OpaqueRef:NULL",
      snapshot_time: vm.snapshot_time ?? "19700101T00:00:00Z",
      uuid: vm.uuid,
    },
  };
}

/** A snapshot, with its own NVRAM and the copy of its VM's. */
export function snapshotRow(
  vm: VmFields & { readonly NVRAM: Readonly<Record<string, string>> },
  of: VmFields & { readonly NVRAM: Readonly<Record<string, string>> },
): Row {
  return vmRow({
    ...vm,
    is_a_snapshot: true,
    is_a_template: true,
    snapshot_of: `OpaqueRef:${of.uuid}`,
    snapshot_metadata: snapshotMetadata(of),
  });
}

export function controlDomainRow(uuid: string): Row {
  return vmRow({
    uuid,
    name_label: "Control domain on host: xcp-1",
    is_control_domain: true,
    power_state: "Running",
    HVM_boot_params: {},
    platform: {},
  });
}

export function defaultTemplateRow(uuid: string): Row {
  return vmRow({
    uuid,
    name_label: "Debian Bookworm 12",
    is_a_template: true,
    is_default_template: true,
    other_config: { default_template: "true" },
  });
}

/** The value of `secret`, `VTPM` and passwords in what is made here: it may stand in no output. */
export const SECRET = "hunter2-0123456789abcdef";

/** Tables whose contents are nobody's business. */
export function secretTables(): Tables {
  return {
    VTPM: [{ ref: "OpaqueRef:vtpm", columns: { contents: "OpaqueRef:secret", uuid: SECRET } }],
    secret: [{ ref: "OpaqueRef:secret", columns: { uuid: SECRET, value: SECRET } }],
    session: [{ ref: "OpaqueRef:session", columns: { auth_user_name: SECRET, uuid: SECRET } }],
  };
}

export function poolRow(certificates: { readonly own?: string; readonly hosts?: string }): Row {
  return {
    ref: "OpaqueRef:pool",
    columns: {
      custom_uefi_certificates: certificates.own ?? "",
      name__label: "the pool",
      uefi_certificates: certificates.hosts ?? "",
      uuid: "5c1d7a35-6a3f-4bb1-9a3b-0d8f6f3e0001",
    },
  };
}

/** `software` is brand and version, as the host's own row has them. */
export function hostRow(certificates: string, software: readonly [string, string] | null = null): Row {
  return {
    ref: "OpaqueRef:host",
    columns: {
      name__label: "xcp-1",
      ...(software === null
        ? {}
        : {
            software_version: sexprMap({
              product_version: software[1],
              product_version_text: software[1],
              platform_name: "XCP",
              product_brand: software[0],
              build_number: "cloud",
              hostname: "localhost",
              xen: "4.17.5-13",
            }),
          }),
      uefi_certificates: certificates,
      uuid: "5c1d7a35-6a3f-4bb1-9a3b-0d8f6f3e0002",
    },
  };
}
