/**
 * What of a record may stay: names of fields and keys, enumerations, numbers, dates and switches that are the same for everyone
 * (xapi ocaml/idl/datamodel*.ml; @xen-orchestra/backups). Whatever is not listed here is replaced.
 */
import { RESTORED_TAG } from "../records/vm-record.ts";

/** Whole contents that are somebody's own, whatever they look like: no value below them stays. */
const PRIVATE_FIELDS: ReadonlySet<string> = new Set(
  `uuid name_label name_description tags other_config xenstore_data bios_strings last_booted_record snapshot_info contents content
  value password hostname address ip_address MAC gateway DNS IP ipv4_addresses ipv6_addresses license_params device_config
  secret generation_id`.split(/\s+/),
);

/** Switches below a private field that decide what a record is. */
const PUBLIC_SWITCHES: ReadonlySet<string> = new Set(["default_template"]);

const WORDS: ReadonlySet<string> = new Set(
  `true false yes no on off NULL OpaqueRef:NULL REMOVED none unknown
  Halted Running Suspended Paused hvm pv pvh pv_in_pvh hvm_and_pv unspecified VM VBD VIF VDI SR network VTPM VGPU PBD host pool
  ok setup certs_incomplete first_boot complete uefi bios reset persist xapidb qemu-upstream-uefi qemu-upstream-compat qemu-upstream
  destroy restart preserve coredump soft_reboot rename_restart coredump_and_restart coredump_and_destroy
  VM-snapshot VM-template VM-controller
  Disk CD Floppy RO RW system user ephemeral suspend crashdump ha_statefile metadata redo_log rrd pvs_cache cbt_metadata
  BIOS cd cdn ncd dc c d n std cirrus xen Xen XCP-ng XenServer network_default locked unlocked disabled
  start clone copy snapshot export shutdown hard_shutdown suspend resume delta full skiplist`.split(/\s+/),
);

const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?(?:[eE][-+]?\d{1,3})?$/;
const SMALL_NUMBER = /^-?\d$/;
const NUMBER_FIELDS =
  /^(?:memory_\w+|VCPUs_\w+|HVM_shadow_multiplier|order|version|user_version|domid|userdevice|device|position|priority|virtual_size|physical_utilisation|size|weight|cap|mask|export_vsn|xapi_major|xapi_minor|hardware_platform_version|start_delay|shutdown_delay|vcpus|timestamp|schema_(?:major|minor)_vsn|generation_count)$/;
const DATE =
  /^(?:19|20)\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?:T\d{2}:?\d{2}:?\d{2}(?:\.\d{1,6})?Z?)?$/;
const VERSION_FIELDS = /^(?:product_version|product_brand|build_number|platform_version|platform_name)$/;
const VERSION = /^[\w.-]{1,24}$/;
const OWN_REFERENCE = /^Ref:\d{1,9}$/;

/** Keys of `platform`, with values of a machine that anybody may have. */
const PLATFORM_KEYS: ReadonlySet<string> = new Set(
  `acpi apic pae nx viridian viridian_time_ref_count viridian_reference_tsc viridian_apic_assist viridian_crash_ctl viridian_stimer
  viridian_hcall_remote_tlb_flush hpet timeoffset secureboot auth-enforce device-model device_id cores-per-socket vga videoram usb
  usb_tablet nested-virt exp-nested-hvm tsc_mode mtrr vtpm qemu_stubdom hvm_serial parallel igd_passthrough vgpu_config
  xenguest fp-nested-hvm`.split(/\s+/),
);
/** Besides the words above. A serial port may be somebody's address (`hvm_serial=tcp:192.0.2.1:4444`), a file or a host. */
const PLATFORM_VALUE = /^-?\d{1,10}$/;

