/** What files of a host tell by themselves, and archives: a bug report, and dumps that somebody packed. */
import { healthyBlob } from "../builders/blob.ts";
import {
  BEFORE,
  daemonLine,
  domainLine,
  dumpFiles,
  emulatorLine,
  FAULTY,
  FIXED,
  OTHER_UUID,
  packageList,
  REF,
  refusedLines,
  reportFiles,
  startLine,
  text,
  VM_UUID,
  xeFailure,
  xenOrchestraFailure,
  yumLine,
} from "../builders/bug-report.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { makeZip } from "../builders/zip.ts";

const TASK = "0d7f7a0a9d3f";
const OTHER_TASK = "1e8f7a0a9d40";
const EXITED = "Daemon exited unexpectedly";
const QMP = 'QMP failure at File "xc/device.ml", line 2616';

const cloneLine = (uuid: string, code: number): string =>
  `Oct 30 07:00:03 host1 forkexecd: [${code === 0 ? "debug" : "error"}||0 ||forkexecd] 4711 (/usr/bin/varstore-rm -c ${uuid} -r /etc/xapi.d/efi-clone) exited with code ${code}`;

/** Stored, so that no version of a compressor decides what the case is. */
const stored = (files: ReturnType<typeof reportFiles>) =>
  makeZip(files.map(({ name, bytes }) => ({ name, bytes, method: 0 })));

/** A report without anything that goes wrong. */
const quietReport = () =>
  stored([
    { name: "bug-report-20251202081500/inventory.xml", bytes: text("<system-status-inventory/>") },
    { name: "bug-report-20251202081500/rpm-qa.out", bytes: packageList(FIXED) },
    {
      name: "bug-report-20251202081500/var/log/yum.log",
      bytes: text(yumLine("Oct 31 08:00:00", "Updated", FIXED)),
    },
    {
      name: "bug-report-20251202081500/var/log/xensource.log",
      bytes: text(domainLine("Nov 30 07:00:02", VM_UUID, 7)),
    },
  ]);

