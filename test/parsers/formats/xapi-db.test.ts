import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { STREAMED_FORMATS } from "../../../parsers/formats/index.ts";
import { xapiDb } from "../../../parsers/formats/xapi-db.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import type { Dump, VmSource } from "../../../parsers/model.ts";
import { decodeUtf8, encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob, incidentBlob } from "../../builders/blob.ts";
import { base64, HEALTHY_FILES, hostArchive, ownArchive } from "../../builders/certificates.ts";
import { makeOvaXml } from "../../builders/ova-xml.ts";
import {
  BUG_REPORT_DIALECT,
  controlDomainRow,
  defaultTemplateRow,
  hostRow,
  makeDatabase,
  poolRow,
  SECRET,
  secretTables,
  snapshotRow,
  vmRow,
} from "../../builders/xapi-db.ts";

const uuid = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;
const nvram = (blob: Uint8Array) => ({ "EFI-variables": base64(blob) });
const VM = { uuid: uuid(1), name_label: 'web <1> & "co" 100%', NVRAM: nvram(healthyBlob()) };
const SNAPSHOT = { uuid: uuid(2), name_label: "before", NVRAM: nvram(incidentBlob(5, 3)) };

type Reading = Pick<Dump, "certificates" | "skipped"> & {
  readonly records: (readonly VmSource[])[];
  readonly error: ParseError | null;
};

function read(bytes: Uint8Array, pieceBytes = 65_536): Reading {
  const records: (readonly VmSource[])[] = [];
  const reader = xapiDb.reader(nodePlatform, (copies) => records.push(copies));
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) reader.feed(bytes.subarray(at, at + pieceBytes));
    reader.end();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { records, error, ...reader.rest() };
  }
  return { records, error: null, ...reader.rest() };
}

