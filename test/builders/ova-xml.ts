/**
 * Makes ova.xml in the exporter's dialect: one line, no declaration, strings and integers without a type, member names
 * without any escape (xapi ocaml/xapi/export.ml, ocaml-rpc src/lib/xmlrpc.ml).
 */
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";

/** A value of XML-RPC: numbers are integers, arrays sets; the rest has a constructor below. */
export type Rpc = string | number | boolean | readonly Rpc[] | RpcStruct | RpcTyped;

interface RpcStruct {
  readonly members: readonly (readonly [name: string, value: Rpc])[];
}

interface RpcTyped {
  readonly type: "double" | "dateTime.iso8601";
  readonly text: string;
}

export function struct(members: Readonly<Record<string, Rpc>>): RpcStruct {
  return { members: Object.entries(members) };
}

export function date(text: string): RpcTyped {
  return { type: "dateTime.iso8601", text };
}

const ONE: RpcTyped = { type: "double", text: "1" };
const NEVER = date("19700101T00:00:00Z");

export function rpcText(value: Rpc): string {
  if (typeof value === "string") return `<value>${escapeText(value)}</value>`;
  if (typeof value === "number") return `<value>${value}</value>`;
  if (typeof value === "boolean") return `<value><boolean>${value ? 1 : 0}</boolean></value>`;
  if ("type" in value) return `<value><${value.type}>${value.text}</${value.type}></value>`;
  if ("members" in value) {
    const members = value.members.map(
      ([name, member]) => `<member><name>${name}</name>${rpcText(member)}</member>`,
    );
    return `<value><struct>${members.join("")}</struct></value>`;
  }
  return `<value><array><data>${value.map(rpcText).join("")}</data></array></value>`;
}

/** The four characters that the exporter escapes; control characters but tab and line ends are dropped. */
function escapeText(text: string): string {
  const kept = text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, "");
  return kept.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

export interface OvaObject {
  readonly className: string;
  readonly id: string;
  readonly snapshot: Rpc;
}

export interface VmFields {
  readonly uuid: string;
  readonly name_label: string;
  /** The NVRAM map; empty for a VM that never ran. */
  readonly NVRAM?: Readonly<Record<string, string>>;
  readonly snapshot_metadata?: string;
  readonly power_state?: string;
  /** Id of the disk that holds the saved state. */
  readonly suspend_VDI?: string;
  readonly platform?: Readonly<Record<string, string>>;
  readonly other_config?: Readonly<Record<string, string>>;
  readonly HVM_boot_params?: Readonly<Record<string, string>>;
  readonly is_a_template?: boolean;
  readonly is_default_template?: boolean;
  readonly is_control_domain?: boolean;
  readonly is_a_snapshot?: boolean;
  readonly snapshot_of?: string;
  readonly snapshot_time?: string;
  readonly VBDs?: readonly string[];
  readonly VTPMs?: readonly string[];
  /** Id of the object VM_metrics. */
  readonly metrics?: string;
}

const UEFI = { order: "cd", firmware: "uefi" };
const SECURE_BOOT = { secureboot: "true", "device-model": "qemu-upstream-uefi", viridian: "true" };
const GIBIBYTE = 1_073_741_824;

