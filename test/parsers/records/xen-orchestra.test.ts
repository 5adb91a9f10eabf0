import { describe, expect, it } from "vitest";
import { FORMATS } from "../../../parsers/formats/index.ts";
import { nvramJson } from "../../../parsers/formats/nvram-json.ts";
import { backupPlaceOf } from "../../../parsers/records/xen-orchestra.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { deltaMetadata, fullMetadata, metadataText, snapshotUuid } from "../../builders/xen-orchestra.ts";

const UUID = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01";
const FIELDS = {
  uuid: UUID,
  name_label: "web",
  time: new Date(Date.UTC(2025, 9, 23, 10, 11, 12, 345)),
  blob: healthyBlob(),
};

function backupOf(metadata: unknown) {
  const [first] = nvramJson.open(metadataText(metadata), nodePlatform).vms;
  return first?.backup ?? null;
}

describe("the metadata of a backup", () => {
  it.each([
    ["full", fullMetadata(FIELDS), "./20251023T101112Z.xva"],
    ["delta", deltaMetadata(FIELDS), null],
  ])("of a %s backup gives each of its three copies the backup that it stands in", (mode, metadata, xva) => {
    const text = metadataText(metadata);
    expect(FORMATS.find(({ probe }) => probe(text))?.id).toBe("nvram-json");
    const { vms, error } = nvramJson.open(text, nodePlatform);
    const backup = { vmUuid: UUID, timestamp: "2025-10-23T10:11:12.345Z", mode, xva, file: null };
    expect(error).toBeNull();
    expect(vms.map(({ source, kind, uuid }) => [source, kind, uuid])).toEqual([
      ["vm.NVRAM", "vm", UUID],
      ["vmSnapshot.NVRAM", "snapshot", snapshotUuid(UUID)],
      ["vmSnapshot.snapshot_metadata.NVRAM", "snapshot", snapshotUuid(UUID)],
    ]);
    for (const vm of vms) expect(vm.backup).toMatchObject(backup);
    expect(vms[0]?.backup?.jobId).not.toBe(vms[0]?.backup?.scheduleId);
  });

  it("is never looked into where it holds contents of vTPMs", () => {
    const { vm } = deltaMetadata(FIELDS);
    const { vms } = nvramJson.open(metadataText({ ...deltaMetadata(FIELDS), vtpms: [vm] }), nodePlatform);
    expect(vms).toHaveLength(3);
  });

  it.each(["1761214272345", -1, 253_402_300_800_000, 1e300, null, { $numberLong: "1" }])(
    "has no time where the timestamp is %j",
    (timestamp) => {
      expect(backupOf({ ...fullMetadata(FIELDS), timestamp })?.timestamp).toBeNull();
    },
  );

  it("takes the last time that has four digits of a year, and the first one", () => {
    const at = (timestamp: number) => backupOf({ ...fullMetadata(FIELDS), timestamp })?.timestamp;
    expect(at(253_402_300_799_999)).toBe("9999-12-31T23:59:59.999Z");
    expect(at(0)).toBe("1970-01-01T00:00:00.000Z");
  });

  it.each(["../../../etc/passwd", "0A4F", "", 7, null])("has no VM where the uuid is %j", (uuid) => {
    const metadata = fullMetadata(FIELDS);
    expect(backupOf({ ...metadata, vm: { ...metadata.vm, uuid } })?.vmUuid).toBeNull();
  });

  it("takes text alone for text", () => {
    const metadata = { ...fullMetadata(FIELDS), mode: 7, jobId: {}, scheduleId: [], xva: null };
    expect(backupOf(metadata)).toMatchObject({ mode: null, jobId: null, scheduleId: null, xva: null });
  });

  it("is read where only the VM stands in it, as in old backups", () => {
    const { vm, jobId, timestamp } = fullMetadata(FIELDS);
    expect(backupOf({ jobId, timestamp, vm })).toMatchObject({ vmUuid: UUID, mode: null });
  });

  it("is none where no job, schedule or time stands beside a record", () => {
    expect(backupOf({ vm: fullMetadata(FIELDS).vm })).toBeNull();
    expect(backupOf(fullMetadata(FIELDS).vm)).toBeNull();
  });
});

describe("the place of a file in a remote", () => {
  it("tells VM and second", () => {
    const place = { vmUuid: UUID, timestamp: "2025-10-23T10:11:12.000Z" };
    expect(backupPlaceOf(`/mnt/nfs/xo-vm-backups/${UUID}/20251023T101112Z.xva`)).toEqual(place);
    expect(backupPlaceOf(`${UUID.toUpperCase()}/20251023T101112Z.json`)).toEqual(place);
  });

  it.each([
    `${UUID}/20251323T101112Z.json`,
    `${UUID}/20251023T101112Z.vhd`,
    `${UUID}/.20251023T101112Z.json`,
    `${UUID.slice(1)}0/x/20251023T101112Z.json`,
    `${"-".repeat(36)}/20251023T101112Z.json`,
    "20251023T101112Z.json",
  ])("tells nothing of %s", (path) => {
    expect(backupPlaceOf(path)).toBeNull();
  });
});
