/**
 * Recorded starts packed as exports (plain, gzip, zstd) and as raw disks, by the way that `boot` goes; and the incident's NVRAM
 * on a disk with Debian's shim. Both skip where the recordings are missing.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../cli/io/world.ts";
import { judgingSettings } from "../../cli/settings.ts";
import { bootInput } from "../../library/boot/boot.ts";
import { diskOfBytes, partOf } from "../../parsers/disk/disk-bytes.ts";
import { openFat } from "../../parsers/disk/fat.ts";
import { readPartitionTable } from "../../parsers/disk/partition-table.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import type { BootScenario, ScenarioName } from "../../report/boot.ts";
import { describeImage } from "../../report/boot-scenarios.ts";
import { bootTexts } from "../../report/render/boot-text.ts";
import { BOOT_REASONS } from "../../rules/boot/reasons.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import { makeDiskWith } from "../builders/boot-disk.ts";
import { makeXva } from "../builders/tar.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { zstdOfRuns } from "../builders/zstd.ts";
import { put, temporaryFolder, UUID_A } from "../cli/run.ts";
import {
  hasSharedBoots,
  hasSharedData,
  type ObservedStart,
  type RecordedBoot,
  recordedBoots,
  sharedBytes,
  sharedFolder,
} from "../shared-data.ts";

const folder = temporaryFolder();
const repair = await judgingSettings({ asOf: "2026-11-22", references: [] });
/**
 * Every case in every form: `VARSCOPE_BOOT_FORMS=all`, which takes minutes. Else one case in nine has one form in turn: each case
 * is held against its record on its bare disk (recorded-boots.test.ts), and what packing does hangs on no case.
 */
const ALL_FORMS = process.env["VARSCOPE_BOOT_FORMS"] === "all";
const STATUS: Readonly<Record<string, string>> = {
  started: "started",
  "access-denied": "Access Denied",
  "not-found": "Not Found",
};
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

async function scenariosOf(
  path: string,
  nvramPath: string | null = null,
  scenarios: readonly ScenarioName[] | null = null,
): Promise<readonly BootScenario[]> {
  const settings = { nvramPath, vmUuid: null, scenarios, repair };
  const { error, vms } = await bootInput(path, settings, nodeWorld);
  expect(error).toBeNull();
  return vms[0]?.scenarios ?? [];
}

const packed = ({ nvram, secureBoot }: RecordedBoot, disk: Uint8Array): Uint8Array =>
  exportOf(nvram, disk, secureBoot);
const FORMS: Readonly<Record<string, (boot: RecordedBoot, disk: Uint8Array) => Uint8Array>> = {
  plain: packed,
  gzip: (boot, disk) => gzipSync(packed(boot, disk), { level: 1 }),
  zstd: (boot, disk) => zstdOfRuns(packed(boot, disk)),
  raw: (_, disk) => disk,
};

/** What is compared with the record: attempts, whether something starts, and PCR 7. */
function answerFor(scenarios: readonly BootScenario[], name: ScenarioName, firmware: string) {
  const found = scenarios.find((one) => one.scenario === name && one.firmware === GENERATION[firmware]);
  return {
    starts: found?.starts,
    pcr7: found?.pcr7,
    attempts: found?.attempts.map(({ entry, status }) => [
      entry === "fallback" ? null : entry,
      STATUS[status ?? ""],
    ]),
  };
}

function recordOf({ starts, pcr7, attempts }: ObservedStart, of: readonly (string | null)[]) {
  // Debian's older build falls to a shell of its own when nothing starts.
  const told = attempts.filter(({ description }) => !/EFI Internal Shell/.test(description));
  // The entries that the firmware makes for disks have numbers there.
  return {
    starts,
    pcr7,
    attempts: told.map(({ entry, status }, i) => [of[i] === null ? null : entry, status]),
  };
}

describe.skipIf(!hasSharedBoots)("recorded starts", () => {
  const boots = recordedBoots().filter((_, i) => ALL_FORMS || i % 9 === 0);
  for (const [i, boot] of boots.entries()) {
    const forms = Object.entries(FORMS).filter((_, at) => ALL_FORMS || at === i % 4);
    it(`${boot.name} as ${forms.map(([form]) => form).join(", ")}`, async () => {
      const raw = boot.secureBoot ? "secure-boot-on" : "secure-boot-off";
      for (const [firmware, observed] of Object.entries(boot.observed)) {
        const disk = boot.disk(observed.disk);
        for (const [form, pack] of forms) {
          const wanted = form === "raw" ? raw : "as-stored";
          const path = put(folder, `one.${form}`, pack(boot, disk));
          const vars = form === "raw" ? put(folder, "one.vars", boot.nvram) : null;
          const found = answerFor(await scenariosOf(path, vars, [wanted]), wanted, firmware);
          expect(found).toEqual(recordOf(observed, found.attempts?.map(([entry]) => entry ?? null) ?? []));
        }
      }
    });
  }
});

