/**
 * The one table of GUIDs. Names are those of the UEFI specification, edk2, shim and varstored;
 * owners as their publishers name them. Nothing else in the project spells a GUID out.
 */
export type GuidKind =
  | "vendor"
  | "signature-type"
  | "cert-type"
  | "owner"
  | "svn-application"
  | "firmware-volume";

interface GuidRow {
  readonly guid: string;
  readonly name: string;
  readonly kind: GuidKind;
}

const ROWS: readonly GuidRow[] = [
  { guid: "8be4df61-93ca-11d2-aa0d-00e098032b8c", name: "EFI_GLOBAL_VARIABLE", kind: "vendor" },
  { guid: "d719b2cb-3d3a-4596-a3bc-dad00e67656f", name: "EFI_IMAGE_SECURITY_DATABASE", kind: "vendor" },
  { guid: "605dab50-e046-4300-abb6-3dd810dd8b23", name: "SHIM_LOCK", kind: "vendor" },
  { guid: "e20939be-32d4-41be-a150-897f85d49829", name: "MEMORY_OVERWRITE_REQUEST_CONTROL", kind: "vendor" },
  {
    guid: "bb983ccf-151d-40e1-a07b-4a17be168292",
    name: "MEMORY_OVERWRITE_REQUEST_CONTROL_LOCK",
    kind: "vendor",
  },
  { guid: "9d1947eb-09bb-4780-a3cd-bea956e0e056", name: "XEN_PPI", kind: "vendor" },
  { guid: "7235c51c-0c80-4cab-87ac-3b084a6304b1", name: "OVMF_PLATFORM_CONFIG", kind: "vendor" },
  { guid: "eb704011-1402-11d3-8e77-00a0c969723b", name: "MTC_VENDOR", kind: "vendor" },
  { guid: "4c19049f-4137-4dd3-9c10-8b97a83ffdfa", name: "MEMORY_TYPE_INFORMATION", kind: "vendor" },
  { guid: "04b37fe8-f6ae-480b-bdd5-37d98c5e89aa", name: "VAR_ERROR_FLAG", kind: "vendor" },
  { guid: "fff12b8d-7696-4c8b-a985-2747075b4f50", name: "EFI_SYSTEM_NV_DATA_FV", kind: "firmware-volume" },
  { guid: "f0a30bc7-af08-4556-99c4-001009c93a44", name: "SECURE_BOOT_ENABLE_DISABLE", kind: "vendor" },
  { guid: "c076ec0c-7028-4399-a072-71ee5c448b9f", name: "CUSTOM_MODE_ENABLE", kind: "vendor" },
  { guid: "9073e4e0-60ec-4b6e-9903-4c223c260f3c", name: "VENDOR_KEYS_NV", kind: "vendor" },
  { guid: "d9bee56e-75dc-49d9-b4d7-b534210f637a", name: "EFI_CERT_DB", kind: "vendor" },
  { guid: "aaf32c78-947b-439a-a180-2e144ec37792", name: "AUTHENTICATED_VARIABLE_OLD", kind: "vendor" },
  { guid: "aeb9c5c1-94f1-4d02-bfd9-4602db2d3c54", name: "TCG2_PHYSICAL_PRESENCE", kind: "vendor" },
  { guid: "0f6499b1-e9ad-493d-b9c2-2f90815c6cbc", name: "PHYSICAL_PRESENCE", kind: "vendor" },
  { guid: "378d7b65-8da9-4773-b6e4-a47826a833e1", name: "RTC_ALARM", kind: "vendor" },
  { guid: "6456ed61-3579-41c9-8a26-0a0bd62b78fc", name: "ISCSI_DEVICE_LIST", kind: "vendor" },
  { guid: "5b446ed1-e30b-4faa-871a-3654eca36080", name: "IP4_CONFIG2", kind: "vendor" },
  { guid: "937fe521-95ae-4d1a-8929-48bcd90ad31a", name: "IP6_CONFIG", kind: "vendor" },
  { guid: "9fb9a8a1-2f4a-43a6-889c-d0f7b6c47ad5", name: "DHCP6_SERVICE", kind: "vendor" },
  { guid: "fd2340d0-3dab-4349-a6c7-3b4f12b48eae", name: "TLS_CA_CERTIFICATE", kind: "vendor" },
  { guid: "59324945-ec44-4c0d-b1cd-9db139df070c", name: "ISCSI_INITIATOR_NAME", kind: "vendor" },
  { guid: "4b47d616-a8d6-4552-9d44-ccad2e0f4cf9", name: "ISCSI_CONFIG", kind: "vendor" },
  { guid: "a04a27f4-df00-4d42-b552-39511302113d", name: "DRIVER_SAMPLE", kind: "vendor" },
  { guid: "47c7b227-c42a-11d2-8e57-00a0c969723b", name: "SHELL_INT", kind: "vendor" },
  { guid: "0053d9d6-2659-4599-a26b-ef4536e631a9", name: "SHELL_ALIAS", kind: "vendor" },
  { guid: "158def5a-f656-419c-b027-7a3192c079d2", name: "SHELL_VARIABLE", kind: "vendor" },
  { guid: "f6fab04f-acaf-4af3-b9fa-dcf97fb4426f", name: "EXIT_BOOT_SERVICES_TEST", kind: "vendor" },
  { guid: "eaec226f-c9a3-477a-a826-ddc716cdc0e3", name: "WINDOWS_UNLOCK", kind: "vendor" },
  { guid: "616e2ea6-af89-7eb3-f2ef-4e47368a657b", name: "WINDOWS_AUTOPILOT", kind: "vendor" },
  { guid: "a9b5f8d2-cb6d-42c2-bc01-b5ffaae4335e", name: "WINDOWS_PBR", kind: "vendor" },
  { guid: "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", name: "SYSTEMD_BOOT_LOADER", kind: "vendor" },
  { guid: "cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0", name: "LINUX_PSTORE", kind: "vendor" },
  { guid: "91376aff-cba6-42be-949d-06fde81128e8", name: "GRUB", kind: "vendor" },
  { guid: "0abba7dc-e516-4167-bbf5-4d9d1c739416", name: "FWUPD", kind: "vendor" },
  { guid: "c1c41626-504c-4092-aca9-41f936934328", name: "EFI_CERT_SHA256", kind: "signature-type" },
  { guid: "3c5766e8-269c-4e34-aa14-ed776e85b3b6", name: "EFI_CERT_RSA2048", kind: "signature-type" },
  { guid: "e2b36190-879b-4a3d-ad8d-f2e7bba32784", name: "EFI_CERT_RSA2048_SHA256", kind: "signature-type" },
  { guid: "826ca512-cf10-4ac9-b187-be01496631bd", name: "EFI_CERT_SHA1", kind: "signature-type" },
  { guid: "67f8444f-8743-48f1-a328-1eaab8736080", name: "EFI_CERT_RSA2048_SHA1", kind: "signature-type" },
  { guid: "a5c059a1-94e4-4aa7-87b5-ab155c2bf072", name: "EFI_CERT_X509", kind: "signature-type" },
  { guid: "0b6e5233-a65c-44c9-9407-d9ab83bfc8bd", name: "EFI_CERT_SHA224", kind: "signature-type" },
  { guid: "ff3e5307-9fd0-48c9-85f1-8ad56c701e01", name: "EFI_CERT_SHA384", kind: "signature-type" },
  { guid: "093e0fae-a6c4-4f50-9f1b-d41e2b89c19a", name: "EFI_CERT_SHA512", kind: "signature-type" },
  { guid: "3bd2a492-96c0-4079-b420-fcf98ef103ed", name: "EFI_CERT_X509_SHA256", kind: "signature-type" },
  { guid: "7076876e-80c2-4ee6-aad2-28b349a6865b", name: "EFI_CERT_X509_SHA384", kind: "signature-type" },
  { guid: "446dbf63-2502-4cda-bcfa-2465d2b0fe9d", name: "EFI_CERT_X509_SHA512", kind: "signature-type" },
  { guid: "57347f87-7a9b-403a-b93c-dc4afb7a0ebc", name: "EFI_CERT_SM3", kind: "signature-type" },
  { guid: "60d807e5-10b4-49a9-9331-e40437888d37", name: "EFI_CERT_X509_SM3", kind: "signature-type" },
  { guid: "4aafd29d-68df-49ee-8aa9-347d375665a7", name: "EFI_CERT_TYPE_PKCS7", kind: "cert-type" },
  { guid: "77fa9abd-0359-4d32-bd60-28f4e78f784b", name: "Microsoft", kind: "owner" },
  { guid: "77fa9abd-0359-4d32-60bd-28f4e78f784b", name: "Microsoft (misspelt)", kind: "owner" },
  { guid: "9be025e2-415b-435d-ad61-6b3e094fc28d", name: "XCP-ng", kind: "owner" },
  { guid: "9d132b6c-59d5-4388-ab1c-185cfcb2eb92", name: "EFI_CERT_SVN", kind: "owner" },
  { guid: "c0acc535-25c8-6446-925b-5dd7d0b2f5aa", name: "Citrix build-time PK", kind: "owner" },
  { guid: "fdd69fa4-3e66-11eb-8c1b-983b8fb6dacd", name: "Vates (xcp-ng-tests)", kind: "owner" },
  { guid: "a0baa8a3-041d-48a8-bc87-c36d121b5e3d", name: "OVMF EnrollDefaultKeys", kind: "owner" },
  { guid: "0223eddb-9079-4388-af77-2d65b1c35d3b", name: "Red Hat", kind: "owner" },
  { guid: "6dc40ae4-2ee8-9c4c-a314-0fc7b2008710", name: "Canonical", kind: "owner" },
  { guid: "70564dce-9afc-4ee3-85fc-949649d7e45c", name: "Dell", kind: "owner" },
  { guid: "7facc7b6-127f-4e9c-9c5d-080f98994345", name: "Lenovo", kind: "owner" },
  { guid: "a3d5e95b-0a8f-4753-8735-445afb708f62", name: "VMware (no PK)", kind: "owner" },
  { guid: "9d132b61-59d5-4388-ab1c-185c3cb2eb92", name: "bootmgr", kind: "svn-application" },
  { guid: "e8f82e9d-e127-4158-a488-4c18abe2f284", name: "cdboot", kind: "svn-application" },
  { guid: "c999cac2-7ffe-496f-8127-9e2a8a535976", name: "wdsmgfw", kind: "svn-application" },
];

