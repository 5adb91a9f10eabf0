/** What a daemon answers to updates of one copy, for the program and for the library. */

import type { SignatureVerifier } from "../daemon/crypto.ts";
import type { DaemonVersion } from "../daemon/daemon-version.ts";
import { type ForecastUpdate, forecast as runForecast } from "../daemon/forecast.ts";
import type { UpdateFile } from "../daemon/update-target.ts";
import { readSignatureDatabase } from "../parsers/efi/signature-list.ts";
import type { VmSource } from "../parsers/model.ts";
import { nvramOfBlob } from "../parsers/nvram/nvram.ts";
import { assumedStart, type ForecastEntry } from "../report/forecast.ts";
import { type AnalysisSettings, analyzeVm } from "../rules/engine/analyze.ts";
import type { Rule } from "../rules/engine/rule.ts";
import { pca2011RevokedWithoutSuccessor } from "../rules/pca2011-revoked-without-successor.ts";
import { secureBootDbMissing } from "../rules/secure-boot-db-missing.ts";
import { setupModeWithSecureBoot } from "../rules/setup-mode-with-secure-boot.ts";

/** Lists that add up are an unsigned .esl; everything else is sent as it is, so that a damaged or cut header gets its refusal. */
export function updateKind(bytes: Uint8Array): UpdateFile["kind"] {
  const { lists, fault } = readSignatureDatabase(bytes);
  return lists.length > 0 && fault === null ? "esl" : "auth";
}

export interface CopyForecast {
  readonly entry: ForecastEntry;
  /** The NVRAM as the daemon would save it; null where it would not, or nobody knows. */
  readonly saved: Uint8Array | null;
}

type Judging = Pick<AnalysisSettings, "platform" | "knowledge">;

export function forecastCopy(
  path: string,
  vm: VmSource,
  daemon: DaemonVersion,
  updates: readonly ForecastUpdate[],
  verifier: SignatureVerifier,
  settings: Judging,
): CopyForecast {
  const { error, steps, saved } = runForecast(vm.nvram?.daemonBytes ?? new Uint8Array(0), updates, {
    daemon,
    verifier,
    // varstored.c, initialize_settings: only the exact texts count.
    authEnforce: vm.fields.get("platform:auth-enforce") !== "false",
    secureBoot: vm.secureBoot === true,
  });
  const { uuid, nameLabel, source } = vm;
  const start = assumedStart(null);
  const after = stoppedByKeys(vm, saved, settings);
  const before = after === null ? null : stoppedByKeys(vm, vm.nvram?.daemonBytes ?? null, settings);
  const keys = { before, after };
  return { entry: { path, vm: { uuid, nameLabel }, source, daemon, error, steps, keys, start }, saved };
}

/** By which the keys of an NVRAM stop a start. All rules would be most of what a page loads for a forecast. */
const ON_KEYS: readonly Rule[] = [
  secureBootDbMissing,
  pca2011RevokedWithoutSuccessor,
  setupModeWithSecureBoot,
];
/** None of these rules asks for a day. */
const ANY_DAY = "2026-01-01";

/** What `analyze` would say of this NVRAM: the first finding by which something does not start with Secure Boot. */
function stoppedByKeys(vm: VmSource, nvram: Uint8Array | null, settings: Judging): string | null {
  if (nvram === null || vm.secureBoot === false || vm.firmware === "bios") return null;
  const { platform, knowledge } = settings;
  const copy = { ...vm, nvram: nvramOfBlob(nvram) };
  const { load, findings } = analyzeVm(copy, ON_KEYS, { platform, knowledge, asOf: ANY_DAY });
  if (load?.loads !== true) return null;
  return findings.find(({ breaks }) => breaks === "secure-boot")?.message ?? null;
}
