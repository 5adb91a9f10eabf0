/** Makes status reports of a host that nobody has, in the layout of xen-bugtool, and the lines of their logs. */
import { spawnSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { concatBytes } from "../../parsers/bytes.ts";
import { healthyBlob } from "./blob.ts";
import { base64, hostArchive, PLANTED_FILES } from "./certificates.ts";
import { type Member, makeUstar } from "./tar.ts";
import { BUG_REPORT_DIALECT, makeDatabase, poolRow, vmRow } from "./xapi-db.ts";
import { makeZip } from "./zip.ts";

export const REPORT_NAME = "bug-report-20251102081500";
export const FAULTY = "varstored-1.2.0-3.1.xcpng8.3.x86_64";
export const FIXED = "varstored-1.2.0-3.4.xcpng8.3.x86_64";
export const BEFORE = "varstored-1.2.0-2.3.xcpng8.3.x86_64";
export const VM_UUID = "00000000-0000-4000-8000-000000000501";
export const OTHER_UUID = "00000000-0000-4000-8000-000000000502";

export function text(...lines: readonly string[]): Uint8Array {
  return Buffer.from(`${lines.join("\n")}\n`);
}

/** `rpm -qa` of a host with these packages of varstored. */
export function packageList(...packages: readonly string[]): Uint8Array {
  const others = [
    "xen-hypervisor-4.17.5-15.1.xcpng8.3.x86_64",
    "bash-4.2.46-35.el7_9.x86_64",
    "gpg-pubkey-3fd3ac9e-5b0e2ecf",
  ];
  return text(...others, ...packages, "xapi-core-25.6.0-1.9.xcpng8.3.x86_64", "tzdata-2024a-1.el7.noarch");
}

/** A line of yum, such as `Oct 23 14:05:11 Updated: …`. */
export function yumLine(time: string, action: string, name: string): string {
  return `${time} ${action}: ${name}`;
}

export function daemonLine(time: string, domid: number, message: string): string {
  return `${time} host1 varstored-${domid}[${4000 + domid}]: ${message}`;
}

/** What varstored says of an NVRAM that it cannot load. */
export function refusedLines(time: string, domid: number): string[] {
  return [
    daemonLine(time, domid, "initialize_settings: Secure boot enable: true"),
    daemonLine(time, domid, "unserialize_variables: Failed to unserialize variable!"),
    daemonLine(time, domid, "varstored_initialize: Failed to initialize backend!"),
  ];
}

export function domainLine(time: string, uuid: string, domid: number): string {
  return `${time} host1 xenopsd-xc: [ info||12 |Async.VM.start R:0d7f7a0a9d3f|xenops] VM = ${uuid}; domid = ${domid}`;
}

/** xapi's line about an emulator that did not start. */
export function emulatorLine(time: string, task: string, emulator: string, message: string): string {
  return `${time} host1 xapi: [error||921 |Async.VM.start R:${task}|backtrace] Async.VM.start R:${task} failed with exception Server_error(FAILED_TO_START_EMULATOR, [ OpaqueRef:280dbf79-fa6c-434b-a6b8-4758c6089078; ${emulator}; ${message} ])`;
}

export const REF = "OpaqueRef:280dbf79-fa6c-434b-a6b8-4758c6089078";

/** What `xe vm-start` prints, below the prompt that it was typed at. */
export function xeFailure(uuid: string, emulator: string, message: string): string[] {
  return [
    `[14:02 host1 ~]# xe vm-start uuid=${uuid}`,
    "An emulator required to run this VM failed to start",
    `vm: ${uuid} (vm 1)`,
    `name: ${emulator}`,
    `msg: ${message}`,
  ];
}

/** What the log panel of Xen Orchestra shows. */
export function xenOrchestraFailure(uuid: string, emulator: string, message: string): string[] {
  const line = `FAILED_TO_START_EMULATOR(${REF}, ${emulator}, ${message})`;
  const asked = { id: uuid, bypassMacAddressesCheck: false, force: false };
  const call = { duration: 3123, method: "VM.start", params: ["* session id *", REF, false, false] };
  const params = [REF, emulator, message];
  const error = { code: "FAILED_TO_START_EMULATOR", params, call, message: line, name: "XapiError" };
  return ["vm.start", ...[asked, error].flatMap((part) => JSON.stringify(part, null, 2).split("\n"))];
}

export function startLine(time: string, task: string, uuid: string): string {
  return `${time} host1 xapi: [ info||921 |Async.VM.start R:${task}|xapi_vm] VM.start: VM = '${uuid} ('vm 1')'`;
}

/** A line that holds a secret: it must not come out. */
export const SECRET = "c2VjcmV0IGNlcnRpZmljYXRlcyBvZiBzb21lYm9keQ==";
export const SECRET_LINE = `Nov  1 10:00:00 host1 xapi: [debug||1 |audit|xapi] pool.set_custom_uefi_certificates value=${SECRET} varstored-1[1]: VM = 'x`;

/** The database as xen-bugtool leaves it: NVRAM removed, the certificates of the pool still there. */
export function redactedDatabase(): Uint8Array {
  const removed = { "EFI-variables": "REMOVED" };
  return makeDatabase(
    {
      VM: [vmRow({ uuid: VM_UUID, name_label: "vm 1", NVRAM: removed })],
      pool: [poolRow({ hosts: base64(hostArchive(PLANTED_FILES)) })],
    },
    BUG_REPORT_DIALECT,
  );
}

/** A report of a host on which the faulty release was installed for some days, and one VM did not start. */
export function reportFiles(top: string = REPORT_NAME): Member[] {
  const file = (name: string, bytes: Uint8Array): Member => ({ name: `${top}/${name}`, bytes });
  return [
    file("inventory.xml", text('<?xml version="1.0" ?>', "<system-status-inventory/>")),
    file("xapi-db.xml", redactedDatabase()),
    file("xapi-db-dumped.xml", redactedDatabase()),
    file("rpm-qa.out", packageList(FIXED, "varstored-tools-1.2.0-3.4.xcpng8.3.x86_64")),
    file(
      "var/log/yum.log",
      text(
        yumLine("Dec 12 09:10:11", "Installed", BEFORE),
        yumLine("Mar 03 09:10:11", "Updated", "bash-4.2.46-35.el7_9.x86_64"),
        yumLine("Oct 23 14:05:11", "Updated", FAULTY),
        yumLine("Oct 31 08:00:00", "Updated", FIXED),
      ),
    ),
    file(
      "var/log/xensource.log",
      text(
        SECRET_LINE,
        startLine("Oct 30 07:00:01", "0d7f7a0a9d3f", VM_UUID),
        domainLine("Oct 30 07:00:02", VM_UUID, 7),
        emulatorLine("Oct 30 07:00:04", "0d7f7a0a9d3f", "varstored", "Daemon exited unexpectedly"),
        startLine("Oct 30 09:00:01", "1e8f7a0a9d40", OTHER_UUID),
        emulatorLine(
          "Oct 30 09:00:04",
          "1e8f7a0a9d40",
          "domid 18",
          'QMP failure at File "xc/device.ml", line 2616',
        ),
      ),
    ),
    file("var/log/daemon.log", text("Nov  1 03:00:00 host1 systemd[1]: Started something.")),
    file("var/log/daemon.log.2.gz", gzipSync(text(...refusedLines("Oct 30 07:00:03", 7)))),
    file("xenstore-ls-f.out", text('/local/domain/7/platform/secureboot = "true"')),
  ];
}

/** The same in each of the forms in which reports come. bzip2 is Debian's own; null where it is missing. */
export async function reportArchive(
  form: "tar" | "tar.gz" | "tar.bz2" | "zip",
  files: readonly Member[] = reportFiles(),
): Promise<Uint8Array | null> {
  if (form === "zip") return makeZip(files);
  const tar = await makeUstar(files);
  if (form === "tar") return tar;
  return form === "tar.gz" ? new Uint8Array(gzipSync(tar)) : bzip2(tar);
}

/** Null where the program is missing. */
export function bzip2(bytes: Uint8Array, level: "-1" | "-9" = "-9"): Uint8Array | null {
  const { status, stdout } = spawnSync("bzip2", [level, "-c"], { input: bytes, maxBuffer: 1 << 28 });
  return status === 0 ? new Uint8Array(stdout) : null;
}

/** Forty dumps, as people send them. */
export function dumpFiles(count: number): Member[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `dumps/${`${i}`.padStart(3, "0")}.efivars.b64`,
    bytes: Buffer.from(base64(healthyBlob())),
  }));
}

/** Archives in each other, `depth` of them, around a dump. */
export function nestedZips(depth: number): Uint8Array {
  let bytes: Uint8Array = concatBytes([healthyBlob()]);
  for (let i = 0; i < depth; i++) bytes = makeZip([{ name: i === 0 ? "a.vars" : `${i}.zip`, bytes }]);
  return bytes;
}
