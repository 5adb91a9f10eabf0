/**
 * Recorded starts packed as exports (plain, gzip, zstd) and as raw disks, by the way that `boot` goes; and the incident's NVRAM
 * on a disk with Debian's shim. Both skip where the recordings are missing.
 */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../cli/io/world.ts";
import { judgingSettings } from "../../cli/settings.ts";
import { bootInput } from "../../library/boot/boot.ts";
import { diskOfBytes, partOf } from "../../parsers/disk/disk-bytes.ts";
import { openFat } from "../../parsers/disk/fat.ts";
import { readPartitionTable } from "../../parsers/disk/partition-table.ts";
import type { BootScenario } from "../../report/boot.ts";
import { makeDiskWith } from "../builders/boot-disk.ts";
import { makeXva } from "../builders/tar.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { zstdOfRuns } from "../builders/zstd.ts";
import { put, temporaryFolder, UUID_A } from "../cli/run.ts";
import { hasSharedBoots, hasSharedData, recordedBoots, sharedBytes } from "../shared-data.ts";

const folder = temporaryFolder();
const repair = await judgingSettings({ asOf: "2026-11-22", references: [] });
/** Of each kind one or two: signatures, hashes that differ by firmware, tables of partitions, shim and its level. */
const CHOSEN = /^(?:a01|a39|b18|b22|c01|c17)-/;
const GENERATION: Readonly<Record<string, string>> = { "2022.11": "202208", "2026.08": "newer" };

function exportOf(nvram: Uint8Array, disk: Uint8Array, secureBoot: boolean): Uint8Array {
  const vm = {
    uuid: UUID_A,
    name_label: "recorded",
    NVRAM: { "EFI-variables": Buffer.from(nvram).toString("base64") },
    platform: { secureboot: String(secureBoot) },
    HVM_boot_params: { firmware: "uefi", order: "cdn" },
  };
  return makeXva(exportMembers(vm, [diskOf("Ref:7", disk)]));
}

async function scenariosOf(path: string, nvramPath: string | null = null): Promise<readonly BootScenario[]> {
  const settings = { nvramPath, vmUuid: null, scenarios: null, repair };
  const { error, vms } = await bootInput(path, settings, nodeWorld);
  expect(error).toBeNull();
  return vms[0]?.scenarios ?? [];
}

const FORMS = {
  plain: (bytes: Uint8Array) => bytes,
  gzip: (bytes: Uint8Array) => gzipSync(bytes, { level: 1 }),
  zstd: zstdOfRuns,
};

describe.skipIf(!hasSharedBoots)("recorded starts", () => {
  for (const [i, boot] of recordedBoots()
    .filter(({ name }) => CHOSEN.test(name))
    .entries()) {
    // Each form takes its turn: what packing does hangs on no case.
    const [form, pack] = Object.entries(FORMS)[i % 3]!;
    it(`${boot.name}, ${form} and raw`, async () => {
      for (const [firmware, { disk: name, starts, pcr7 }] of Object.entries(boot.observed)) {
        const disk = boot.disk(name);
        const packed = put(folder, "one.xva", pack(exportOf(boot.nvram, disk, boot.secureBoot)));
        const raw = put(folder, "one.raw", disk);
        const vars = put(folder, "one.vars", boot.nvram);
        const asked = boot.secureBoot ? "secure-boot-on" : "secure-boot-off";
        for (const [scenarios, wanted] of [
          [await scenariosOf(packed), "as-stored"],
          [await scenariosOf(raw, vars), asked],
        ] as const) {
          const found = scenarios.find(
            (one) => one.scenario === wanted && one.firmware === GENERATION[firmware],
          );
          expect({ starts: found?.starts, pcr7: found?.pcr7 }).toEqual({ starts, pcr7 });
        }
      }
    });
  }
});

describe.skipIf(!hasSharedBoots || !hasSharedData)(
  "the incident's NVRAM on a disk with Debian's shim",
  () => {
    it("does not load as stored, and starts after the repair and after each known update that shim survives", async () => {
      const boot = recordedBoots().find(({ name }) => name === "c01-shim-grub-2011")!;
      const recorded = diskOfBytes(boot.disk(Object.values(boot.observed)[0]!.disk));
      const [partition] = (await readPartitionTable(recorded))!.partitions;
      const fat = (await openFat(partOf(recorded, partition!.start, partition!.size)))!;
      const read = async (path: string): Promise<Uint8Array> => fat.read((await fat.find(path))!);
      const disk = makeDiskWith({
        "\\EFI\\BOOT\\BOOTX64.EFI": await read("\\EFI\\debian\\shimx64.efi"),
        "\\EFI\\BOOT\\GRUBX64.EFI": await read("\\EFI\\debian\\grubx64.efi"),
      });
      const path = put(
        folder,
        "incident.xva",
        exportOf(sharedBytes("05-affected-dbx-60440.vars"), disk, true),
      );
      const scenarios = (await scenariosOf(path)).filter(({ firmware }) => firmware !== "2018");
      const stored = scenarios.filter(({ scenario }) => scenario === "as-stored");
      expect(stored.map(({ starts, refusal }) => [starts, refusal?.code])).toEqual([
        [false, "data-over-limit"],
        [false, "data-over-limit"],
      ]);
      const repaired = scenarios.filter(({ scenario }) => scenario === "repaired");
      expect(repaired.map(({ starts }) => starts)).toEqual([true, true]);
      const updates = scenarios.filter(({ scenario }) => scenario.startsWith("update:"));
      expect(updates.length).toBeGreaterThan(0);
      for (const { starts, attempts } of updates) {
        // Refused only by an entry that is named.
        const refusal = attempts.find(({ status }) => status === "access-denied");
        if (starts !== true)
          expect(refusal?.why).toMatchObject({ variable: "dbx", entry: expect.any(Number) });
        else expect(refusal).toBeUndefined();
      }
    });
  },
);