/** Fields of the XenAPI, members of exports and backups, keys of maps. */
const KEYS: ReadonlySet<string> = new Set([
  ...PRIVATE_FIELDS,
  ...PUBLIC_SWITCHES,
  ...PLATFORM_KEYS,
  ...`version objects class id snapshot hostname date product_version product_brand build_number xapi_major xapi_minor export_vsn
  platform_version platform_name allowed_operations current_operations power_state user_version is_a_template is_default_template
  suspend_VDI resident_on scheduled_to_be_resident_on affinity memory_overhead memory_target memory_static_max memory_dynamic_max
  memory_dynamic_min memory_static_min VCPUs_params VCPUs_max VCPUs_at_startup actions_after_softreboot actions_after_shutdown
  actions_after_reboot actions_after_crash consoles VIFs VBDs VUSBs crash_dumps VTPMs HVM_boot_policy HVM_boot_params
  HVM_shadow_multiplier platform PCI_bus domid domarch last_boot_CPU_flags is_control_domain metrics guest_metrics recommendations
  ha_always_run ha_restart_priority is_a_snapshot snapshot_of snapshots snapshot_time transportable_snapshot_id blobs
  blocked_operations snapshot_metadata parent children order VGPUs attached_PCIs suspend_SR generation_id
  hardware_platform_version has_vendor_device requires_reboot reference_label domain_type NVRAM pending_guidances groups
  PV_bootloader PV_kernel PV_ramdisk PV_args PV_bootloader_args PV_legacy_args is_snapshot_from_vmpp is_vmss_snapshot protection_policy
  snapshot_schedule appliance start_delay shutdown_delay secureboot_certificates_state EFI-variables EFI-variables-on-boot
  EFI-variables-backend firmware weight cap mask base_template_name install-methods import_task mac_seed _ref _owner
  uefi_certificates custom_uefi_certificates VM VDI SR network device userdevice bootable mode type unpluggable empty MTU
  virtual_size physical_utilisation sharable read_only managed currently_attached locking_mode
  boot secureBoot isDefaultTemplate virtualizationMode start_time
  vm vmSnapshot vmuuid jobId scheduleId timestamp isVmBackup _filename vhds vdis vbds vifs vtpms xva size differentialVhds
  isVhdDifferencing dataSize memory_dynamic $snapVm diskType`.split(/\s+/),
]);

/** A key of a map, or the name of a member. */
export function keepsKey(key: string): boolean {
  return KEYS.has(fieldOf(key)) || OWN_REFERENCE.test(key);
}

/** `route`: the names that lead to the value, the nearest last. */
export function keepsValue(route: readonly string[], text: string): boolean {
  const fields = route.map(fieldOf);
  const field = fields.at(-1) ?? "";
  if (text === "" || PUBLIC_SWITCHES.has(field)) return text === "" || text === "true" || text === "false";
  if (isCommonTag(field, text)) return true;
  if (fields.some((name) => PRIVATE_FIELDS.has(name))) return false;
  if (WORDS.has(text) || SMALL_NUMBER.test(text) || DATE.test(text) || OWN_REFERENCE.test(text)) return true;
  if (NUMBER_FIELDS.test(field)) return NUMBER.test(text);
  if (VERSION_FIELDS.test(field)) return VERSION.test(text);
  return fields.includes("platform") && PLATFORM_KEYS.has(field) && PLATFORM_VALUE.test(text);
}

/** A tag that everybody's Xen Orchestra gives. */
function isCommonTag(field: string, text: string): boolean {
  return field === "tags" && text === RESTORED_TAG;
}

/** Words that stay inside of texts which are replaced. */
export function keepsWord(word: string): boolean {
  return word === "OpaqueRef" || word === "NULL";
}

/** Parts of a path in a remote of Xen Orchestra, by which its caches are told. */
const PATH_WORDS: ReadonlySet<string> = new Set(["xo", "vm", "backups", "json"]);

/** The same inside of keys. */
export function keepsWordOfKey(word: string): boolean {
  return keepsWord(word) || PATH_WORDS.has(word);
}

/** The database joins with two underscores what the XenAPI joins with one; members of vTPMs have an apostrophe. */
function fieldOf(name: string): string {
  return name.replaceAll("__", "_").replace(/^.*'_/, "");
}
