/** What the boot loaders on a disk answer, in place of what the NVRAM alone lets one assume. */
import { describe, expect, it } from "vitest";
import type { JudgedAttempt, JudgedBoot, JudgedLoader } from "../../../rules/boot/judged-boot.ts";
import { startLinux, startOthers, startWindows } from "../../../rules/reasoning/start.ts";
import { askOf, claimsOf, keyStore, textOf } from "../../builders/reasoning.ts";
import { TEST_ROLES } from "../../builders/test-microsoft.ts";

const { guestPk, kek2011, pca2011, uefi2011 } = TEST_ROLES;
const STORE = keyStore({ pk: guestPk, kek: [kek2011], db: [pca2011, uefi2011] });
const BOOTMGFW = "\\EFI\\Microsoft\\Boot\\bootmgfw.efi";
const SHIM = "\\EFI\\debian\\shimx64.efi";
const NO_IMAGE = { signers: [], svn: null, sbat: [] };
const taken = { rule: "signature-in-db", variable: "db", entry: 0 };
const revoked = { rule: "hash-in-dbx", variable: "dbx", entry: 7 };

function loader(path: string, fields: Partial<JudgedLoader> = {}): JudgedLoader {
  return { path, accepted: true, why: taken, image: NO_IMAGE, ...fields };
}

function attempt(
  path: string,
  why: JudgedAttempt["why"] = taken,
  behind: JudgedAttempt["then"] = [],
): JudgedAttempt {
  const head = { entry: "Boot0000", description: "", status: "started", image: null };
  // biome-ignore lint/suspicious/noThenProperty: the name that scripts know, and a list, no function
  return { ...head, path, why, then: behind };
}

function ask(question: typeof startWindows, loaders: JudgedLoader[], attempts: JudgedAttempt[] = []) {
  const { blob, context } = askOf(STORE);
  const boot: JudgedBoot = {
    secureBoot: true,
    starts: null,
    attempts,
    checked: { starts: null, attempts },
    loaders,
  };
  return question(blob, { ...context, disks: { boot, why: null } });
}

describe("boot loaders on the disk", () => {
  it("answer where the NVRAM alone leaves it open", () => {
    const chain = ask(startWindows, [loader(BOOTMGFW)]);
    expect([chain.answer, claimsOf(chain).slice(-2)]).toEqual(["yes", ["image-on-disk", "starts-from-disk"]]);
    expect(textOf(chain.conclusion)).toContain(BOOTMGFW);
    const unknown = ask(startWindows, [loader(BOOTMGFW, { accepted: null, why: null })]);
    expect([unknown.answer, unknown.conclusion.claim]).toEqual(["unknown", "open-on-disk"]);
  });

  it("are refused by an entry that is named, by their version, or by shim", () => {
    const refused = ask(startWindows, [loader(BOOTMGFW, { accepted: false, why: revoked })]);
    expect([refused.answer, refused.conclusion.claim]).toEqual(["no", "refused-on-disk"]);
    expect(textOf(refused.steps.at(-1)!)).toContain("dbx entry 7");
    const old = { rule: "svn-below-dbx", variable: "dbx", entry: 3 };
    expect(ask(startWindows, [loader(BOOTMGFW)], [attempt(BOOTMGFW, old)]).answer).toBe("no");
    const shim = loader(SHIM, { image: { ...NO_IMAGE, sbat: ["sbat,1", "shim,4"] } });
    const behind = (starts: boolean | null, why: string) =>
      ask(startLinux, [shim], [attempt(SHIM.toUpperCase(), taken, [{ path: null, starts, why }])]);
    expect(behind(true, "second-stage-started").answer).toBe("yes");
    expect(behind(null, "add-ons-not-followed").answer).toBe("unknown");
    const below = behind(false, "sbat-below-level");
    expect([below.answer, textOf(below.steps.at(-1)!)]).toEqual(["no", expect.stringContaining("SbatLevel")]);
  });

  it("that are of another kind leave the answer assumed, and that is said", () => {
    // What shim alone starts is no shim, though its SBAT names one.
    const helper = loader("\\EFI\\debian\\mmx64.efi", { image: { ...NO_IMAGE, sbat: ["shim,4"] } });
    const grub = loader("\\EFI\\debian\\grubx64.efi");
    for (const question of [startWindows, startLinux, startOthers]) {
      const chain = ask(question, [helper, grub]);
      expect(claimsOf(chain)).toContain("image-missing");
      expect(chain.answer).toBe(question === startOthers ? "no" : "unknown");
    }
    expect(ask(startOthers, [grub], [attempt(grub.path)]).answer).toBe("yes");
  });

  it("that nobody looked at are assumed, with the reason where there is one", () => {
    const { blob, context } = askOf(STORE);
    const why = "the export lies in an archive.";
    const chain = startLinux(blob, { ...context, disks: { boot: null, why } });
    expect(textOf(chain.steps.at(-1)!)).toBe(
      "This assumes a shim as Microsoft signs it: the NVRAM alone was looked at, because the export lies in an archive.",
    );
  });

  it("never make more than six steps", () => {
    const many = Array.from({ length: 9 }, (_, i) =>
      loader(`\\EFI\\${i}\\bootmgfw.efi`, { accepted: i === 5 }),
    );
    const chain = ask(startWindows, many);
    expect([chain.answer, chain.steps.length <= 6]).toEqual(["yes", true]);
  });
});
