/** One input as the report tells it: an element of `inputs`. */
import type { ArchiveTally, FormatId, HostSoftware } from "../parsers/model.ts";
import type { PoolReadiness } from "../rules/engine/readiness.ts";
import type { SinceReport } from "./baseline/since.ts";
import type { CertificatesReport } from "./certificates.ts";
import type { ErrorReport } from "./error-report.ts";
import type { FindingReport } from "./finding.ts";
import type { HostReport } from "./host.ts";
import type { VmReport } from "./vm.ts";

/** The file that an input was read from. */
export interface FileReport {
  /** Null for a pipe that was not read to its end. */
  readonly bytes: number | null;
  /** `YYYY-MM-DDThh:mm:ssZ`; null for a pipe. */
  readonly modified: string | null;
  /** Null where not all of it was read. */
  readonly sha256: string | null;
}

export interface InputReport {
  readonly path: string;
  /** The file's place among all that the command line names, from 0; the members of an archive share it. */
  readonly place: number;
  readonly format: FormatId | null;
  /** Null where none could be opened; of a member of an archive it is the archive. */
  readonly file: FileReport | null;
  readonly error: ErrorReport | null;
  readonly findings: readonly FindingReport[];
  readonly certificates: readonly CertificatesReport[];
  /** What pool.get_guest_secureboot_readiness answers; only where a pool's record tells it. */
  readonly poolReadiness?: PoolReadiness;
  readonly skipped: { controlDomains: number; defaultTemplates: number };
  /** Only where the input is an archive of others. */
  readonly archive?: ArchiveTally;
  /** Of the hosts that it came from, each of them once; only where the input tells that. */
  readonly software?: readonly HostSoftware[];
  /** Only where the input tells of a host. */
  readonly host?: HostReport;
  readonly vms: readonly VmReport[];
  /** Of its own findings; only where the run is compared with an earlier report. */
  readonly since?: SinceReport;
}
