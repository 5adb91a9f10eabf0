/** What varscope says of an input that is no NVRAM: its name, what was expected, and the command that gets one. */
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../parsers/bytes.ts";
import { healthyBlob } from "../builders/blob.ts";
import { hexDumpOf } from "../builders/hex-dump.ts";
import { makeXva } from "../builders/tar.ts";
import { put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const COMMAND =
  /xe vm-param-get uuid=\S+( uuid>)? param-name=NVRAM param-key=EFI-variables --minimal > \S+\.efivars\.b64/;

/** The one error of the report, as table and JSON tell it. */
function refusal(name: string, content: Uint8Array | string) {
  const path = put(folder, name, content);
  const table = run([path]);
  const json = run([path, "--format", "json"]);
  expect(json.status).toBe(table.status);
  const { format, error } = JSON.parse(json.stdout).inputs[0];
  expect(table.stdout.replaceAll(/\s+/g, " ")).toContain(error.message.replaceAll(/\s+/g, " "));
  return { status: table.status, format, ...error };
}

describe("a refusal", () => {
  it.each<[string, Uint8Array | string, RegExp]>([
    [
      "edk2.raw",
      concatBytes([new Uint8Array(40), ascii("_FVH"), new Uint8Array(1024)]),
      /variable store of EDK2/,
    ],
    ["vm.nvram", concatBytes([ascii("MRVN"), new Uint8Array(512)]), /VMware/],
    [
      "a.ova",
      makeXva([{ name: "a.ovf", bytes: ascii('<Envelope><x key="firmware" value="efi"/></Envelope>') }]),
      /\(OVA\).*firmware=efi.*no NVRAM of varstored/,
    ],
    ["prompt.txt", "[14:02 host1 ~]# ls\nbackup.xva\n", /shell's prompt/],
    ["dump.txt", hexDumpOf(new Uint8Array(64).fill(0xa1), "xxd"), /hex dump of something else.*a1 a1/],
    ["note.txt", "The export is on the other share.\n", /text that begins with/],
  ])("names %s and says what to ask for", (name, content, expected) => {
    const { status, code, message } = refusal(name, content);
    expect(status).toBe(3);
    expect(code).toBe("unrecognised");
    expect(message).toMatch(expected);
    expect(message).toMatch(COMMAND);
  });

  it.each(["20260801T010000Z.json", "20260801T010000Z.xva", "cache.json.gz"])(
    "says of %s with random bytes that an encrypted remote has such files",
    (name) => {
      const random = Uint8Array.from({ length: 512 }, (_, i) => (i * 197 + 131) & 0xff);
      const { status, message } = refusal(name, random);
      expect(status).toBe(3);
      expect(message).toMatch(/remote looks that Xen Orchestra encrypts/);
    },
  );

  it("does not say so of random bytes under any other name", () => {
    const random = Uint8Array.from({ length: 512 }, (_, i) => (i * 197 + 131) & 0xff);
    expect(refusal("x.json", random).message).not.toMatch(/encrypts/);
  });

  it("tells of a hex dump without some of its lines, and judges nothing", () => {
    const text = hexDumpOf(healthyBlob(), "xxd").split("\n").toSpliced(6, 3).join("\n");
    const { status, code, message } = refusal("cut.txt", text);
    expect([status, code]).toEqual([3, "truncated"]);
    expect(message).toMatch(/lines of the dump are missing/);
  });
});

it("a hex dump is judged and repaired as the NVRAM that it is", () => {
  const path = put(folder, "vm.hex", hexDumpOf(healthyBlob(), "hexdump -C"));
  const { status, stdout } = run([path, "--format", "json"]);
  expect(status).toBe(0);
  expect(JSON.parse(stdout).inputs[0]).toMatchObject({ format: "hex-dump", vms: [{ verdict: "healthy" }] });
});
