/** Predictions held against real firmware: Debian's OVMF of 2022.11 and 2026.08, start by start, and the PCR 7 it left. */
import { describe, expect, it } from "vitest";
import { openDisk, startVm } from "../../firmware/boot-manager.ts";
import type { Generation } from "../../firmware/generation.ts";
import { FirmwareVariables } from "../../firmware/variables.ts";
import { diskOfBytes } from "../../parsers/disk/disk-bytes.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import { hasSharedBoots, recordedBoots } from "../shared-data.ts";

const GENERATION: Readonly<Record<string, Generation>> = { "2022.11": "202208", "2026.08": "newer" };
const STATUS: Readonly<Record<string, string>> = {
  started: "started",
  "access-denied": "Access Denied",
  "not-found": "Not Found",
};

describe.skipIf(!hasSharedBoots)("starts of real firmware", () => {
  for (const boot of recordedBoots()) {
    for (const [firmware, observed] of Object.entries(boot.observed)) {
      it(`${boot.name} on ${firmware}`, async () => {
        const disk = await openDisk("disk", diskOfBytes(boot.disk(observed.disk)));
        const { starts, attempts, pcr7, pcr7Events } = await startVm({
          disks: [disk],
          variables: new FirmwareVariables(openBlob(boot.nvram).variables),
          secureBoot: boot.secureBoot,
          generation: GENERATION[firmware]!,
          bootOrder: "cdn",
          verifier: nodeSignatureVerifier,
        });
        // Debian's older build falls to a shell of its own when nothing starts.
        const recorded = observed.attempts.filter(
          ({ description }) => !/EFI Internal Shell/.test(description),
        );
        expect(attempts.map(({ status }) => STATUS[status ?? ""])).toEqual(
          recorded.map(({ status }) => status),
        );
        for (const [i, { entry }] of attempts.entries())
          if (entry !== "fallback") expect(entry).toBe(recorded[i]?.entry);
        expect(starts).toBe(observed.starts);
        expect(pcr7Events.map(({ sha256 }) => sha256)).toEqual(observed.pcr7Extends);
        expect(pcr7).toBe(observed.pcr7);
      });
    }
  }
});
