import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { FORMATS } from "../../../parsers/formats/index.ts";
import { xoPoolMetadata } from "../../../parsers/formats/xo-pool-metadata.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { base64, HEALTHY_FILES, hostArchive } from "../../builders/certificates.ts";
import { deltaMetadata, fullMetadata, metadataText, poolMetadata } from "../../builders/xen-orchestra.ts";

const ARCHIVE = base64(hostArchive(HEALTHY_FILES));
const fields = {
  uuid: "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01",
  name_label: "web",
  time: new Date(0),
  blob: healthyBlob(),
};

describe("the metadata of a pool's backup", () => {
  it("is known by its first members, and is no backup of a VM", () => {
    const formatOf = (bytes: Uint8Array) => FORMATS.find(({ probe }) => probe(bytes))?.id;
    expect(formatOf(poolMetadata({ hosts: ARCHIVE }))).toBe("xo-pool-metadata");
    expect(formatOf(ascii('{"jobId":"j","pool":{"uuid":"u"}}'))).toBe("xo-pool-metadata");
    expect(formatOf(metadataText(deltaMetadata(fields)))).toBe("nvram-json");
    expect(formatOf(metadataText(fullMetadata(fields)))).toBe("nvram-json");
  });

  it("gives the sets that stand in it, of which the pool's own counts once there is one", () => {
    const active = (bytes: Uint8Array) =>
      xoPoolMetadata
        .open(bytes, nodePlatform)
        .certificates.map(({ kind, source, isActive }) => [kind, source, isActive]);
    expect(active(poolMetadata({ hosts: ARCHIVE }))).toEqual([
      ["pool", "uefi_certificates", true],
      ["host", "uefi_certificates", false],
    ]);
    expect(active(poolMetadata({ own: ARCHIVE }))).toEqual([["pool", "custom_uefi_certificates", true]]);
    expect(active(poolMetadata({}))).toEqual([]);
  });

  it("says what is wrong with it", () => {
    const errorOf = (bytes: Uint8Array) => xoPoolMetadata.open(bytes, nodePlatform).error?.code;
    const text = poolMetadata({ hosts: ARCHIVE });
    expect(errorOf(text)).toBeUndefined();
    expect(errorOf(text.subarray(0, 2000))).toBe("truncated");
    expect(errorOf(ascii('{"jobId":"j","pool":7}'))).toBe("bad-structure");
    const deep = (depth: number) =>
      ascii(`{"jobId":"j","pool":{"a":${"[".repeat(depth)}${"]".repeat(depth)}}}`);
    expect(errorOf(deep(PARSER_LIMITS.maxJsonDepth - 2))).toBeUndefined();
    expect(errorOf(deep(PARSER_LIMITS.maxJsonDepth - 1))).toBe("over-limit");
  });

  it("takes no text for certificates that is none", () => {
    const { certificates } = xoPoolMetadata.open(
      ascii('{"jobId":"j","pool":{"uuid":7,"name_label":{},"uefi_certificates":"AAAA"},"poolMaster":"x"}'),
      nodePlatform,
    );
    expect(certificates).toHaveLength(1);
    expect(certificates[0]).toMatchObject({ uuid: null, nameLabel: null, files: [] });
  });
});
