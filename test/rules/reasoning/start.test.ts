import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { guidBytes } from "../../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../../parsers/efi/signature-list.ts";
import { readCertificateFields } from "../../../parsers/efi/x509.ts";
import { guidNamed, SHIM_LOCK } from "../../../parsers/guids.ts";
import { startLinux, startOthers, startUnchecked, startWindows } from "../../../rules/reasoning/start.ts";
import {
  concat,
  incidentBlob,
  MICROSOFT_OWNER,
  makeBlob,
  makeVariable,
  sha256List,
  signature,
  x509List,
} from "../../builders/blob.ts";
import { svnData } from "../../builders/known-hashes.ts";
import {
  askOf,
  askOfShared,
  claimsOf,
  factsOf,
  type KeyStore,
  keyStore,
  textOf,
} from "../../builders/reasoning.ts";
import { SAMPLE_DB } from "../../builders/sample-keys.ts";
import { TEST_ROLES } from "../../builders/test-microsoft.ts";
import { hasSharedData } from "../../shared-data.ts";
import { hashList } from "../knowledge/knowledge-data.ts";

const { guestPk, kek2011, pca2011, uefi2011, windows2023, uefi2023 } = TEST_ROLES;
const ALL = [pca2011, uefi2011, windows2023, uefi2023];
const revoked = (certificate: Uint8Array) => x509List(MICROSOFT_OWNER, certificate);

type Ask = typeof startWindows;
function ask(question: Ask, bytes: Uint8Array, secureBoot: boolean | null = null) {
  const { blob, context } = askOf(bytes, { secureBoot });
  return question(blob, context);
}
const store = (made: KeyStore) => keyStore({ pk: guestPk, kek: [kek2011], ...made });

describe("does it start with Secure Boot off", () => {
  it("yes, where the daemon loads the NVRAM: nothing is checked", () => {
    const chain = ask(startUnchecked, store({ db: [] }), true);
    expect(chain.answer).toBe("yes");
    expect(claimsOf(chain)).toEqual(["loads", "nothing-checked", "starts-unchecked"]);
    expect(textOf(chain.steps[1]!)).toContain("this VM's platform has it on");
  });

  it("no, where it does not, and then nothing else starts either", () => {
    for (const question of [startUnchecked, startWindows, startLinux, startOthers]) {
      const chain = ask(question, incidentBlob());
      expect(chain.answer).toBe("no");
      expect(claimsOf(chain)).toEqual(["does-not-load", "does-not-start"]);
    }
  });
});