describe("xapi-db", () => {
  const database = makeDatabase({
    ...secretTables(),
    VM: [
      vmRow(VM),
      controlDomainRow(uuid(8)),
      defaultTemplateRow(uuid(9)),
      snapshotRow(SNAPSHOT, VM),
      vmRow({ uuid: uuid(3), name_label: "golden", is_a_template: true, NVRAM: nvram(healthyBlob()) }),
      vmRow({ uuid: uuid(4), name_label: "bios", HVM_boot_params: { order: "c" }, platform: {} }),
    ],
  });

  it("gives each record with both copies of its NVRAM, and counts what the host's script skips", () => {
    const { records, skipped, error } = read(database);
    expect(error).toBeNull();
    expect(skipped).toEqual({ controlDomains: 1, defaultTemplates: 1 });
    const shown = records.map((copies) =>
      copies.map(({ uuid: id, kind, source, nvram: held }) => [
        id,
        kind,
        source,
        held?.bytes?.length ?? null,
      ]),
    );
    expect(shown).toEqual([
      [[uuid(1), "vm", "NVRAM", healthyBlob().length]],
      [
        [uuid(2), "snapshot", "NVRAM", incidentBlob(5, 3).length],
        [uuid(2), "snapshot", "snapshot_metadata.NVRAM", healthyBlob().length],
      ],
      [[uuid(3), "template", "NVRAM", healthyBlob().length]],
      [[uuid(4), "vm", "NVRAM", null]],
    ]);
  });

  it("undoes all three encodings of names and maps", () => {
    const [[vm] = []] = read(database).records;
    expect(vm?.nameLabel).toBe(VM.name_label);
    expect(vm?.secureBoot).toBe(true);
    expect(vm?.fields.get("HVM_boot_params:firmware")).toBe("uefi");
    expect(vm?.fields.get("other_config:base_template_name")).toBe("Windows Server 2022 (64-bit)");
    expect(vm?.fields.get("power_state")).toBe("Halted");
  });

  it("reads the same in pieces of any size", () => {
    for (const pieceBytes of [1, 7, 512]) expect(read(database, pieceBytes)).toEqual(read(database));
  });

  it("keeps nothing of secrets, vTPMs, sessions and passwords", () => {
    const withPassword = vmRow({ ...VM, other_config: { password: SECRET } });
    const { records } = read(makeDatabase({ ...secretTables(), VM: [withPassword] }));
    const kept = records.flat().map((vm) => [{ ...vm, nvram: null }, ...vm.fields]);
    expect(JSON.stringify(kept)).not.toContain(SECRET);
  });

  it("tells a redacted NVRAM of a bug report from a corrupt one, in both copies", () => {
    const removed = { ...VM, NVRAM: { "EFI-variables": "REMOVED" } };
    const report = makeDatabase({ VM: [snapshotRow(removed, removed)] }, BUG_REPORT_DIALECT);
    expect(
      read(report)
        .records.flat()
        .map(({ nvram: held }) => held?.state),
    ).toEqual(["redacted", "redacted"]);
  });

  it("tells a map that cannot be read from none", () => {
    const row = vmRow(VM);
    const broken = { ...row, columns: { ...row.columns, NVRAM: "(('EFI-variables' 'VkFS" } };
    const [[vm] = []] = read(makeDatabase({ VM: [broken] })).records;
    expect(vm?.nvram?.state).toBe("unreadable");
  });

  it("gives what stands before a cut", () => {
    const text = database.length;
    const { records, error } = read(database.subarray(0, text - 400));
    expect(error?.code).toBe("truncated");
    expect(records.length).toBeGreaterThanOrEqual(3);
  });

  it("says so where a database has neither VMs nor certificates", () => {
    expect(read(makeDatabase(secretTables())).error?.code).toBe("no-nvram");
  });

  it("takes as many VMs as an input may have, and no more", () => {
    const row = encodeUtf8('<row is_control_domain="true"/>');
    const rows = (count: number) =>
      concatBytes([
        ascii('<database><table name="VM">'),
        ...Array<Uint8Array>(count).fill(row),
        ascii("</table></database>"),
      ]);
    const { maxVmRecords } = PARSER_LIMITS;
    expect(read(rows(maxVmRecords)).skipped.controlDomains).toBe(maxVmRecords);
    expect(read(rows(maxVmRecords + 1)).error?.code).toBe("over-limit");
  });

  it("is found by its root and the element in it, and by nothing else", () => {
    const claims = (bytes: Uint8Array) => STREAMED_FORMATS.some(({ probe }) => probe(bytes));
    expect(claims(database)).toBe(true);
    expect(claims(makeDatabase({}, BUG_REPORT_DIALECT))).toBe(true);
    expect(claims(concatBytes([Uint8Array.of(0xef, 0xbb, 0xbf), ascii("<database>\n <manifest/>")]))).toBe(
      true,
    );
    expect(claims(makeOvaXml([]))).toBe(false);
    expect(claims(ascii("<database><book/></database>"))).toBe(false);
    expect(claims(ascii("<!DOCTYPE database><database><table/>"))).toBe(false);
    expect(claims(ascii("no xml"))).toBe(false);
  });
});

describe("the certificates of a database", () => {
  const host = base64(hostArchive(HEALTHY_FILES));

  it("come from the pool and its hosts; a set of the pool's own is the one in use", async () => {
    const own = base64(await ownArchive(HEALTHY_FILES));
    const { certificates } = read(
      makeDatabase({ host: [hostRow(host)], pool: [poolRow({ own, hosts: host })] }),
    );
    const shown = certificates.map(({ kind, source, isActive, files, error }) => [
      kind,
      source,
      isActive,
      files.map(({ name }) => name).join(),
      error,
    ]);
    const names = "PK.auth,KEK.auth,db.auth,dbx.auth";
    expect(shown).toEqual([
      ["host", "uefi_certificates", false, names, null],
      ["pool", "custom_uefi_certificates", true, names, null],
      ["pool", "uefi_certificates", false, names, null],
    ]);
    for (const { files } of certificates)
      expect(files.map(({ bytes }) => bytes)).toEqual(HEALTHY_FILES.map(({ bytes }) => bytes));
  });

  it("of the hosts are in use where the pool has none of its own", () => {
    const { certificates } = read(makeDatabase({ pool: [poolRow({ hosts: host })] }));
    expect(certificates.map(({ source, isActive }) => [source, isActive])).toEqual([
      ["uefi_certificates", true],
    ]);
  });

  it("are limited in number", () => {
    const { maxCertificateSets } = PARSER_LIMITS;
    const rows = (count: number) =>
      makeDatabase({ host: Array.from({ length: count }, () => hostRow("AAAA")) });
    expect(read(rows(maxCertificateSets)).error).toBeNull();
    expect(read(rows(maxCertificateSets + 1)).error?.code).toBe("over-limit");
  });
});