const BY_GUID: ReadonlyMap<string, GuidRow> = new Map(ROWS.map((row) => [row.guid, row]));
const BY_NAME: ReadonlyMap<string, string> = new Map(ROWS.map((row) => [row.name, row.guid]));

/** Name of a GUID in lower case, null where the table has none. */
export function nameOfGuid(guid: string): string | null {
  return BY_GUID.get(guid)?.name ?? null;
}

export function kindOfGuid(guid: string): GuidKind | null {
  return BY_GUID.get(guid)?.kind ?? null;
}

/** The GUID of a name of the table. Throws TypeError for another name: that is wrong use. */
export function guidNamed(name: string): string {
  const guid = BY_NAME.get(name);
  if (guid === undefined) throw new TypeError(`no GUID is named ${name}`);
  return guid;
}

export const EFI_GLOBAL_VARIABLE: string = guidNamed("EFI_GLOBAL_VARIABLE");
export const EFI_IMAGE_SECURITY_DATABASE: string = guidNamed("EFI_IMAGE_SECURITY_DATABASE");
export const SHIM_LOCK: string = guidNamed("SHIM_LOCK");
export const MICROSOFT_OWNER: string = guidNamed("Microsoft");
export const XCP_NG_OWNER: string = guidNamed("XCP-ng");
