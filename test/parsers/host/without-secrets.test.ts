import { describe, expect, it } from "vitest";
import { withoutSecrets } from "../../../parsers/host/without-secrets.ts";

describe("a line of a log that is shown", () => {
  it.each([
    ["password=hunter2 of pool", "password=[left out] of pool"],
    [`{"Password": "hunter2, and more"}`, `{"Password": [left out]}`],
    ["admin_pwd='a b' rest", "admin_pwd=[left out] rest"],
    ["Authorization: Basic aGVsbG86d29ybGQ= sent", "Authorization: [left out] sent"],
    ["session_id=OpaqueRef:1-2 gone", "session_id=[left out] gone"],
    ["Session OpaqueRef:6b1d0a3e-0000-4a53-8a52-7d0f3a1b9c02 failed", "Session OpaqueRef:[left out] failed"],
    ["GET https://root:pw@xapi.example/rpc", "GET https://[left out]@xapi.example/rpc"],
    ["connect to 10.1.2.3:443 failed", "connect to [left out]:443 failed"],
    ["value VkFSUwIAAAABAAAAAAAAACQAAAA= is bad", "value [left out] is bad"],
    ["id 0123456789abcdef0123456789abcdef end", "id [left out] end"],
  ])("%s", (line, shown) => {
    expect(withoutSecrets(line)).toBe(shown);
  });

  it.each([
    "varstored_initialize: Failed to map iopage: 12, Cannot allocate memory",
    "VM 6b1d0a3e-0000-4a53-8a52-7d0f3a1b9c02: dbx has 60440 bytes, 57344 at most",
    "/var/lib/varstored/6b1d0a3e-0000-4a53-8a52-7d0f3a1b9c02/db.auth: No such file or directory",
    "varstored-21.service: main process exited, code=killed, status=11/SEGV",
    "xenforeignmemory_map_resource_with_flags at ffffffff81000000+0x1d/0x20",
  ])("keeps what tells the reason: %s", (line) => {
    expect(withoutSecrets(line)).toBe(line);
  });
});
