/** One input in the report: an element of `inputs`. */
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
  /** Size in bytes; null for a pipe that was not read to its end. */
  readonly bytes: number | null;
  /** Time of the last change, `YYYY-MM-DDThh:mm:ssZ`; null for a pipe. */
  readonly modified: string | null;
  /** SHA-256 of the file; null where only a part was read. */
  readonly sha256: string | null;
}

export interface InputReport {
  readonly path: string;
  /** Index of the file among all that the command line names, from 0. Members of an archive have the index of the archive. */
  readonly place: number;
  readonly format: FormatId | null;
  /** The file (for a member: the archive); null where it could not be opened. */
  readonly file: FileReport | null;
  readonly error: ErrorReport | null;
  readonly findings: readonly FindingReport[];
  readonly certificates: readonly CertificatesReport[];
  /** What pool.get_guest_secureboot_readiness answers. Only where the input holds the record of a pool. */
  readonly poolReadiness?: PoolReadiness;
  readonly skipped: { controlDomains: number; defaultTemplates: number };
  /** Only for an archive of other inputs. */
  readonly archive?: ArchiveTally;
  /** Versions of the hosts that it came from, each once. Only where the input says so. */
  readonly software?: readonly HostSoftware[];
  /** Only where the input describes a host. */
  readonly host?: HostReport;
  readonly vms: readonly VmReport[];
  /** For the findings of the input itself. Only with `--baseline`. */
  readonly since?: SinceReport;
}
