/** What tools and people put where a value was: then nothing is known of the NVRAM. */
import { describe, expect, it } from "vitest";
import { nvramJson } from "../../../parsers/formats/nvram-json.ts";
import { encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { base64 } from "../../builders/certificates.ts";

function stateOf(NVRAM: unknown): string | undefined {
  const record = { uuid: "00000000-0000-4000-8000-000000000001", name_label: "vm", NVRAM };
  const { vms } = nvramJson.open(encodeUtf8(JSON.stringify([record])), nodePlatform);
  return vms[0]?.nvram?.state;
}

const TEXTS = ["<truncated>", "[REDACTED]", "***", "…", "Removed", "null", "snipped..."];

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

  it("a text is as it was", () => {
    expect(stateOf({ "EFI-variables": base64(healthyBlob()) })).toBe("present");
    expect(stateOf({ "EFI-variables": "" })).toBe("empty");
    expect(stateOf({ "EFI-variables": "REMOVED" })).toBe("redacted");
  });
});