describe("Secure Boot auto in a database", () => {
  const host = base64(hostArchive(HEALTHY_FILES));
  const auto = (digit: number, text = nvram(healthyBlob())) =>
    vmRow({ uuid: uuid(digit), name_label: `vm ${digit}`, NVRAM: text, platform: { secureboot: "auto" } });
  const on = vmRow({ uuid: uuid(7), name_label: "on", NVRAM: nvram(healthyBlob()) });
  const told = ({ records }: Reading) => records.map(([vm]) => [vm?.uuid, vm?.secureBoot]);
  const bytes = (pool: Record<string, string> | null) =>
    makeDatabase({
      VM: [auto(1), on],
      ...(pool === null ? {} : { pool: [{ ...poolRow({}), columns: pool }] }),
    });

  it.each([
    ["the hosts' certificates", { custom_uefi_certificates: "", uefi_certificates: host }, true],
    ["its own certificates", { custom_uefi_certificates: host, uefi_certificates: "" }, true],
    ["certificates in the one field of older hosts", { uefi_certificates: host }, true],
    ["no certificates", { custom_uefi_certificates: "", uefi_certificates: "" }, false],
    ["no field for certificates", { name__label: "the pool" }, null],
    ["no row", null, null],
  ])("is decided by a pool with %s", (_, pool, secureBoot) => {
    for (const pieceBytes of [65_536, 701]) {
      const reading = read(bytes(pool), pieceBytes);
      expect(reading.error).toBeNull();
      expect(told(reading)).toEqual([
        [uuid(7), true],
        [uuid(1), secureBoot],
      ]);
    }
  });

  it("is decided at once where the pool stands before the VMs", () => {
    const whole = decodeUtf8(bytes({ uefi_certificates: host }));
    const [table = ""] = /<table name="pool">.*?<\/table>/.exec(whole) ?? [];
    const moved = whole.replace(table, "").replace('<table name="VM">', `${table}<table name="VM">`);
    expect(told(read(encodeUtf8(moved)))).toEqual([
      [uuid(1), true],
      [uuid(7), true],
    ]);
  });

  it("is not known where the database ends before the pool, and its VM is told all the same", () => {
    const whole = bytes({ uefi_certificates: host });
    const records: (readonly VmSource[])[] = [];
    const reader = xapiDb.reader(nodePlatform, (copies) => records.push(copies));
    reader.feed(whole.subarray(0, decodeUtf8(whole).indexOf('<table name="pool">')));
    expect(records.map(([vm]) => vm?.uuid)).toEqual([uuid(7)]);
    reader.stop?.();
    expect(records.map(([vm]) => [vm?.uuid, vm?.secureBoot])).toEqual([
      [uuid(7), true],
      [uuid(1), null],
    ]);
  });

  it("waits for the pool up to so many bytes of NVRAMs", () => {
    const { maxWaitingRecordBytes } = PARSER_LIMITS;
    const fifth = Math.floor(maxWaitingRecordBytes / 5);
    const row = (digit: number, length: number) => [
      ascii(`<row uuid="${uuid(digit)}" platform="(('secureboot'%.'auto'))" NVRAM="(('EFI-variables'%.'`),
      new Uint8Array(length).fill(0x41),
      ascii(`'))"/>`),
    ];
    const filled = (more: number) =>
      concatBytes([
        ascii('<database><table name="VM">'),
        ...[1, 2, 3, 4].flatMap((digit) => row(digit, fifth)),
        ...row(5, maxWaitingRecordBytes - 4 * fifth + more),
        ascii(`</table><table name="pool"><row uefi_certificates="${host}"/></table></database>`),
      ]);
    expect(told(read(filled(0))).map(([, secureBoot]) => secureBoot)).toEqual([true, true, true, true, true]);
    expect(told(read(filled(1))).map(([, secureBoot]) => secureBoot)).toEqual([null, null, null, null, null]);
  });
});
