/** Which chains of test certificates count, each as OpenSSL 3.0's X509_verify_cert has it; random ones are asked of `openssl`. */
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { BrokenChain, Undecided } from "../../daemon/answer.ts";
import { isTrusted } from "../../daemon/certificate-chain.ts";
import { openCertificate } from "../../daemon/opened-certificate.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import {
  type CertificateOptions,
  der,
  distinguishedName,
  extension,
  type Identity,
  makeIdentity,
} from "../builders/signing.ts";

const ORGANIZATION = "55040a";
const COMMON_NAME = "550403";
const UNKNOWN = "2a030405";
const ALT_NAMES = "551d11";
const NAME_CONSTRAINTS = "551d1e";

const KEYS = Array.from({ length: 4 }, () => generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey);
const EXPLICIT_CURVE = generateKeyPairSync("ec", {
  namedCurve: "prime256v1",
  paramEncoding: "explicit",
}).privateKey;

function nameIn(organization: string, commonName: string): Uint8Array {
  return distinguishedName([ORGANIZATION, organization], [COMMON_NAME, commonName]);
}

const directory = (organization: string): Uint8Array =>
  der(0xa4, distinguishedName([ORGANIZATION, organization]));
const dns = (name: string): Uint8Array => der(0x82, Buffer.from(name));
const subtrees = (bases: readonly Uint8Array[]): Uint8Array[] => bases.map((base) => der(0x30, base));

function constraints(
  permitted: readonly Uint8Array[],
  excluded: readonly Uint8Array[],
  critical = true,
): Uint8Array {
  const parts = [
    ...(permitted.length === 0 ? [] : [der(0xa0, ...subtrees(permitted))]),
    ...(excluded.length === 0 ? [] : [der(0xa1, ...subtrees(excluded))]),
  ];
  return extension(NAME_CONSTRAINTS, critical, der(0x30, ...parts));
}

const unknown = (critical: boolean): Uint8Array => extension(UNKNOWN, critical, der(0x05));
const keyId = (id: number): Uint8Array => extension("551d0e", false, der(0x04, Uint8Array.of(id)));
const aboveKeyId = (id: number): Uint8Array =>
  extension("551d23", false, der(0x30, der(0x80, Uint8Array.of(id))));
const altNames = (...names: readonly Uint8Array[]): Uint8Array =>
  extension(ALT_NAMES, false, der(0x30, ...names));

/** From the root down to the signer. */
function chain(...levels: readonly CertificateOptions[]): Identity[] {
  const made: Identity[] = [];
  for (const [i, options] of levels.entries()) {
    const issuer = made.at(-1);
    made.push(
      makeIdentity(`level ${i}`, {
        key: KEYS[i % KEYS.length]!,
        ...(issuer === undefined ? {} : { issuer }),
        ...options,
      }),
    );
  }
  return made;
}

/** All but the trusted one are sent along. */
function ask(identities: readonly Identity[], trusted: Identity): ReturnType<typeof isTrusted> {
  const [signer, ...others] = identities
    .toReversed()
    .map(({ certificate }) => openCertificate(certificate, nodeSignatureVerifier)!);
  return isTrusted(
    signer!,
    [signer!, ...others],
    openCertificate(trusted.certificate, nodeSignatureVerifier)!,
    nodeSignatureVerifier,
  );
}

/** Null where the chain counts, else why not. */
function fault(identities: readonly Identity[], trusted: Identity = identities[0]!): string | null {
  const answer = ask(identities, trusted);
  if (answer === true) return null;
  return answer === false ? "no chain" : answer.reason;
}

describe("a critical extension that OpenSSL does not know", () => {
  const critical = { extensions: [unknown(true)] };
  test.each([
    ["in the signer", [{}, {}, critical]],
    ["in the middle", [{}, critical, {}]],
    ["in the trusted certificate itself", [critical, {}, {}]],
  ])("%s breaks the chain", (_, levels) => {
    expect(fault(chain(...levels))).toContain("critical extension");
  });

  test("breaks it also where the signer is the trusted one; one that is not critical does not", () => {
    const alone = chain(critical);
    expect(fault(alone)).toContain("critical extension");
    expect(fault(chain({ extensions: [unknown(false)] }, {}, { extensions: [unknown(false)] }))).toBeNull();
  });

  test("is none of those that it checks, but the key identifiers are such", () => {
    const policies = extension(
      "551d20",
      true,
      der(0x30, der(0x30, der(0x06, Uint8Array.of(0x55, 0x1d, 0x20, 0)))),
    );
    expect(fault(chain({ extensions: [policies] }, {}))).toBeNull();
    const identifier = extension("551d0e", true, der(0x04, Uint8Array.of(1)));
    expect(fault(chain({ extensions: [identifier] }, {}))).toContain("critical extension");
  });
});