const KNOWN: ReadonlySet<string> = new Set(repair.knowledge.dbxTable().releases.map(({ id }) => id));

function settingsFor(scenarios: readonly ScenarioName[], settings: RepairSettings) {
  return { nvramPath: null, vmUuid: null, scenarios, repair: settings };
}

async function decided(path: string, names: readonly ScenarioName[], settings: RepairSettings) {
  const { error, vms } = await bootInput(path, settingsFor(names, settings), nodeWorld);
  expect(error).toBeNull();
  return (vms[0]?.scenarios ?? []).filter(({ firmware }) => firmware !== "2018");
}

/** SHA-256 hashes of images for x64, as Microsoft publishes them. */
function publishedHashes(name: string): string[] {
  const file = new URL(`dbx_info_msft_${name}.json`, `file://${sharedFolder("data/microsoft")}/`);
  const { images } = JSON.parse(readFileSync(file, "utf8")) as {
    images: { x64: { authenticodeHash: string }[] };
  };
  return images.x64.map(({ authenticodeHash }) => authenticodeHash.toLowerCase());
}

/** The shared NVRAM 05 on a disk with shim and GRUB of a recorded case; `hash` is that shim's. */
async function incidentOn(name: string): Promise<{ path: string; hash: string }> {
  const boot = recordedBoots().find((one) => one.name === name)!;
  const recorded = diskOfBytes(boot.disk(Object.values(boot.observed)[0]!.disk));
  const [partition] = (await readPartitionTable(recorded))!.partitions;
  const fat = (await openFat(partOf(recorded, partition!.start, partition!.size)))!;
  const read = async (path: string): Promise<Uint8Array> => fat.read((await fat.find(path))!);
  const shim = await read("\\EFI\\debian\\shimx64.efi");
  const disk = makeDiskWith({
    "\\EFI\\BOOT\\BOOTX64.EFI": shim,
    "\\EFI\\BOOT\\GRUBX64.EFI": await read("\\EFI\\debian\\grubx64.efi"),
  });
  const blob = sharedBytes("05-affected-dbx-60440.vars");
  const { authenticode } = describeImage(shim, { verifier: nodeSignatureVerifier, platform: nodePlatform });
  return {
    path: put(folder, "incident.xva", exportOf(blob, disk, true)),
    hash: authenticode["sha256"] ?? "",
  };
}

describe.skipIf(!hasSharedBoots || !hasSharedData)(
  "the incident's NVRAM on a disk with Debian's shim",
  () => {
    it("does not load as stored, and starts after the repair and after each known update that revokes nothing of it", async () => {
      const { releases } = repair.knowledge.dbxTable();
      const { path, hash } = await incidentOn("c01-shim-grub-2011");
      const names = releases.map(({ id }) => `update:${id}` as const);
      const scenarios = await decided(path, ["as-stored", "repaired", ...names], repair);
      expect(scenarios.map(({ scenario, starts, refusal }) => [scenario, starts, refusal?.code])).toEqual([
        ...[1, 2].map(() => ["as-stored", false, "data-over-limit"]),
        ...[1, 2].map(() => ["repaired", true, undefined]),
        ...names.flatMap((name) => [1, 2].map(() => [name, true, undefined])),
      ]);
      // Microsoft's own tables, not the one that varscope has: no update of them names this shim.
      const revoked = ["2025-06", "2025-10", "2026-06"].flatMap((name) => publishedHashes(name));
      expect(revoked.length).toBeGreaterThan(0);
      expect(revoked).not.toContain(hash);
    });

    it("names the entry after an update that revokes this shim", async () => {
      const { path, hash } = await incidentOn("c01-shim-grub-2011");
      const other = "11".repeat(32);
      const images = {
        x64: [other, hash].map((authenticodeHash) => ({ authenticodeHash, hashType: "SHA256" })),
      };
      const reference = put(folder, "newer.json", JSON.stringify({ images, certificates: [], svns: [] }));
      const newer = await judgingSettings({ asOf: "2026-11-22", references: [reference] });
      const { id } = newer.knowledge.dbxTable().releases.find((one) => !KNOWN.has(one.id))!;
      const scenarios = await decided(path, ["repaired", `update:${id}`], newer);
      expect(scenarios.map(({ starts }) => starts)).toEqual([true, true, false, false]);
      const { vms } = await bootInput(path, settingsFor([`update:${id}`], newer), nodeWorld);
      for (const { attempts } of scenarios.slice(2)) {
        const refused = attempts.find(({ status }) => status === "access-denied");
        expect(refused?.why).toMatchObject({
          rule: "hash-in-dbx",
          variable: "dbx",
          entry: expect.any(Number),
        });
        const line = `does not start (${refused?.path}: ${BOOT_REASONS["hash-in-dbx"]} (dbx entry ${refused?.why?.entry}))`;
        expect(bootTexts(vms[0]!).answers.join("\n")).toContain(line);
      }
    });
  },
);
