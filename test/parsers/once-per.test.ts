import { describe, expect, it } from "vitest";
import { oncePer, oncePerPair } from "../../parsers/once-per.ts";

describe("work done once per object", () => {
  it("is not done again for the same object, and is done for an equal one", () => {
    let done = 0;
    const double = oncePer(({ value }: { value: number }) => {
      done++;
      return 2 * value;
    });
    const key = { value: 21 };
    expect([double(key), double(key), double({ value: 21 })]).toEqual([42, 42, 42]);
    expect(done).toBe(2);
  });

  it("is kept apart from other work on the same object, and may answer null", () => {
    const key = {};
    const one = oncePer((_key: object) => "one");
    const none = oncePer((_key: object) => null);
    expect([one(key), none(key), one(key), none(key)]).toEqual(["one", null, "one", null]);
  });

  it("is done again where the second object is another one", () => {
    let done = 0;
    const sum = oncePerPair((a: { value: number }, b: { value: number }) => {
      done++;
      return a.value + b.value;
    });
    const [key, b, c] = [{ value: 1 }, { value: 2 }, { value: 3 }];
    expect([sum(key, b), sum(key, b), sum(key, c), sum(key, c), sum(key, b)]).toEqual([3, 3, 4, 4, 3]);
    expect(done).toBe(3);
  });
});