describe("a path length", () => {
  test("counts the authorities between, without self-issued ones", () => {
    expect(fault(chain({ pathLength: 0 }, {}))).toBeNull();
    expect(fault(chain({ pathLength: 0 }, {}, {}))).toContain("allows 0");
    expect(fault(chain({ pathLength: 1 }, {}, {}))).toBeNull();
    expect(fault(chain({}, { pathLength: 0 }, {}, {}))).toContain("allows 0");
    const name = nameIn("a", "same");
    const known = (self: number, above: number): readonly Uint8Array[] => [keyId(self), aboveKeyId(above)];
    const selfIssued = { name, extensions: known(2, 1) };
    const root = { name, pathLength: 0, extensions: known(1, 1) };
    expect(fault(chain(root, selfIssued, { extensions: known(3, 2) }))).toBeNull();
  });

  test("above the trusted certificate does not count", () => {
    const all = chain({ pathLength: 0 }, {}, {});
    expect(fault(all.slice(1), all[1])).toBeNull();
  });
});

describe("an issuer", () => {
  test("between must have basicConstraints; the trusted one may have keyUsage alone", () => {
    const usageAlone = { unconstrained: true, keyUsage: 0x04 };
    expect(fault(chain({}, usageAlone, {}))).toContain("no certificate authority");
    expect(fault(chain(usageAlone, {}))).toBeNull();
    expect(fault(chain({ unconstrained: true }, {}))).toContain("no certificate authority");
    expect(fault(chain({ isAuthority: false }, {}))).toContain("no certificate authority");
    expect(fault(chain({ keyUsage: 0x80 }, {}))).toContain("no certificate authority");
    expect(fault(chain({ version1: true }, {}))).toBeNull();
  });

  test("with an extension that is broken or there twice is in no chain, but may be the signer that is trusted", () => {
    const broken = { extensions: [altNames(der(0x05))] };
    expect(fault(chain(broken, {}))).toBe("no chain");
    expect(fault(chain(broken))).toBeNull();
    const twice = { extensions: [altNames(dns("a.b")), altNames(dns("a.b"))] };
    expect(fault(chain(twice, {}))).toBe("no chain");
    expect(fault(chain({ keyUsage: 0 }, {}))).toBe("no chain");
  });

  test("of the same name and another key is told apart by its signature", () => {
    const [root, middle, leaf] = chain({}, {}, {});
    const name = root!.name;
    const other = makeIdentity("other", { key: KEYS[3]!, name });
    expect(fault([other, middle!, leaf!], other)).toContain("not signed by");
  });

  test("fits by its key identifier where both have one", () => {
    expect(fault(chain({ extensions: [keyId(1)] }, { extensions: [aboveKeyId(1)] }))).toBeNull();
    expect(fault(chain({ extensions: [keyId(1)] }, { extensions: [aboveKeyId(2)] }))).toBe("no chain");
    expect(fault(chain({}, { extensions: [aboveKeyId(2)] }))).toBeNull();
  });

  test("may not bring an elliptic curve of its own", () => {
    expect(fault(chain({ key: EXPLICIT_CURVE }, {}))).toContain("curve of its own");
    expect(fault(chain({ key: EXPLICIT_CURVE }))).toBeNull();
  });
});

describe("name constraints", () => {
  const leaf = { name: nameIn("a", "leaf") };
  const within = (...lists: Parameters<typeof constraints>): CertificateOptions => ({
    name: nameIn("a", "root"),
    extensions: [constraints(...lists)],
  });

  test("permit and exclude directory names, critical or not, at any height", () => {
    expect(fault(chain(within([directory("a")], []), leaf))).toBeNull();
    expect(fault(chain(within([directory(" A ")], []), leaf))).toBeNull();
    expect(fault(chain(within([directory("b")], []), leaf))).toContain("name constraint");
    expect(fault(chain(within([directory("b")], [], false), leaf))).toContain("name constraint");
    expect(fault(chain(within([], [directory("a")]), leaf))).toContain("name constraint");
    expect(fault(chain(within([], [directory("b")]), leaf))).toBeNull();
    expect(fault(chain({}, within([directory("b")], []), leaf))).toContain("name constraint");
  });

  test("say nothing of names of other kinds, nor of the trusted signer's own", () => {
    expect(fault(chain(within([dns("a.example")], []), leaf))).toBeNull();
    expect(fault(chain(within([directory("b")], [])))).toBeNull();
  });

  test("hold for alternative names, and for a common name that looks like a host", () => {
    const named = (name: string): CertificateOptions => ({ ...leaf, extensions: [altNames(dns(name))] });
    const below = within([dns("good.example")], []);
    expect(fault(chain(below, named("www.GOOD.example")))).toBeNull();
    expect(fault(chain(below, named("notgood.example")))).toContain("name constraint");
    expect(fault(chain(below, { name: nameIn("a", "bad.example") }))).toContain("name constraint");
    expect(fault(chain(below, { name: nameIn("a", "bad example") }))).toBeNull();
  });
});

