/** What the files of a host tell: its packages, what was installed when, and which VMs did not start. */

/** A package, its version and release as rpm writes them. */
export interface HostPackage {
  readonly name: string;
  /** Such as `1.2.0-3.1.xcpng8.3`: version and release. */
  readonly version: string;
  readonly arch: string | null;
}

/** When a line was written, in the host's own time. */
export interface LogTime {
  /** Null where the line tells none: neither yum nor the classical syslog do. */
  readonly year: number | null;
  /** `MM-DDThh:mm:ss`: two of one year compare as their texts do. */
  readonly inYear: string;
}

/** A line of yum's log that is about a package which matters here. */
export interface LoggedTransaction {
  readonly action: "installed" | "updated" | "erased";
  readonly package: HostPackage;
  readonly time: LogTime;
  /** Line of the file, from 1. */
  readonly line: number;
  /** How many times a year had ended before this line, as far as the order of the lines shows. */
  readonly yearsPassed: number;
}

/** Why an emulator did not start, as the line says. */
export type StartFault =
  /** varstored refuses the NVRAM. */
  | "nvram-refused"
  /** varstored did not get the NVRAM from xapi. */
  | "xapi-did-not-answer"
  /** varstored could not plant its keys. */
  | "keys-not-planted"
  /** varstored ended because of one of its own `.auth` files, before it read any NVRAM. */
  | "auth-file-refused"
  /** varstored gave up; why is in another line. */
  | "initialization-failed"
  /** xapi says that an emulator did not start. */
  | "emulator-failed"
  /** The firmware found no signature that it trusts. */
  | "secure-boot-refused";

/** A line of a log from which it follows that a VM did not start. */
export interface LoggedFault {
  readonly fault: StartFault;
  readonly time: LogTime | null;
  readonly line: number;
  /** Of the domain, where the line is its varstored's own. */
  readonly domid: number | null;
  readonly uuid: string | null;
  /** Of the VM; absent where the line does not tell it. */
  readonly nameLabel?: string;
  /** xapi's reference of the VM. */
  readonly ref: string | null;
  /** As xapi calls it, such as `varstored`. */
  readonly emulator: string | null;
  readonly message: string;
}

/** Which VM a domain, or a task of xapi, belongs to. */
export interface LoggedVm {
  readonly uuid: string;
  /** Absent where the line does not tell it. */
  readonly nameLabel?: string;
  /** Of the first and the last line that says so. */
  readonly time: LogTime | null;
  readonly until: LogTime | null;
  readonly domid: number | null;
  /** What xapi puts into all lines of one task, such as `R:0d7f7a0a9d3f`. */
  readonly task: string | null;
}

/** A clone or copy that failed because the tool failed which takes the VM's own variables out of it. */
export interface LoggedCloneFailure {
  /** Of the clone. */
  readonly uuid: string | null;
  /** With which `varstore-rm` ended; 127 where there is no such program. */
  readonly exitCode: number;
  readonly time: LogTime | null;
  readonly line: number;
}

/** A line of varstored, or about its end, that no pattern knows; lines that differ in numbers alone are one. */
export interface UnknownLine {
  /** Of the first of them. */
  readonly line: number;
  readonly time: LogTime | null;
  readonly domid: number | null;
  readonly message: string;
  /** How many lines say so. */
  readonly times: number;
  /** True where its words are those of an error. */
  readonly isError: boolean;
}

/** An event of a Windows guest about its Secure Boot certificates. */
export interface GuestEvent {
  readonly id: number;
  /** From 1. */
  readonly line: number;
  /** That could not be written, and why, as the message says; null where it does not. */
  readonly variable: string | null;
  readonly error: string | null;
}

/** What one file of a host was read into. */
export interface HostFile {
  /** Inside the input; "" where the file is the input itself. */
  readonly name: string;
  readonly kind: "packages" | "transactions" | "log" | "guest-events";
  readonly packages: readonly HostPackage[];
  readonly transactions: readonly LoggedTransaction[];
  readonly faults: readonly LoggedFault[];
  readonly vms: readonly LoggedVm[];
  readonly cloneFailures: readonly LoggedCloneFailure[];
  readonly guestEvents: readonly GuestEvent[];
  /** Those of errors first. */
  readonly unknownLines: readonly UnknownLine[];
  /** Lines beyond those. */
  readonly moreUnknownLines: number;
  /** Of the first and last line that tells a time; null where none does. */
  readonly first: LogTime | null;
  readonly last: LogTime | null;
  /** How many times a year ends inside the file, as far as the order of its lines shows. */
  readonly yearsPassed: number;
  /** Events beyond what is kept of one file. */
  readonly dropped: number;
}

/** A file that tells nothing. */
export function emptyHostFile(kind: HostFile["kind"]): HostFile {
  return {
    name: "",
    kind,
    packages: [],
    transactions: [],
    faults: [],
    vms: [],
    cloneFailures: [],
    guestEvents: [],
    unknownLines: [],
    moreUnknownLines: 0,
    first: null,
    last: null,
    yearsPassed: 0,
    dropped: 0,
  };
}
