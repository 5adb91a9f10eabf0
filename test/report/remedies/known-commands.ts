/**
 * Every kind of command that a next step has typed on a host or in a guest, with where it is known from. A command that is none of them is
 * added here together with its source, or not printed.
 */

/** Public places by the words that sources begin with. */
export const PUBLIC: Readonly<Record<string, string>> = {
  "varstored ": "https://github.com/xapi-project/varstored",
  "xapi ": "https://github.com/xapi-project/xen-api",
  "xen-api ": "https://github.com/xapi-project/xen-api",
  "xcp-ng-rpms/varstored": "https://github.com/xcp-ng-rpms/varstored",
  "xcp-ng/xcp-efivar-utils": "https://github.com/xcp-ng/xcp-efivar-utils",
  "xcp-ng/xcp issue": "https://github.com/xcp-ng/xcp/issues",
  "XCP-ng guide": "https://docs.xcp-ng.org/guides/guest-UEFI-Secure-Boot",
  "XCP-ng 8.3 release notes": "https://docs.xcp-ng.org/releases/release-8-3",
  "XCP-ng, varstored update":
    "https://xcp-ng.org/blog/2025/10/30/xcp-ng-8-3-varstored-update-unbootable-vm-risk-and-remediation",
  "Citrix CTX": "https://support.citrix.com",
  "xen-orchestra issue": "https://github.com/vatesfr/xen-orchestra/issues",
  "@xen-orchestra/": "https://github.com/vatesfr/xen-orchestra",
  "microsoft/secureboot_objects": "https://github.com/microsoft/secureboot_objects",
  "Microsoft KB": "https://support.microsoft.com",
  "Microsoft Learn": "https://learn.microsoft.com",
  "fwupd ": "https://github.com/fwupd/fwupd",
  "Linux ": "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git",
  "rhboot/shim ": "https://github.com/rhboot/shim",
  "efibootmgr(8)": "https://github.com/rhboot/efibootmgr",
  "mokutil(1)": "https://github.com/lcp/mokutil",
  "rpm(8)": "https://rpm.org",
  "apt-get(8)": "https://salsa.debian.org/apt-team/apt",
  "dnf(8)": "https://github.com/rpm-software-management/dnf",
  "edk2 ": "https://github.com/tianocore/edk2",
  "yum(8)": "http://yum.baseurl.org",
  "GNU coreutils": "https://www.gnu.org/software/coreutils",
  "POSIX ": "https://pubs.opengroup.org/onlinepubs/9699919799",
  "systemctl(1)": "https://www.freedesktop.org/software/systemd/man",
  "UEFI ": "https://uefi.org/specifications",
  /** Its own commands: their help says what they do. */
  "varscope ": "https://www.npmjs.com/package/varscope",
};

const UUID = String.raw`(?:[0-9a-f-]{36}|"\$vm"|"\$before"|UUID)`;
const FIX_EFIVARS = String.raw`\$\(command -v fix-efivars \|\| echo /usr/sbin/fix-efivars\.py\)`;

