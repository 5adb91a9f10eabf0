import { describe, expect, it } from "vitest";
import type { VmSource } from "../../parsers/model.ts";
import {
  dependsOnPool,
  readSecureBoot,
  secureBootFields,
  secureBootSetting,
  withPoolCertificates,
} from "../../parsers/records/secure-boot.ts";
import { healthyBlob } from "../builders/blob.ts";
import { vmOf } from "../builders/vm-of.ts";

const vmWith = (text: string | null): VmSource => ({
  ...vmOf(healthyBlob()),
  secureBoot: readSecureBoot(text),
  fields: new Map(text === null ? [] : [["platform:secureboot", text]]),
});

describe("platform:secureboot", () => {
  it.each([
    ["true", true, true],
    ["false", false, false],
    ["1", false, false],
    ["", false, false],
    [null, false, false],
    ["auto", null, "auto"],
  ])("%j comes to %j and is told as %j", (text, secureBoot, setting) => {
    const vm = vmWith(text);
    expect(vm.secureBoot).toBe(secureBoot);
    expect(secureBootSetting(vm)).toBe(setting);
    expect(dependsOnPool(vm)).toBe(text === "auto");
  });

  it("auto is what the pool makes of it, and stays auto", () => {
    const auto = vmWith("auto");
    for (const answer of [true, false, null]) {
      const vm = withPoolCertificates(auto, answer);
      expect(vm.secureBoot).toBe(answer);
      expect(secureBootSetting(vm)).toBe("auto");
      expect(dependsOnPool(vm)).toBe(answer === null);
    }
    const on = vmWith("true");
    expect(withPoolCertificates(on, false)).toBe(on);
    expect(withPoolCertificates(vmWith("false"), true).secureBoot).toBe(false);
  });

  it("without a record is not known, whatever the pool has", () => {
    const bare = vmOf(healthyBlob());
    expect(secureBootSetting(bare)).toBeNull();
    expect(withPoolCertificates(bare, true).secureBoot).toBeNull();
  });

  it("is the one field that the copy of a suspended state keeps", () => {
    expect([
      ...secureBootFields({
        fields: new Map([
          ["a", "b"],
          ["platform:secureboot", "auto"],
        ]),
      }),
    ]).toEqual([["platform:secureboot", "auto"]]);
    expect(secureBootFields(vmOf(healthyBlob())).size).toBe(0);
  });
});