export const cases: readonly CorpusCase[] = [
  {
    name: "healthy-rpm-list",
    title: "The packages of a host with a sound release of varstored.",
    file: "input.out",
    bytes: () => packageList(FIXED),
  },
  {
    name: "healthy-yum-log",
    title: "A log of yum in which varstored went from one sound release to another.",
    file: "input.log",
    bytes: () =>
      text(yumLine("Mar 03 09:10:11", "Installed", BEFORE), yumLine("Oct 31 08:00:00", "Updated", FIXED)),
  },
  {
    name: "healthy-host-log",
    title: "A log of a host on which a VM was started.",
    file: "input.log",
    bytes: () => text(startLine("Oct 30 07:00:01", TASK, VM_UUID), domainLine("Oct 30 07:00:02", VM_UUID, 7)),
  },
  {
    name: "healthy-archive",
    title: "A ZIP archive of three dumps that are in order.",
    file: "input.zip",
    bytes: () => stored(dumpFiles(3)),
  },
  {
    name: "healthy-bug-report",
    title: "A bug report of a host that never had a faulty release, and on which every VM started.",
    file: "input.zip",
    bytes: quietReport,
  },
  {
    name: "bug-report-affected",
    title:
      "A bug report of a host that had the faulty release for eight days: redacted databases with planted certificates, two failed starts.",
    file: "input.zip",
    bytes: () => stored(reportFiles().filter(({ name }) => !name.endsWith(".gz"))),
  },
  {
    name: "faulty-varstored-installed",
    title: "A list of packages with the faulty release of varstored.",
    file: "input.out",
    bytes: () => packageList(FAULTY),
  },
  {
    name: "faulty-varstored-installed-near-miss",
    title: "A list of packages with the release that the faulty one replaced.",
    file: "input.out",
    bytes: () => packageList(BEFORE),
  },
  {
    name: "faulty-varstored-was-installed",
    title: "A log of yum with the faulty release and what replaced it; the release itself tells the year.",
    file: "input.log",
    bytes: () =>
      text(
        yumLine("Dec 12 09:10:11", "Installed", BEFORE),
        yumLine("Oct 23 14:05:11", "Updated", FAULTY),
        yumLine("Oct 31 08:00:00", "Updated", FIXED),
      ),
  },
  {
    name: "faulty-varstored-was-installed-near-miss",
    title: "A log of yum with the faulty release as its last line: it is installed still, not was.",
    file: "input.log",
    bytes: () =>
      text(yumLine("Dec 12 09:10:11", "Installed", BEFORE), yumLine("Oct 23 14:05:11", "Updated", FAULTY)),
  },
  {
    name: "varstored-refused-nvram",
    title: "A log in which varstored refuses an NVRAM, and xenopsd tells whose domain it was.",
    file: "input.log",
    bytes: () => text(domainLine("Oct 30 07:00:02", VM_UUID, 7), ...refusedLines("Oct 30 07:00:03", 7)),
  },
  {
    name: "varstored-refused-nvram-near-miss",
    title: "A log in which varstored does not get the NVRAM from xapi: that one may be sound.",
    file: "input.log",
    bytes: () =>
      text(
        domainLine("Oct 30 07:00:02", VM_UUID, 7),
        "Oct 30 07:00:03 host1 varstored-7[4007]: get_from_xapi: Failed to communicate with XAPI",
        "Oct 30 07:00:03 host1 varstored-7[4007]: varstored_initialize: Failed to initialize backend!",
      ),
  },
  {
    name: "varstored-ended-unexplained",
    title: "A log in which xapi says that varstored ended, without a line of varstored itself.",
    file: "input.log",
    bytes: () =>
      text(
        startLine("Oct 30 07:00:01", TASK, VM_UUID),
        emulatorLine("Oct 30 07:00:04", TASK, "varstored", EXITED),
      ),
  },
  {
    name: "varstored-ended-unexplained-near-miss",
    title: "A log in which xapi says that varstored ended, and varstored says why.",
    file: "input.log",
    bytes: () =>
      text(
        startLine("Oct 30 07:00:01", TASK, VM_UUID),
        domainLine("Oct 30 07:00:02", VM_UUID, 7),
        ...refusedLines("Oct 30 07:00:03", 7),
        emulatorLine("Oct 30 07:00:04", TASK, "varstored", EXITED),
      ),
  },
  {
    name: "start-failed-otherwise",
    title: "A log in which the emulator of the devices does not start, and Secure Boot refuses another VM.",
    file: "input.log",
    bytes: () =>
      text(
        startLine("Oct 30 09:00:01", OTHER_TASK, OTHER_UUID),
        emulatorLine("Oct 30 09:00:04", OTHER_TASK, "domid 18", QMP),
        `Oct 30 09:30:00 host1 xapi: [debug||77 ||xapi_message] Message.create VM_SECURE_BOOT_FAILED 5 VM ${VM_UUID}`,
      ),
  },
  {
    name: "start-failed-otherwise-near-miss",
    title: "A log in which a VM does not start because varstored refuses its NVRAM.",
    file: "input.log",
    bytes: () =>
      text(
        startLine("Oct 30 07:00:01", TASK, VM_UUID),
        ...refusedLines("Oct 30 07:00:03", 7),
        emulatorLine("Oct 30 07:00:04", TASK, "varstored", EXITED),
      ),
  },
  {
    name: "varstored-refused-auth-file",
    title:
      "A log in which varstored ends at a db.auth of the host that is too large, before it reads any NVRAM.",
    file: "input.log",
    bytes: () =>
      text(
        startLine("Nov 17 10:00:00", TASK, VM_UUID),
        daemonLine(
          "Nov 17 10:00:01",
          21,
          "load_one_auth_data: Auth file '/usr/share/varstored/db.auth' is too large: 58121",
        ),
        daemonLine("Nov 17 10:00:01", 21, "varstored_initialize: Failed to initialize handler!"),
        emulatorLine("Nov 17 10:00:31", TASK, "varstored", EXITED),
      ),
  },
  {
    name: "varstored-refused-auth-file-near-miss",
    title: "A log in which varstored misses a dbx.auth, and goes on without it.",
    file: "input.log",
    bytes: () =>
      text(
        daemonLine(
          "Nov 17 10:00:01",
          21,
          "load_one_auth_data: Auth file '/usr/share/varstored/dbx.auth' is missing!",
        ),
        daemonLine("Nov 17 10:00:01", 21, "setup_keys: Continuing keys setup despite missing optional dbx"),
      ),
  },
  {
    name: "host-log-unknown-lines",
    title:
      "A log with CR alone as the ends of its lines, in which varstored and systemd say what varscope does not know.",
    file: "input.log",
    bytes: () =>
      text(
        daemonLine("Nov 17 10:00:01", 21, "initialize_settings: Secure boot enable: true"),
        daemonLine(
          "Nov 17 10:00:01",
          21,
          "varstored_initialize: Failed to map iopage: 12, Cannot allocate memory",
        ),
        "Nov 17 10:00:02 host1 systemd[1]: varstored-21.service: main process exited, code=killed, status=11/SEGV",
      ).map((byte) => (byte === 10 ? 13 : byte)),
  },
  {
    name: "clone-failed",
    title: "A log in which varstore-rm is not there when a VM was cloned, and ends with 1 at another clone.",
    file: "input.log",
    bytes: () => text(cloneLine(VM_UUID, 127), cloneLine(OTHER_UUID, 1)),
  },
  {
    name: "clone-failed-near-miss",
    title: "A log in which another program ends with 127, and varstore-rm with 0.",
    file: "input.log",
    bytes: () =>
      text(
        cloneLine(VM_UUID, 0),
        `Oct 30 07:00:03 host1 forkexecd: [error||0 ||forkexecd] 4711 (/usr/bin/other -c ${VM_UUID}) exited with code 127`,
      ),
  },
  {
    name: "start-failed-as-xe-says",
    title: "A start that failed as xe prints it, below a prompt: the VM is named.",
    file: "input.txt",
    bytes: () => text(...xeFailure(VM_UUID, "varstored", EXITED)),
  },
  {
    name: "start-failed-as-xe-says-otherwise",
    title: "The same of the emulator of the devices: that is not the NVRAM.",
    file: "input.txt",
    bytes: () => text(...xeFailure(VM_UUID, "domid 18", QMP)),
  },
  {
    name: "start-failed-as-xen-orchestra-says",
    title:
      "A start that failed as the log of Xen Orchestra shows it: the VM is the id of what was asked for.",
    file: "input.txt",
    bytes: () => text(...xenOrchestraFailure(VM_UUID, "varstored", EXITED)),
  },
  {
    name: "start-failed-in-one-line",
    title: "The error of xapi alone, as somebody copied it: no VM is named.",
    file: "input.txt",
    bytes: () => text(`FAILED_TO_START_EMULATOR(${REF}, varstored, ${EXITED})`),
  },
  {
    name: "start-failed-beside-nvram",
    title: "What xe says of a start that failed, and the NVRAM of that VM in the same text.",
    file: "input.txt",
    bytes: () =>
      text(
        ...xeFailure(VM_UUID, "varstored", EXITED),
        `[14:03 host1 ~]# xe vm-param-get uuid=${VM_UUID} param-name=NVRAM`,
        `EFI-variables: ${Buffer.from(healthyBlob()).toString("base64")}`,
      ),
  },
  {
    name: "host-log-of-grep",
    title:
      "What grep -r found in the logs of a host: two daemons and yum, each line with the name of its file.",
    file: "input.txt",
    bytes: () =>
      text(
        ...refusedLines("Oct 30 07:00:03", 7).map((line) => `/var/log/daemon.log:${line}`),
        `/var/log/xensource.log:12:${domainLine("Oct 30 07:00:02", VM_UUID, 7)}`,
        `/var/log/yum.log:${yumLine("Oct 23 14:05:11", "Updated", FAULTY)}`,
      ),
  },
];
