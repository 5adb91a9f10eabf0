/** Limits of mails, appliances and nested archives at n and n + 1; and that no limit of parsers/limits.ts is without a test. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { mailMembers } from "../../library/archive/mail-members.ts";
import { openElements } from "../../library/judge/elements.ts";
import { ascii } from "../../parsers/bytes.ts";
import { ovf } from "../../parsers/formats/ovf.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { OvaRewriter } from "../../parsers/ova/rewriter.ts";
import { OvaVerifier } from "../../parsers/ova/verify.ts";
import { readMail } from "../../parsers/packing/mail.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { healthyBlob } from "../builders/blob.ts";
import { withLimit } from "../builders/limits.ts";
import { makeOva, makeOvf, makeTar, ovaMembers } from "../builders/ovf.ts";
import { worldWithStdin } from "../builders/world.ts";

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const mailOf = (parts: number): Uint8Array =>
  ascii(
    [
      "From: a@example.org",
      "Subject: x",
      "MIME-Version: 1.0",
      'Content-Type: multipart/mixed; boundary="b"',
      "",
      ...Array.from({ length: parts }, (_, i) => `--b\nContent-Type: text/plain; name="${i}.txt"\n\ntext`),
      "--b--",
      "",
    ].join("\n"),
  );

describe("a mail", () => {
  it("has up to maxMailParts parts", async () => {
    await withLimit("maxMailParts", 3, () => {
      expect(readMail(mailOf(3), nodePlatform)).toHaveLength(3);
      expect(() => readMail(mailOf(4), nodePlatform)).toThrow("a mail of up to 3 parts");
    });
  });

  it("has up to maxMailBytes bytes", async () => {
    const mail = mailOf(2);
    await withLimit("maxMailBytes", mail.length, async () => {
      expect(await all(mailMembers(once(mail), nodePlatform))).toHaveLength(2);
    });
    await withLimit("maxMailBytes", mail.length - 1, async () => {
      await expect(all(mailMembers(once(mail), nodePlatform))).rejects.toThrow(
        `at most ${mail.length - 1} bytes`,
      );
    });
  });
});

const DESCRIPTION = makeOvf([{ name: "vm", nvram: healthyBlob() }]);

describe("quoted-printable", () => {
  const text = (body: string): string => {
    const headers = "From: a@example.org\nMIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n";
    return Buffer.from(readMail(ascii(headers + body), nodePlatform)[0]?.bytes ?? []).toString("latin1");
  };

  it.each([
    ["bytes", "a=3Db=3d", "a=b="],
    ["lines that are joined, with blanks behind the sign", "a=\nb= \t\r\nc", "abc"],
    ["what is no such sign", "a=zz=4 =\r=", "a=zz=4 =\r="],
  ])("is read: %s", (_title, quoted, expected) => expect(text(quoted)).toBe(expected));
});

describe("an appliance", () => {
  it("has a description of up to maxOvfBytes", async () => {
    await withLimit("maxOvfBytes", DESCRIPTION.length, () => {
      expect(ovf.open(DESCRIPTION, nodePlatform)).toMatchObject({ error: null });
    });
    await withLimit("maxOvfBytes", DESCRIPTION.length - 1, () => {
      expect(ovf.open(DESCRIPTION, nodePlatform)).toMatchObject({ vms: [], error: { code: "over-limit" } });
    });
  });

  const members = ovaMembers(DESCRIPTION);
  const manifest = members.find(({ name }) => name.endsWith(".mf"));
  const rewrite = () => {
    const rewriter = new OvaRewriter({ before: DESCRIPTION, after: DESCRIPTION }, nodePlatform);
    return [...rewriter.push(makeOva(DESCRIPTION)), ...rewriter.finish()];
  };

  it("has a manifest of up to maxManifestBytes: a longer one is never written back as it was", async () => {
    const bytes = manifest?.bytes.length ?? 0;
    expect(bytes).toBeGreaterThan(0);
    await withLimit("maxManifestBytes", bytes, () =>
      expect(Buffer.concat(rewrite())).toEqual(Buffer.from(makeOva(DESCRIPTION))),
    );
    await withLimit("maxManifestBytes", bytes - 1, () =>
      expect(rewrite).toThrow("a manifest (.mf) of up to"),
    );
  });

  it("has up to maxOvaFiles files that are told", async () => {
    const files = (): number => {
      const verifier = new OvaVerifier(() => null);
      verifier.push(makeTar([...members, { name: "more.vhd", bytes: ascii("disk") }]));
      return verifier.finish(null).files.length;
    };
    const whole = files();
    expect(whole).toBeGreaterThan(1);
    expect(await withLimit("maxOvaFiles", whole, files)).toBe(whole);
    expect(await withLimit("maxOvaFiles", whole - 1, files)).toBe(whole - 1);
  });
});

describe("archives inside archives", () => {
  const nested = (depth: number): Uint8Array =>
    depth === 0
      ? healthyBlob()
      : makeTar([{ name: `${depth}.${depth === 1 ? "vars" : "tar"}`, bytes: nested(depth - 1) }]);
  const opened = (depth: number) =>
    all(
      openElements(
        "-",
        worldWithStdin(() => once(nested(depth))),
      ),
    );

  it("are opened up to maxArchiveDepth deep", async () => {
    const { maxArchiveDepth } = PARSER_LIMITS;
    const vms = (await opened(maxArchiveDepth + 1)).flatMap(({ dump }) => dump?.vms ?? []);
    expect(vms).toHaveLength(1);
    const deeper = await opened(maxArchiveDepth + 2);
    expect(deeper.flatMap(({ dump }) => dump?.vms ?? [])).toEqual([]);
    expect(deeper.map(({ error }) => error?.code)).toContain("over-limit");
  });
});

describe("every limit", () => {
  const folder = fileURLToPath(new URL("../", import.meta.url));
  const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts") && name !== join("parsers", "limits.test.ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
  const own = readFileSync(fileURLToPath(import.meta.url), "utf8");

  it("is named in a test", () => {
    const untried = Object.keys(PARSER_LIMITS).filter(
      (name) => ![own, ...texts].some((text) => new RegExp(`\\b${name}\\b`).test(text)),
    );
    expect(untried, "each of these limits needs a test at n and n + 1 that names it").toEqual([]);
  });
});