/** A `VM` object with the fields of its datamodel in their order (xapi ocaml/idl/datamodel_vm.ml). */
export function vmObject(id: string, vm: VmFields): OvaObject {
  const snapshot = struct({
    uuid: vm.uuid,
    allowed_operations: [],
    current_operations: struct({}),
    name_label: vm.name_label,
    name_description: "",
    power_state: vm.power_state ?? "Halted",
    user_version: 1,
    is_a_template: vm.is_a_template ?? false,
    is_default_template: vm.is_default_template ?? false,
    suspend_VDI: vm.suspend_VDI ?? "OpaqueRef:NULL",
    resident_on: "OpaqueRef:NULL",
    affinity: "OpaqueRef:NULL",
    memory_overhead: 37_748_736,
    memory_target: 0,
    memory_static_max: 4 * GIBIBYTE,
    memory_dynamic_max: 4 * GIBIBYTE,
    memory_dynamic_min: 4 * GIBIBYTE,
    memory_static_min: 2 * GIBIBYTE,
    VCPUs_params: struct({}),
    VCPUs_max: 2,
    VCPUs_at_startup: 2,
    actions_after_softreboot: "soft_reboot",
    actions_after_shutdown: "destroy",
    actions_after_reboot: "restart",
    actions_after_crash: "restart",
    consoles: [],
    VIFs: [],
    VBDs: vm.VBDs ?? [],
    VUSBs: [],
    crash_dumps: [],
    VTPMs: vm.VTPMs ?? [],
    HVM_boot_policy: "BIOS order",
    HVM_boot_params: struct(vm.HVM_boot_params ?? UEFI),
    HVM_shadow_multiplier: ONE,
    platform: struct(vm.platform ?? SECURE_BOOT),
    PCI_bus: "",
    other_config: struct(vm.other_config ?? { base_template_name: "Windows Server 2022 (64-bit)" }),
    domid: -1,
    domarch: "",
    last_boot_CPU_flags: struct({}),
    is_control_domain: vm.is_control_domain ?? false,
    metrics: vm.metrics ?? "OpaqueRef:NULL",
    guest_metrics: "OpaqueRef:NULL",
    last_booted_record: "",
    recommendations:
      '<restrictions><restriction field="memory-static-max" max="1649267441664"/></restrictions>',
    xenstore_data: struct({}),
    ha_always_run: false,
    ha_restart_priority: "",
    is_a_snapshot: vm.is_a_snapshot ?? false,
    snapshot_of: vm.snapshot_of ?? "OpaqueRef:NULL",
    snapshots: [],
    snapshot_time: NEVER,
    transportable_snapshot_id: "",
    blobs: struct({}),
    tags: [],
    blocked_operations: struct({}),
    snapshot_info: struct({}),
    snapshot_metadata: vm.snapshot_metadata ?? "",
    parent: "OpaqueRef:NULL",
    children: [],
    bios_strings: struct({ "bios-vendor": "Xen", "system-manufacturer": "Xen", "hp-rombios": "" }),
    order: 0,
    VGPUs: [],
    attached_PCIs: [],
    suspend_SR: "OpaqueRef:NULL",
    version: 0,
    generation_id: "",
    hardware_platform_version: 0,
    has_vendor_device: false,
    requires_reboot: false,
    reference_label: "windows-server-2022-64bit",
    domain_type: "hvm",
    NVRAM: struct(vm.NVRAM ?? {}),
    pending_guidances: [],
    groups: [],
  });
  return { className: "VM", id, snapshot };
}

/** A vTPM with its secret state (xapi ocaml/xapi/export.ml); member names have an apostrophe. */
export function vtpmObject(id: string, vmId: string, secret: string): OvaObject {
  const snapshot = struct({
    "vTPM'_VM": vmId,
    "vTPM'_uuid": "0f9dcd04-6d12-4b4d-9b5a-3f63e1c0d5aa",
    "vTPM'_is_unique": false,
    "vTPM'_is_protected": true,
    "vTPM'_content": secret,
  });
  return { className: "VTPM", id, snapshot };
}

/** The whole document. Objects stand in the order given; the exporter sorts them by class. */
export function makeOvaXml(
  objects: readonly OvaObject[],
  header: Readonly<Record<string, string>> = {},
): Uint8Array {
  const version = struct({
    hostname: "localhost",
    date: "2025-10-21",
    product_version: "8.3.0",
    product_brand: "XCP-ng",
    build_number: "8.3.0",
    xapi_major: 25,
    xapi_minor: 27,
    export_vsn: 2,
    ...header,
  });
  const list = objects.map(({ className, id, snapshot }) => struct({ class: className, id, snapshot }));
  return encodeUtf8(rpcText(struct({ version, objects: list })));
}

/** `(('key' 'value') …)`: a map as xapi's database writes it, and `snapshot_metadata` too. */
export function sexprMap(entries: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(entries).map(
    ([key, value]) => `('${escapeSexpr(key)}' '${escapeSexpr(value)}')`,
  );
  return `(${pairs.join(" ")})`;
}

function escapeSexpr(text: string): string {
  return text.replace(/[\\']/g, "\\$&");
}

/** What a snapshot keeps of its VM: every column of the database under its own name (xapi helpers.ml, vm_to_string). */
export function snapshotMetadata(
  vm: VmFields & { readonly NVRAM: Readonly<Record<string, string>> },
): string {
  return sexprMap({
    HVM__boot_params: sexprMap(vm.HVM_boot_params ?? UEFI),
    HVM__boot_policy: "BIOS order",
    NVRAM: sexprMap(vm.NVRAM),
    VTPMs: "()",
    _ref: "OpaqueRef:7c1c6d1c-5a2f-4a1e-8e0c-0d0a3c9f2b11",
    domain_type: "hvm",
    is_a_template: "false",
    name__description: "",
    name__label: vm.name_label,
    other_config: sexprMap(vm.other_config ?? { base_template_name: "Windows Server 2022 (64-bit)" }),
    platform: sexprMap(vm.platform ?? SECURE_BOOT),
    power_state: vm.power_state ?? "Running",
    snapshot_of: "OpaqueRef:NULL",
    uuid: vm.uuid,
  });
}