/** `U` stands for a UUID. */
const KNOWN: readonly (readonly [pattern: string, source: string])[] = [
  // The toolstack.
  [
    String.raw`xe (?:vm|template|snapshot)-param-get uuid=U param-name=NVRAM param-key=EFI-variables(?:-on-boot)?(?: --minimal > /root/U\.(?:\$\(date \+%s\)\.efivars\.b64|efivars\.b64|check))?`,
    "xapi ocaml/xapi-cli-server/records.ml (NVRAM)",
  ],
  [
    "xe (?:vm|template)-param-remove uuid=U param-name=NVRAM param-key=EFI-variables(?:-on-boot)?",
    "XCP-ng 8.3 release notes",
  ],
  [
    "xe vm-param-get uuid=U param-name=(?:power-state|HVM-boot-params)",
    "xapi ocaml/xapi-cli-server/records.ml (vm_record)",
  ],
  [
    "xe vm-param-get uuid=U param-name=secureboot-certificates-state",
    "xen-api doc/content/design/secureboot-certificate-expiry.md",
  ],
  [
    "xe vm-update-secureboot-certificates-on-boot uuid=U mark=(?:true|false)",
    "xapi ocaml/xapi/xapi_vm.ml, update_secureboot_certificates_on_boot",
  ],
  ["xe vm-param-set uuid=U platform:secureboot=(?:true|false)", "XCP-ng guide to UEFI Secure Boot"],
  ["xe vm-(?:start|resume) uuid=U(?: on=OTHER-HOST)?", "xapi ocaml/xapi-cli-server/cli_frontend.ml"],
  ["xe vm-shutdown uuid=U(?: force=true)?", "xapi ocaml/xapi-cli-server/cli_frontend.ml"],
  [
    String.raw`(?:before=\$\()?xe vm-snapshot uuid=U new-name-label=[a-z-]+\)?`,
    "xapi ocaml/xapi-cli-server/cli_frontend.ml",
  ],
  ["xe snapshot-(?:revert|uninstall) snapshot-uuid=U", "xapi ocaml/xapi-cli-server/cli_frontend.ml"],
  [
    String.raw`vm=\$\(xe snapshot-param-get uuid=U param-name=snapshot-of\)`,
    "xapi ocaml/xapi-cli-server/records.ml (snapshots)",
  ],
  ["xe vm-import filename=.+ force=true", "xapi ocaml/xapi/import.ml"],
  ["xe (?:vm|template)-list params=uuid,name-label", "xapi ocaml/xapi-cli-server/cli_frontend.ml"],
  [
    String.raw`vm=\$\(xe (?:vm|template)-list name-label=.+ params=uuid --minimal\)`,
    "xapi ocaml/xapi-cli-server/cli_frontend.ml",
  ],
  ["xe-toolstack-restart", "xapi scripts/xe-toolstack-restart"],
  // The daemon's own tools.
  ["varstore-ls U", "varstored tools/varstore-ls.c"],
  ["varstore-sb-state U user", "varstored tools/varstore-sb-state.c"],
  ["varstore-rm U [0-9a-f-]{36} .+", "varstored tools/varstore-rm.c"],
  [
    String.raw`varstore-set U d719b2cb-3d3a-4596-a3bc-dad00e67656f dbx 0x67 UPDATE\.bin`,
    "varstored tools/varstore-set.c",
  ],
  [
    String.raw`varstore-set U [0-9a-f-]{36} (?:KEK|db|dbx) 0x27 /usr/share/varstored/(?:KEK|db|dbx)\.auth`,
    "varstored tools/varstore-set.c",
  ],
  [String.raw`varstore-nvram-certcheck /root/U\.check`, "varstored varstore-nvram-certcheck.c"],
  // What XCP-ng adds.
  ["secureboot-certs (?:report|clear|install)", "xcp-ng-rpms/varstored SOURCES/secureboot-certs"],
  [
    String.raw`secureboot-certs extract (?:PK|KEK|db|dbx) old-(?:PK|KEK|db|dbx)\.auth`,
    "xcp-ng-rpms/varstored SOURCES/secureboot-certs",
  ],
  [
    String.raw`secureboot-certs install default KEK\.auth db\.auth latest`,
    "XCP-ng guide to UEFI Secure Boot",
  ],
  [
    String.raw`${FIX_EFIVARS} restore-efivar-backup U --restore-from /root/good/\S+`,
    "xcp-ng/xcp-efivar-utils",
  ],
  [`${FIX_EFIVARS} scan-pool`, "xcp-ng/xcp-efivar-utils"],
  // The host's system.
  ["yum update varstored varstored-tools", "XCP-ng, varstored update of October 2025"],
  ["yum install varstored-tools", "yum(8)"],
  ["rpm -[qV] varstored(?:-tools)?(?: varstored-tools)?", "rpm(8)"],
  ["systemctl status varstored-guard", "systemctl(1)"],
  [
    String.raw`grep -E '[^']+' /var/log/daemon\.log\*(?: \| tail -n \d+)?`,
    "varstored (logs through syslog as daemon)",
  ],
  [
    "ls -lL /var/lib/varstored|readlink /var/lib/varstored",
    "xapi ocaml/xapi/xapi_host.ml, write_uefi_certificates_to_disk",
  ],
  [String.raw`wc -c /root/\*\.efivars\.b64|vm=UUID|echo "\$vm"`, "POSIX shell and utilities"],
  // Inside Windows.
  [
    "manage-bde -(?:protectors -(?:get|enable) C:|protectors -disable C: -RebootCount [02]|status C:)",
    "Microsoft Learn, manage-bde",
  ],
  [
    String.raw`reg (?:add|query) HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot(?:\\Servicing)?(?: /v AvailableUpdates)?(?: /t REG_DWORD /d 0x[0-9A-F]{4} /f)?`,
    "Microsoft KB5068202",
  ],
  [
    String.raw`Start-ScheduledTask -TaskName "\\Microsoft\\Windows\\PI\\Secure-Boot-Update"`,
    "Microsoft KB5068202",
  ],
  ["Get-WinEvent -FilterHashtable .+", "Microsoft KB5016061"],
  [
    "apt-get install --reinstall shim-signed grub-efi-amd64-signed && grub-install --target=x86_64-efi",
    "apt-get(8), and the packages shim-signed and grub-efi-amd64-signed of Debian",
  ],
  ["dnf reinstall shim-x64 grub2-efi-x64", "dnf(8), and the packages shim-x64 and grub2-efi-x64 of Fedora"],
  [String.raw`bcdboot C:\\Windows`, "Microsoft Learn, bcdboot"],
  // Inside Linux.
  ["fwupdmgr (?:refresh|get-updates|update)", "fwupd docs/uefi-db.md"],
  [
    "mokutil --(?:list-enrolled|list-sbat-revocations|set-sbat-policy (?:latest|delete)|delete KEY\\.der)",
    "mokutil(1)",
  ],
  ["efibootmgr (?:-v|-c -d .+)", "efibootmgr(8)"],
  [
    String.raw`(?:ls -l|cp -a|rm) /sys/fs/pstore(?:/dmesg-efi\*| /var/tmp/)?`,
    "Linux drivers/firmware/efi/efi-pstore.c",
  ],
];

