import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { FORMATS } from "../../../parsers/formats/index.ts";
import { uefiCertificates } from "../../../parsers/formats/uefi-certificates.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { readTarHeader } from "../../../parsers/packing/tar.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { base64, HEALTHY_FILES, hostArchive, ownArchive } from "../../builders/certificates.ts";
import { makeXva, padding, tarHeader } from "../../builders/tar.ts";

/** As Python's tarfile writes it: the extended header has its own name, the member keeps its name. */
function pythonArchive(): Uint8Array {
  const record = ascii("30 mtime=1761000000.123456789\n");
  const extended = tarHeader("././@PaxHeader", record.length);
  extended[156] = 0x78;
  const sum = extended.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  extended.set(ascii(`${sum.toString(8).padStart(7, "0")}\0`), 148);
  return Uint8Array.from([...extended, ...record, ...padding(record.length), ...hostArchive(HEALTHY_FILES)]);
}

describe("uefi-certificates", () => {
  it("looks at empty lines once: a test that took the square of their number would never end", () => {
    expect(uefiCertificates.probe(new Uint8Array(2_000_000).fill(0x0a))).toBe(false);
  });

  it("reads an archive and its base64, of any writer, and says nothing of whose it is", async () => {
    const extended = await ownArchive(HEALTHY_FILES);
    expect(readTarHeader(extended)?.name).not.toBe("././@PaxHeader");
    for (const archive of [hostArchive(HEALTHY_FILES), makeXva(HEALTHY_FILES), pythonArchive(), extended]) {
      const text = base64(archive);
      const folded = text.replaceAll(/.{76}/g, "$&\r\n");
      for (const input of [archive, ascii(text), ascii(`${text}\n`), ascii(folded)]) {
        const format = FORMATS.find(({ probe }) => probe(input.subarray(0, 65_536)));
        expect(format?.id).toBe("uefi-certificates");
        const dump = format?.open(input, nodePlatform);
        expect(dump?.error).toBeNull();
        expect(dump?.vms).toEqual([]);
        expect(dump?.certificates).toMatchObject([{ kind: "unknown", source: "archive", isActive: null }]);
        expect(dump?.certificates[0]?.files.map(({ name }) => name)).toEqual(
          HEALTHY_FILES.map(({ name }) => name),
        );
      }
    }
  });

  describe("in what xe prints of a pool", () => {
    const text = base64(hostArchive(HEALTHY_FILES));
    const listing = (...fields: readonly [string, string][]): Uint8Array =>
      ascii(fields.map(([label, value]) => `${label.padStart(33)} ( RO): ${value}\n`).join(""));
    const setsOf = (bytes: Uint8Array) => {
      expect(FORMATS.find(({ probe }) => probe(bytes))?.id).toBe("uefi-certificates");
      return uefiCertificates.open(bytes, nodePlatform);
    };

    it("are the sets of its record, with the one that is in use", () => {
      const fields: [string, string][] = [
        ["uuid", "u"],
        ["name-label", "p"],
      ];
      const hosts: [string, string] = ["uefi-certificates", text];
      const own = (value: string): [string, string] => ["custom-uefi-certificates", value];
      const active = (...more: [string, string][]) =>
        setsOf(listing(...fields, ...more)).certificates.map(({ source, isActive }) => [source, isActive]);
      expect(active(hosts)).toEqual([["uefi_certificates", null]]);
      expect(active(own(text))).toEqual([["custom_uefi_certificates", true]]);
      expect(active(hosts, own(""))).toEqual([["uefi_certificates", true]]);
      expect(active(hosts, own(text))).toEqual([
        ["custom_uefi_certificates", true],
        ["uefi_certificates", false],
      ]);
      expect(setsOf(listing(...fields, hosts)).certificates).toMatchObject([
        { kind: "pool", uuid: "u", nameLabel: "p", error: null },
      ]);
      expect(setsOf(listing(...fields, ["address", "192.0.2.1"], hosts)).certificates).toMatchObject([
        { kind: "host", isActive: false },
      ]);
    });

    it("are whole where a terminal or a mail has wrapped them", () => {
      const wrapped = listing(["uuid", "u"], ["uefi-certificates", text.replaceAll(/.{76}/g, "$&\r\n  ")]);
      expect(setsOf(wrapped).certificates[0]).toMatchObject({ error: null });
      expect(setsOf(wrapped).certificates[0]?.files).toHaveLength(HEALTHY_FILES.length);
    });

    it("are read up to their number", () => {
      const { maxCertificateSets } = PARSER_LIMITS;
      const records = (count: number) =>
        listing(
          ...Array.from({ length: count }, (_, i): [string, string][] => [
            ["uuid", `${i}`],
            ["uefi-certificates", "A".repeat(32)],
          ]).flat(),
        );
      expect(setsOf(records(maxCertificateSets)).error).toBeNull();
      expect(setsOf(records(maxCertificateSets + 1)).error?.code).toBe("over-limit");
    });
  });

  it("leaves other archives and texts to others", async () => {
    const own = await ownArchive(HEALTHY_FILES);
    for (const input of [
      makeXva([{ name: "ova.xml", bytes: new Uint8Array(5) }]),
      ascii("UEsDBA=="),
      own.subarray(0, 600),
    ])
      expect(uefiCertificates.probe(input)).toBe(false);
  });

  it("looks behind a few headers that only tell something of a member, and behind no more", async () => {
    const own = await ownArchive(HEALTHY_FILES);
    const extension = own.subarray(0, 1024);
    const behind = (count: number): Uint8Array =>
      concatBytes([...Array.from({ length: count - 1 }, () => extension), own]);
    expect(uefiCertificates.probe(behind(4))).toBe(true);
    expect(uefiCertificates.probe(behind(5))).toBe(false);
  });

  it("tells what is there of one that is cut, and why there is no more", () => {
    const { certificates, error } = uefiCertificates.open(
      hostArchive(HEALTHY_FILES).subarray(0, 3000),
      nodePlatform,
    );
    expect(error?.code).toBe("truncated");
    expect(certificates[0]?.files.map(({ name }) => name)).toEqual(["PK.auth"]);
  });

  it("is limited in size", () => {
    const bytes = new Uint8Array(PARSER_LIMITS.maxCertificateArchiveBytes + 1);
    bytes.set(hostArchive(HEALTHY_FILES));
    expect(uefiCertificates.open(bytes.subarray(0, -1), nodePlatform).error).toBeNull();
    expect(uefiCertificates.open(bytes, nodePlatform).error?.code).toBe("over-limit");
  });
});
