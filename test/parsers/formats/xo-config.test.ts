import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { isXoConfigPath, MAX_XO_CONFIG_BYTES, xoConfig } from "../../../parsers/formats/xo-config.ts";
import { encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { configMetadata, deltaMetadata, metadataText, poolMetadata } from "../../builders/xen-orchestra.ts";

describe("the metadata of a backup of Xen Orchestra's configuration", () => {
  it("is told by its members, whatever their order, and holds nothing", () => {
    expect(xoConfig.probe(configMetadata())).toBe(true);
    const members = Object.entries(JSON.parse(new TextDecoder().decode(configMetadata())));
    expect(xoConfig.probe(encodeUtf8(JSON.stringify(Object.fromEntries(members.reverse()))))).toBe(true);
    expect(xoConfig.open(configMetadata(), nodePlatform)).toMatchObject({ vms: [], error: null });
  });

  it("is neither that of a pool nor that of a VM, nor anything else", () => {
    const fields = { uuid: "u", name_label: "n", time: new Date(0), blob: healthyBlob() };
    expect(xoConfig.probe(poolMetadata({}))).toBe(false);
    expect(xoConfig.probe(metadataText(deltaMetadata(fields)))).toBe(false);
    for (const text of ["{}", '{"jobId":', '{"jobId":1}', '[{"jobId":1,"scheduleId":2,"timestamp":3}]', ""])
      expect(xoConfig.probe(ascii(text))).toBe(false);
  });

  it("is looked at up to its limit", () => {
    const text = '{"jobId":"j","scheduleId":"s","timestamp":1}';
    expect(xoConfig.probe(ascii(text.padEnd(MAX_XO_CONFIG_BYTES)))).toBe(true);
    expect(xoConfig.probe(ascii(text.padEnd(MAX_XO_CONFIG_BYTES + 1)))).toBe(false);
  });
});

describe("its place in a remote", () => {
  it.each([
    ["/mnt/xo-config-backups/s/20251001T020005Z/data.json", true],
    ["xo-config-backups/s/d/data", true],
    ["a.tar!r/xo-config-backups/s/d/metadata.json", true],
    ["/mnt/xo-config-backups/s/d/more/data.json", false],
    ["/mnt/xo-config-backups/data.json", false],
    ["/mnt/my-xo-config-backups/s/d/data.json", false],
    ["/mnt/xo-pool-metadata-backups/s/d/data", false],
    ["/mnt/xo-config-backups/s/d/vm.json", false],
  ])("%s: %s", (path, expected) => expect(isXoConfigPath(path)).toBe(expected));
});