/** What only runbooks have: they write a file, compare it, and import exports. */
const KNOWN_OF_RUNBOOKS: typeof KNOWN = [
  [
    String.raw`xe (?:vm|template)-param-get uuid=U param-name=NVRAM param-key=EFI-variables --minimal > /root/\S+`,
    "xapi ocaml/xapi-cli-server/records.ml (NVRAM)",
  ],
  [
    String.raw`xe (?:vm|template)-param-add uuid=U param-name=NVRAM EFI-variables="\$\(cat /root/\S+\)"`,
    "xapi ocaml/xapi-cli-server/records.ml (NVRAM)",
  ],
  [
    String.raw`xe (?:vm|template)-param-get uuid=U param-name=NVRAM param-key=EFI-variables --minimal \| sha256sum -c <\(echo "[0-9a-f]{64}  -"\)`,
    "GNU coreutils, sha256sum",
  ],
  [String.raw`${FIX_EFIVARS} restore-efivar-backup U --restore-from /root/\S+`, "xcp-ng/xcp-efivar-utils"],
  ["xe vm-list is-control-domain=false params=uuid,name-label", "xapi ocaml/xapi-cli-server/cli_frontend.ml"],
  [
    String.raw`vm=\$\(xe vm-import filename=\S+\)|xe vm-import filename=\S+ metadata=true preserve=true(?: dry-run=true)?`,
    "xapi ocaml/xapi/import.ml",
  ],
  [
    "xe vm-uninstall uuid=U|xe template-uninstall template-uuid=U",
    "xapi ocaml/xapi-cli-server/cli_frontend.ml",
  ],
  ["xe template-param-set uuid=U is-a-template=false", "xapi ocaml/xapi-cli-server/records.ml (vm_record)"],
  [String.raw`test ! -e (/root/\S+) \|\| mv \1 \1\.\$\(date \+%s\)`, "POSIX shell and utilities"],
  [String.raw`wc -c /root/\S+|vm=UUID-OF-THE-VM`, "POSIX shell and utilities"],
  [
    "manage-bde -(?:protectors -(?:get|enable) %SystemDrive%|protectors -disable %SystemDrive%(?: -RebootCount 0)?|status %SystemDrive%)",
    "Microsoft Learn, manage-bde",
  ],
];

const kindsOf = (known: typeof KNOWN) =>
  known.map(([pattern, source]) => ({
    matches: new RegExp(`^(?:${pattern.replaceAll(/(?<![A-Za-z])U(?![A-Za-z-])/g, () => UUID)})$`),
    pattern,
    source,
  }));
const KINDS = kindsOf(KNOWN);
const KINDS_OF_RUNBOOKS = kindsOf(KNOWN_OF_RUNBOOKS);

export const COMMAND_SOURCES: readonly string[] = [...KINDS, ...KINDS_OF_RUNBOOKS].map(
  ({ source }) => source,
);

/** The kind of a command, of one in a loop that of what is done for each; null where the list has none. */
export function kindOf(command: string): string | null {
  const inner = /^for vm in [0-9a-f -]+; do (.*); done$/.exec(command)?.[1] ?? command;
  return KINDS.find(({ matches }) => matches.test(inner))?.pattern ?? null;
}

export const ALL_KINDS: readonly string[] = KNOWN.map(([pattern]) => pattern);

/** The same for a command of a runbook. */
export function kindInRunbook(command: string): string | null {
  return KINDS_OF_RUNBOOKS.find(({ matches }) => matches.test(command))?.pattern ?? kindOf(command);
}

export const ALL_KINDS_OF_RUNBOOKS: readonly string[] = KNOWN_OF_RUNBOOKS.map(([pattern]) => pattern);
