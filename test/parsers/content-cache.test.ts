import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ContentCache } from "../../parsers/content-cache.ts";
import { nodePlatform } from "../../platform/node/platform.ts";

const bytesOf = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
/** A cache, and how often something was made for it. */
function counted(limits: { entries: number; bytes: number }) {
  const cache = new ContentCache<string>(limits);
  let made = 0;
  const get = (bytes: Uint8Array): string =>
    cache.get(bytes, nodePlatform, (content) => {
      made++;
      return content.join();
    });
  return { get, made: () => made };
}

/** From the second time on a content is kept. */
function keep(get: (bytes: Uint8Array) => string, ...contents: readonly Uint8Array[]): void {
  for (const content of contents) {
    get(content);
    get(content);
  }
}

describe("a content cache", () => {
  it("works a content out twice, and never again", () => {
    const { get, made } = counted({ entries: 4, bytes: 100 });
    for (let i = 0; i < 5; i++) expect(get(bytesOf(1, 2, 3))).toBe("1,2,3");
    expect(made()).toBe(2);
  });

  it("tells contents apart that differ in one byte, wherever it stands", () => {
    const content = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff);
    const { get } = counted({ entries: 4, bytes: 100_000 });
    keep(get, content);
    for (let at = 0; at < content.length; at++) {
      const other = content.slice();
      other[at] = other[at]! ^ 1;
      expect(get(other)).toBe(other.join());
      expect(get(content)).toBe(content.join());
    }
  });

  it("keeps as many contents as it may, and drops the one that was asked for least recently", () => {
    const [a, b, c] = [bytesOf(1, 1, 1, 1), bytesOf(2, 2, 2, 2), bytesOf(3, 3, 3, 3)];
    const { get, made } = counted({ entries: 2, bytes: 100 });
    keep(get, a, b);
    get(a);
    const before = made();
    get(a);
    get(b);
    expect(made()).toBe(before);
    get(a);
    keep(get, c);
    const after = made();
    get(a);
    get(c);
    expect(made()).toBe(after);
    get(b);
    expect(made()).toBe(after + 1);
  });

  it("keeps as many bytes as it may, and not one more", () => {
    const contents = [bytesOf(1, 1, 1, 1), bytesOf(2, 2, 2, 2)];
    const fitting = counted({ entries: 9, bytes: 8 });
    keep(fitting.get, ...contents);
    contents.forEach(fitting.get);
    expect(fitting.made()).toBe(4);
    const tight = counted({ entries: 9, bytes: 7 });
    keep(tight.get, ...contents);
    contents.forEach(tight.get);
    expect(tight.made()).toBeGreaterThan(4);
  });

  it("keeps no content that is larger than all it may hold", () => {
    const { get, made } = counted({ entries: 9, bytes: 3 });
    for (let i = 0; i < 5; i++) get(bytesOf(1, 1, 1, 1));
    expect(made()).toBe(5);
  });

  it("holds a copy: what becomes of the input later changes nothing", () => {
    const { get } = counted({ entries: 4, bytes: 100 });
    const input = bytesOf(1, 2, 3, 4);
    keep(get, input);
    input[0] = 9;
    expect(get(input)).toBe("9,2,3,4");
    expect(get(bytesOf(1, 2, 3, 4))).toBe("1,2,3,4");
  });

  it("answers as if it were not there, whatever it forgets", () => {
    const content = fc.uint8Array({ maxLength: 6, max: 2 });
    const limits = fc.record({ entries: fc.integer({ min: 1, max: 4 }), bytes: fc.nat(16) });
    fc.assert(
      fc.property(fc.array(content, { maxLength: 60 }), limits, (contents, some) => {
        const { get } = counted(some);
        for (const one of contents) expect(get(one)).toBe(one.join());
      }),
    );
  });

  it("forgets contents that came once after a bounded number of others", () => {
    const { get, made } = counted({ entries: 1, bytes: 100 });
    const first = bytesOf(255, 0, 0, 0);
    get(first);
    for (let i = 0; i < 40; i++) get(bytesOf(i, 1, 1, 1));
    const before = made();
    get(first);
    get(first);
    get(first);
    expect(made()).toBe(before + 2);
  });
});