test("what the daemon compares along the chain and varscope does not is left open", () => {
  const addresses = extension("2b06010505070107", false, der(0x30));
  expect(ask(chain({ extensions: [addresses] }, {}), makeIdentity("stranger"))).toBe(false);
  const all = chain({ extensions: [addresses] }, {});
  expect(ask(all, all[0]!)).toBeInstanceOf(Undecided);
  const worse = chain({ extensions: [addresses, unknown(true)] }, {});
  expect(ask(worse, worse[0]!)).toBeInstanceOf(BrokenChain);
});

function opensslVersion(): string {
  const { stdout, error } = spawnSync("openssl", ["version"], { encoding: "utf8" });
  return error === undefined ? stdout : "";
}

/** Other versions ask other things of a chain. */
describe.skipIf(!opensslVersion().startsWith("OpenSSL 3.0."))(
  "random chains, as `openssl verify` has them",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "varscope-chain-"));
    afterAll(() => rmSync(folder, { recursive: true }));

    function pem(name: string, identities: readonly Identity[]): string {
      const path = join(folder, name);
      const blocks = identities.map(
        ({ certificate }) =>
          `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate)
            .toString("base64")
            .replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`,
      );
      writeFileSync(path, blocks.join(""));
      return path;
    }

    function verify(identities: readonly Identity[], trusted: Identity): boolean {
      const [signer, ...others] = identities.toReversed();
      const args = [
        "-partial_chain",
        "-no_check_time",
        "-purpose",
        "any",
        "-trusted",
        pem("trusted", [trusted]),
      ];
      try {
        const sent = others.length === 0 ? [] : ["-untrusted", pem("sent", others)];
        execFileSync("openssl", ["verify", ...args, ...sent, pem("signer", [signer!])], { stdio: "pipe" });
        return true;
      } catch {
        return false;
      }
    }

    const organization = fc.constantFrom("a", "b", " A");
    const commonName = fc.constantFrom("x", "www.good.example", "bad.example", "y");
    const host = fc.constantFrom("good.example", "www.good.example", ".example", "other");
    const base = fc.oneof(organization.map(directory), host.map(dns));
    const extensions = fc.oneof(
      { weight: 6, arbitrary: fc.constant<Uint8Array[]>([]) },
      { weight: 1, arbitrary: fc.boolean().map((critical) => [unknown(critical)]) },
      {
        weight: 1,
        arbitrary: fc.array(host, { maxLength: 2 }).map((names) => [altNames(...names.map(dns))]),
      },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.array(base, { maxLength: 2 }), fc.array(base, { maxLength: 1 }), fc.boolean())
          .map((lists) => [constraints(...lists)]),
      },
    );
    const often = (likely: boolean): fc.Arbitrary<boolean> =>
      fc.oneof({ weight: 9, arbitrary: fc.constant(likely) }, { weight: 1, arbitrary: fc.constant(!likely) });
    const level = fc.record({
      name: fc.option(fc.tuple(organization, commonName), { freq: 6 }),
      isAuthority: often(true),
      unconstrained: often(false),
      pathLength: fc.option(fc.nat(2), { freq: 2 }),
      keyUsage: fc.option(fc.constantFrom(4, 4, 6, 0x80), { freq: 2 }),
      extensions,
    });

    test("of one to four certificates, any of them trusted", () => {
      const seen = { taken: 0, refused: 0 };
      fc.assert(
        fc.property(fc.array(level, { minLength: 1, maxLength: 4 }), fc.nat(3), (levels, pick) => {
          // Without a name of its own a certificate has that of its issuer.
          let name = nameIn("a", "root");
          const all = chain(
            ...levels.map(({ name: own, pathLength, keyUsage, ...options }) => {
              if (own !== null) name = nameIn(...own);
              return {
                ...options,
                name,
                ...(pathLength === null ? {} : { pathLength }),
                ...(keyUsage === null ? {} : { keyUsage }),
              };
            }),
          );
          const trusted = all[pick < all.length ? pick : 0]!;
          const sent = all.filter((identity, i) => identity !== trusted || i === all.length - 1);
          const real = verify(sent, trusted);
          seen[real ? "taken" : "refused"]++;
          expect(ask(sent, trusted) === true).toBe(real);
        }),
        { numRuns: 300 },
      );
      expect(Math.min(seen.taken, seen.refused), JSON.stringify(seen)).toBeGreaterThan(30);
    });
  },
);
