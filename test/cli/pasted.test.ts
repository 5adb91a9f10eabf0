/** An NVRAM in the middle of other text, and in mails. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { healthyBlob } from "../builders/blob.ts";
import { hexDumpOf } from "../builders/hex-dump.ts";
import { put, run, temporaryFolder, UUID_A, UUID_B } from "./run.ts";

const folder = temporaryFolder();
const blob = healthyBlob();
const base64 = Buffer.from(blob).toString("base64");
const lines = base64.match(/.{1,76}/g) ?? [];
const each = (change: (line: string, i: number) => string): string => lines.map(change).join("\n");
let files = 0;

// biome-ignore lint/suspicious/noExplicitAny: the report as a script sees it.
function inputsOf(content: string | Uint8Array, ending = "txt"): any[] {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const path = put(folder, `paste-${files++}.${ending}`, bytes);
  return JSON.parse(run([path, "--format", "json"]).stdout).inputs;
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
const vmsOf = (content: string | Uint8Array, ending?: string): any[] =>
  inputsOf(content, ending).flatMap(({ vms }) => vms);

describe("a paste", () => {
  it.each([
    ["quoted", each((line) => `> ${line}`)],
    ["quoted twice, below words", `Somebody wrote:\n${each((line) => `> > ${line}`)}\n`],
    ["numbered as cat -n does", each((line, i) => `${String(i + 1).padStart(6)}\t${line}`)],
    ["numbered as grep -n does", each((line, i) => `${i + 12}:${line}`)],
    ["numbered as a forum does", each((line, i) => `${i + 1} | ${line}`)],
    ["strings of Python", `x = (\n${each((line) => `    "${line}"`)}\n)\n`],
    ["strings of C", each((line) => `"${line}" \\`)],
    ["with the key, quoted", each((line, i) => `> ${i === 0 ? "EFI-variables: " : ""}${line}`)],
    ["with the key, numbered", each((line, i) => `${i + 1}\t${i === 0 ? "EFI-variables: " : ""}${line}`)],
    ["below words, CRLF", `Hello,\r\n\r\n${lines.join("\r\n")}\r\n\r\nThanks\r\n`],
    [
      "a hex dump, quoted",
      hexDumpOf(blob, "xxd")
        .split("\n")
        .map((line) => `> ${line}`)
        .join("\n"),
    ],
    ["a hex dump below words", `Here:\n\n${hexDumpOf(blob, "hexdump -C")}\n\nThanks\n`],
  ])("%s", (_name, content) => {
    const vms = vmsOf(content);
    expect(vms).toHaveLength(1);
    expect(vms[0].nvram).toMatchObject({ loads: true, bytes: blob.length });
  });

  it("of JSON records keeps UUID, name and platform of each", () => {
    const record = (uuid: string, secureboot: string) => ({
      uuid,
      name_label: `vm {${secureboot}} "x"`,
      platform: { secureboot },
      NVRAM: { "EFI-variables": base64 },
    });
    const [a, b] = [record(UUID_A, "true"), record(UUID_B, "false")];
    const text = `vm.start {not json\n${JSON.stringify(a, null, 2)}\nand\n\`\`\`json\n${JSON.stringify({ result: [b] })}\n\`\`\`\n`;
    expect(vmsOf(text).map(({ uuid, nameLabel, secureBoot }) => [uuid, nameLabel, secureBoot])).toEqual([
      [UUID_A, 'vm {true} "x"', true],
      [UUID_B, 'vm {false} "x"', false],
    ]);
  });

  it("near misses: words alone, and numbers that are none of lines", () => {
    for (const text of [
      "> EFI-variables is a key\n> of the map\n",
      "1. EFI\n2. VkFS\n",
      '{"a": "VkFS"} and { "b": 1\n',
    ])
      expect(inputsOf(text)[0].error.code).toBe("unrecognised");
  });

  it("is bounded: braces that nothing closes, and a text of ten million characters", () => {
    const braces = `"NVRAM": {"uuid": "x" ${'{"a": '.repeat(200_000)}`;
    expect(inputsOf(`log ${braces}`)[0].error).not.toBeNull();
    expect(inputsOf(`${each((line) => `> ${line}`)}\n${"> word ".repeat(1_500_000)}`)[0].format).toBe(
      "pasted",
    );
  }, 60_000);
});

const mail = (...parts: readonly string[]): string =>
  [
    "From: a@example.org",
    "Subject: x",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed;\n boundary="=_b"',
    "",
    "preamble",
    ...parts.map((part) => `--=_b\n${part}`),
    "--=_b--",
    "",
  ].join("\n");
const attachment = (name: string, bytes: Uint8Array): string =>
  `Content-Type: application/octet-stream; name="${name}"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="${name}"\n\n${Buffer.from(bytes).toString("base64").replaceAll(/.{76}/g, "$&\n")}\n`;

describe("a mail", () => {
  it("is an archive of its texts and attachments", () => {
    const quoted = `EFI-variables: ${base64}`.replaceAll("=", "=3D").replaceAll(/.{70}/g, "$&=\n");
    const text = `Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n${quoted}\n`;
    const inputs = inputsOf(
      mail(text, attachment("vm.vars", blob), attachment("vm.vars", gzipSync(blob))),
      "eml",
    );
    expect(inputs.map(({ path, format }) => [path.replace(/^.*!/, ""), format]).slice(1)).toEqual([
      ["text-1.txt", "nvram-text"],
      ["vm.vars", "vars"],
      ["2-vm.vars", "vars"],
    ]);
    for (const { vms } of inputs.slice(1)) expect(vms[0].nvram.loads).toBe(true);
  });

  it("has its attachments also where it stands in another, with CRLF, and cut", () => {
    const inner = `Content-Type: message/rfc822\n\n${mail(attachment("a.vars", blob))}`;
    expect(vmsOf(mail(inner), "eml")).toHaveLength(1);
    expect(vmsOf(mail(attachment("a.vars", blob)).replaceAll("\n", "\r\n"), "eml")[0].nvram.loads).toBe(true);
    expect(vmsOf(mail(attachment("a.vars", blob)).slice(0, -400), "eml")[0].nvram.loads).toBe(false);
  });

  it("is no input of commands that take one dump: they say so", () => {
    const path = put(folder, "one.eml", new TextEncoder().encode(mail(attachment("a.vars", blob))));
    const { status, stderr } = run(["inspect", path]);
    expect([status, stderr]).toEqual([3, expect.stringContaining("save it from the mail")]);
  });
});
