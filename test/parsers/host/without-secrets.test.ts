import { describe, expect, it } from "vitest";
import { EXPRESSIONS, withoutSecrets } from "../../../parsers/host/without-secrets.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";

const UUID = "0d7f7a0a-1111-4222-8333-444444444444";

describe("a line of a log that is shown", () => {
  it.each([
    ["password=hunter2 of pool", "password=[left out]"],
    [`{"Password": "hunter2, and more"}`, `{"Password": [left out]`],
    ["admin_pwd='a b' rest", "admin_pwd='[left out]"],
    ["Authorization: Basic aGVsbG86d29ybGQ= sent", "Authorization: [left out]"],
    ["session_id=OpaqueRef:1-2 gone", "session_id=[left out]"],
    ["Session OpaqueRef:6b1d0a3e-0000-4a53-8a52-7d0f3a1b9c02 failed", "Session OpaqueRef:[left out] failed"],
    ["GET https://root:pw@xapi.example/rpc", "GET https://[left out]@xapi.example/rpc"],
    ["connect to 10.1.2.3:443 failed", "connect to [left out]:443 failed"],
    ["value VkFSUwIAAAABAAAAAAAAACQAAAA= is bad", "value [left out] is bad"],
    ["id 0123456789abcdef0123456789abcdef end", "id [left out] end"],
    ["save:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY3ODkw", "save:[left out]"],
    ["data=QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY3ODkw end", "data=[left out] end"],
    ["key=0123456789abcdef0123456789abcdef", "key=[left out]"],
    ["jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3_ODkwIn0.SflKxwRJ_adQs bad", "jwt [left out] bad"],
    ["trackid=0d7f7a0a1111222233334444", "trackid=[left out]"],
    ["value QUJD-REVGR0hJSktM_TU5PUFFSU1RVVld is bad", "value [left out] is bad"],
    [`x ${"abcd".repeat(11)} y`, "x [left out] y"],
    ["login failed --password hunter", "login failed --password [left out]"],
    ["login failed password hunter", "login failed password [left out]"],
    ["xe -u root -pw hunter", "xe -u root -pw [left out]"],
    ["a pass=hunter", "a pass=[left out]"],
    ["a user=root pw=hunter", "a user=root pw=[left out]"],
    ["a pw is hunter", "a pw is [left out]"],
    ["a privateKey: hunter", "a privateKey: [left out]"],
    ["a private-key=hunter", "a private-key=[left out]"],
    ["a psk=hunter", "a psk=[left out]"],
    ["password is hunter", "password is [left out]"],
    ["password%3Dhunter", "password%3D[left out]"],
    ["password => hunter", "password => [left out]"],
    ["failed bearer hunter", "failed bearer [left out]"],
    [String.raw`json {\"password\": \"hunter\"}`, String.raw`json {\"password\": [left out]`],
    ["<name>password</name><value>hunter</value>", "<name>password[left out]"],
    [`Authorization: Digest username="bob", response="hunter"`, "Authorization: [left out]"],
    ["password:\u2028hunter", "password:\u2028[left out]"],
    ["varstore-rm --token hunter", "varstore-rm --token [left out]"],
    [`OpaqueRef%3A${UUID} gone`, "OpaqueRef%3A[left out] gone"],
    [`Ref:${UUID} session ${UUID} failed`, "Ref:[left out] session [left out] failed"],
    ["read root:hunter@10.0.0.1:443", "read [left out]@[left out]:443"],
    ["read root:p@ss@host", "read [left out]@host"],
    ["connect to 10.1.2.3.", "connect to [left out]."],
    ["to fe80::1234:5678:9abc:def0 and [2001:db8::1]:443", "to [left out] and [[left out]]:443"],
    ["to 1:2:3:4:5:6:7:8", "to [left out]"],
    ["mac 00:16:3e:11:22:33 of bob@example.org", "mac [left out] of [left out]"],
    ["bad 01 23 45 67 89 ab cd ef", "bad [left out]"],
  ])("%s", (line, shown) => {
    expect(withoutSecrets(line)).toBe(shown);
  });

  it.each([
    "varstored_initialize: Failed to map iopage: 12, Cannot allocate memory",
    "VM 6b1d0a3e-0000-4a53-8a52-7d0f3a1b9c02: dbx has 60440 bytes, 57344 at most",
    "/var/lib/varstored/6b1d0a3e-0000-4a53-8a52-7d0f3a1b9c02/db.auth: No such file or directory",
    "varstored-21.service: main process exited, code=killed, status=11/SEGV",
    "xenforeignmemory_map_resource_with_flags at ffffffff81000000+0x1d/0x20",
    "10:11:12 status 0x8000000000000009, error 12345678901234567890",
    "/usr/lib/x86_64-linux-gnu/xen-4.17/bin/varstored2: cannot open",
    "varstored@7.service: Failed with result 'exit-code'.",
    "PCI 0000:00:1f.2, session failed: Broken pipe",
    "incorrect password.",
    "std::runtime_error: wrong passwords",
  ])("keeps what tells the reason: %s", (line) => {
    expect(withoutSecrets(line)).toBe(line);
  });

  it.each(["password ", "a:", "a@", "ab ", "ab:", "eyJ", "//x", "1.", "'\\", "session ", "0x0", "Ref:", "x"])(
    "of the greatest length, full of %j, is read to its end",
    (piece) => {
      const length = PARSER_LIMITS.maxHostLineBytes;
      const line = `${piece.repeat(length).slice(0, length)} password=hunter`;
      expect(withoutSecrets(line)).not.toContain("hunter");
    },
  );
});

describe("the expressions", () => {
  it.each(EXPRESSIONS.map(({ source }) => [source]))(
    "%s repeats nothing without a bound that could fail behind",
    (source) => {
      const withoutClasses = source.replaceAll(/\[(?:\\.|[^\]\\])*\]/g, "c").replaceAll(/\\./g, "c");
      const unbounded = [...withoutClasses.matchAll(/[*+]|\{\d+,\}/g)];
      // One at most, and all behind it may be absent, or it is of groups whose end each other piece of it can be.
      expect(unbounded.length).toBeLessThanOrEqual(1);
      const rest = withoutClasses.slice(
        (unbounded[0]?.index ?? withoutClasses.length) + (unbounded[0]?.[0].length ?? 0),
      );
      expect([
        "",
        "=c{0,2}",
        "={0,2}",
        "(?:0x)?c{2}(?!c)",
        "c{0,4}c{0,3}(?:=>|->|c|%3c|(?:is|was)c)?c{0,4}c{0,3}",
      ]).toContain(rest);
    },
  );
});
