/** What tools and people put where a value was: then nothing is known of the NVRAM. */
import { describe, expect, it } from "vitest";
import { nvramJson } from "../../../parsers/formats/nvram-json.ts";
import { nvramText } from "../../../parsers/formats/nvram-text.ts";
import { encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { base64 } from "../../builders/certificates.ts";

function stateOf(NVRAM: unknown): string | undefined {
  const record = { uuid: "00000000-0000-4000-8000-000000000001", name_label: "vm", NVRAM };
  const { vms } = nvramJson.open(encodeUtf8(JSON.stringify([record])), nodePlatform);
  return vms[0]?.nvram?.state;
}

const TEXTS = [
  "<truncated>",
  "[REDACTED]",
  "***",
  "…",
  "Removed",
  "null",
  "snipped...",
  "<not in database>",
  "OpaqueRef:NULL",
  "N/A",
  "System.Collections.Hashtable",
  "System.Collections.Generic.Dictionary`2[System.String,System.String]",
];

describe("in place of an NVRAM", () => {
  it.each(TEXTS)("%j is no NVRAM that anything is wrong with", (value) => {
    expect(stateOf(value)).toBe("redacted");
    expect(stateOf({ "EFI-variables": value })).toBe("redacted");
  });

  it.each(["(removed)", 12345, true, null, {}, []])("%j is none of its texts", (value) => {
    expect(stateOf({ "EFI-variables": value })).toBe("redacted");
  });

  it.each(["VkFS", "AAAA", "!!!!", `<${"a".repeat(80)}>`, "(('EFI-variables' 'VkFS'))"])(
    "%j is a text that somebody damaged",
    (value) => {
      expect(stateOf({ "EFI-variables": value })).toBe("unreadable");
    },
  );

  it.each([false, 0, ["EFI-variables"], [null], [{}]])("%j is no map, of which nothing is known", (value) => {
    expect(stateOf(value)).toBe("redacted");
  });

  it("null is what jq makes of a member that is not there", () => {
    expect(stateOf(null)).toBe("not-in-record");
  });

  it.each([{}, "", " ", "()", "{}", [], { "EFI-variables-on-boot": "reset" }])(
    "%j is an empty map",
    (value) => {
      expect(stateOf(value)).toBeUndefined();
    },
  );

  it.each([
    ["", undefined],
    ["EFI-variables-on-boot: reset", undefined],
    ["<not in database>", "not-in-record"],
    ["OpaqueRef:NULL", "redacted"],
    ["null", "redacted"],
    ["-", "redacted"],
    ["EFI-variables: <removed>", "redacted"],
    ["EFI-variables: ", "empty"],
  ])("is told in what xe prints, too: %j", (value, state) => {
    const text = `uuid ( RO) : 00000000-0000-4000-8000-000000000001\n  NVRAM (MRW): ${value}\n`;
    const { vms } = nvramText.open(encodeUtf8(text), nodePlatform);
    expect([vms.length, vms[0]?.nvram?.state]).toEqual([1, state]);
  });

  it("a text is as it was", () => {
    expect(stateOf({ "EFI-variables": base64(healthyBlob()) })).toBe("present");
    expect(stateOf({ "EFI-variables": "" })).toBe("empty");
    expect(stateOf({ "EFI-variables": "REMOVED" })).toBe("redacted");
  });
});