describe("what starts with Secure Boot on", () => {
  it("whatever either generation signed, where db holds both", () => {
    const bytes = store({ db: ALL });
    for (const question of [startWindows, startLinux]) {
      const chain = ask(question, bytes);
      expect(chain.answer).toBe("yes");
      expect(claimsOf(chain)).toEqual(["loads", "trusted", "trusted", "image-assumed", "starts"]);
    }
    expect(factsOf(ask(startWindows, bytes), "starts")?.certificates).toEqual([
      "Microsoft Windows Production PCA 2011",
      "Windows UEFI CA 2023",
    ]);
  });

  it("nobody knows, where db holds one generation alone: that depends on the disk", () => {
    const bytes = store({ db: [pca2011, uefi2023], dbx: sha256List(MICROSOFT_OWNER, 3) });
    const windows = ask(startWindows, bytes);
    expect(windows.answer).toBe("unknown");
    expect(textOf(windows.conclusion)).toBe(
      "A Windows boot manager starts if it is signed under Microsoft Windows Production PCA 2011, unless its own hash is among the 3 of dbx: that depends on the disk.",
    );
    expect(ask(startLinux, bytes).answer).toBe("unknown");
  });

  it("not what db lacks or dbx revokes, by the certificate or by its digest", () => {
    const windows = ask(startWindows, store({ db: [pca2011], dbx: revoked(pca2011) }));
    expect(windows.answer).toBe("no");
    expect(claimsOf(windows)).toEqual([
      "loads",
      "revoked",
      "not-trusted",
      "image-assumed",
      "not-trusted-at-all",
    ]);
    const { tbsCertificate } = readCertificateFields(uefi2011);
    const digest = createHash("sha256").update(tbsCertificate).digest();
    const entry = signature(MICROSOFT_OWNER, concat(digest, new Uint8Array(16)));
    const type = guidBytes(guidNamed("EFI_CERT_X509_SHA256"));
    const byDigest = buildSignatureList(type, new Uint8Array(0), 64, [entry]);
    expect(ask(startLinux, store({ db: [uefi2011], dbx: byDigest })).answer).toBe("no");
  });

  it("the boot manager's least version and the SBAT level are said as exceptions", () => {
    const svns = hashList(guidNamed("EFI_CERT_SVN"), [
      svnData(guidNamed("bootmgr"), 2),
      svnData(guidNamed("bootmgr"), 9),
    ]);
    const windows = ask(startWindows, store({ db: ALL, dbx: svns }));
    expect(windows.answer).toBe("yes");
    expect(factsOf(windows, "svn-least")).toEqual({ application: "bootmgfw.efi", version: "9.0" });
    expect(textOf(windows.conclusion)).toContain("unless its version is below 9.0");

    const sbat = new TextEncoder().encode("sbat,1,2024010900\nshim,4\ngrub,3\n");
    const { variables } = askOf(store({ db: ALL })).blob;
    const withSbat = makeBlob([...variables, makeVariable("SbatLevel", sbat, { guid: SHIM_LOCK })]);
    const linux = ask(startLinux, withSbat);
    expect(factsOf(linux, "sbat-least")).toEqual({ level: "2024010900", components: ["shim", "grub"] });
    expect(textOf(linux.conclusion)).toContain("unless the SBAT level 2024010900 refuses it");
  });

  it("everything in setup mode, because Secure Boot is off then", () => {
    const chain = ask(startWindows, keyStore({ kek: [kek2011] }), true);
    expect(chain.answer).toBe("yes");
    expect(claimsOf(chain)).toEqual(["loads", "secure-boot-off", "starts-unchecked"]);
  });

  it("nothing, where there is a PK and no db", () => {
    for (const question of [startWindows, startLinux, startOthers])
      expect(ask(question, store({ db: [] })).answer).toBe("no");
  });

  it("something else depends on the disk where db allows it by certificate or hash", () => {
    const own = ask(startOthers, store({ db: [...ALL, SAMPLE_DB] }));
    expect(own.answer).toBe("unknown");
    expect(factsOf(own, "others-trusted")).toMatchObject({ hashes: 0, certificates: [expect.any(String)] });
    expect(ask(startOthers, store({ db: ALL })).answer).toBe("no");
    expect(ask(startOthers, store({ db: [SAMPLE_DB], dbx: revoked(SAMPLE_DB) })).answer).toBe("no");
    const { variables } = askOf(store({ db: [pca2011] })).blob;
    const hashes = makeBlob(
      variables.map((one) => (one.name === "db" ? { ...one, data: sha256List(MICROSOFT_OWNER, 2) } : one)),
    );
    expect(textOf(ask(startOthers, hashes).conclusion)).toContain("has one of the 2 hashes of db");
  });
});

describe.skipIf(!hasSharedData)("on the real daemon's blobs", () => {
  const shared = (question: Ask, key: string) => {
    const { blob, context } = askOfShared(key);
    return question(blob, context);
  };

  it("16: Windows does not start with Secure Boot on, and does with it off", () => {
    expect(shared(startWindows, "16").answer).toBe("no");
    expect(shared(startUnchecked, "16").answer).toBe("yes");
    expect(shared(startLinux, "16").answer).toBe("unknown");
  });

  it("01: both start, with either generation", () => {
    expect(shared(startWindows, "01").answer).toBe("yes");
    expect(shared(startLinux, "01").answer).toBe("yes");
  });

  it("15: only what Windows UEFI CA 2023 signed, of version 9.0 or higher", () => {
    const chain = shared(startWindows, "15");
    expect(chain.answer).toBe("unknown");
    expect(factsOf(chain, "depends-on-disk")).toMatchObject({
      certificates: ["Windows UEFI CA 2023"],
      version: "9.0",
    });
  });

  it("12 starts neither, and what its own keys signed", () => {
    expect(shared(startWindows, "12").answer).toBe("no");
    expect(shared(startLinux, "12").answer).toBe("no");
    expect(shared(startOthers, "12").answer).toBe("unknown");
  });
});
