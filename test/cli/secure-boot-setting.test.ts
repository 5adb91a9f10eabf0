/** `platform:secureboot=auto`: what it comes to, and how each form of output tells it. */
import { describe, expect, it } from "vitest";
import { ascii } from "../../parsers/bytes.ts";
import { bootVariables, healthyBlob, makeBlob } from "../builders/blob.ts";
import { base64, HEALTHY_FILES, hostArchive } from "../builders/certificates.ts";
import { makeXva } from "../builders/tar.ts";
import { makeDatabase, poolRow, vmRow } from "../builders/xapi-db.ts";
import { put, run, temporaryFolder } from "./run.ts";

const root = temporaryFolder();
const UUID = "00000000-0000-4000-8000-000000000301";
const OTHER = "00000000-0000-4000-8000-000000000302";
const recordOf = (blob: Uint8Array, secureboot: string, uuid = UUID) =>
  ascii(
    JSON.stringify({
      uuid,
      name_label: "guest",
      platform: { secureboot },
      NVRAM: { "EFI-variables": base64(blob) },
    }),
  );
const HOST = base64(hostArchive(HEALTHY_FILES));
const database = (hosts: string) =>
  makeDatabase({
    VM: [vmRow({ uuid: OTHER, name_label: "other", NVRAM: { "EFI-variables": base64(healthyBlob()) } })],
    pool: [poolRow({ hosts })],
  });
const poolMetadata = ascii(
  JSON.stringify({ jobId: "j", pool: { uuid: OTHER, uefi_certificates: HOST }, poolMaster: {} }),
);

interface Told {
  readonly secureBoot: boolean | null;
  readonly secureBootSetting: unknown;
  readonly verdict: string;
}

function vmsOf(name: string, bytes: Uint8Array): Map<string, Told> {
  const { stdout } = run(["analyze", put(root, name, bytes), "--format", "json", "--as-of", "2026-11-22"]);
  const { inputs } = JSON.parse(stdout) as { inputs: { vms: (Told & { uuid: string })[] }[] };
  return new Map(inputs.flatMap(({ vms }) => vms.map((vm) => [vm.uuid, vm] as const)));
}

const member = (name: string, bytes: Uint8Array) => ({ name, bytes });

describe("Secure Boot auto", () => {
  const auto = put(root, "auto.json", recordOf(makeBlob(bootVariables()), "auto"));

  it.each([
    ["true", true, true],
    ["false", false, false],
    ["auto", null, "auto"],
  ])("%s from a record alone", (text, secureBoot, secureBootSetting) => {
    const told = vmsOf(`alone-${text}.json`, recordOf(healthyBlob(), text)).get(UUID);
    expect(told).toMatchObject({ secureBoot, secureBootSetting, verdict: "healthy" });
  });

  it.each([
    [
      "after it",
      [member("vm.json", recordOf(makeBlob(bootVariables()), "auto")), member("db.xml", database(HOST))],
      true,
    ],
    [
      "before it",
      [member("db.xml", database("")), member("vm.json", recordOf(makeBlob(bootVariables()), "auto"))],
      false,
    ],
    [
      "in the metadata of a pool's backup",
      [member("vm.json", recordOf(makeBlob(bootVariables()), "auto")), member("metadata.json", poolMetadata)],
      true,
    ],
    [
      "twice and in two ways",
      [
        member("vm.json", recordOf(makeBlob(bootVariables()), "auto")),
        member("a.xml", database(HOST)),
        member("b.xml", database("")),
      ],
      null,
    ],
    [
      "nowhere",
      [
        member("vm.json", recordOf(makeBlob(bootVariables()), "auto")),
        member("vm2.json", recordOf(healthyBlob(), "true", OTHER)),
      ],
      null,
    ],
  ] as const)("is decided by the pool %s in the same archive", (where, members, secureBoot) => {
    const vms = vmsOf(`${where.replaceAll(/\W/g, "-")}.tar`, makeXva([...members]));
    expect(vms.get(UUID)).toMatchObject({
      secureBoot,
      secureBootSetting: "auto",
      verdict: secureBoot === false ? "healthy" : "at-risk",
    });
    expect(vms.get(OTHER)?.secureBootSetting ?? true).toBe(true);
  });

  it("is told in every form, and never as off", () => {
    const words = "Secure Boot auto: on where the pool has certificates";
    const flat = (text: string) => text.replaceAll(/\s+/g, " ");
    for (const args of [
      ["analyze", auto],
      ["inspect", auto],
      ["analyze", auto, "--format", "html"],
    ]) {
      const { stdout } = run([...args]);
      expect(flat(stdout), args.join(" ")).toContain(words);
      expect(stdout).not.toContain("Secure Boot off");
    }
  });

  it("is told with what it comes to", () => {
    const platform = { secureboot: "auto" };
    const NVRAM = { "EFI-variables": base64(healthyBlob()) };
    const told = (hosts: string) => {
      const bytes = makeDatabase({
        VM: [vmRow({ uuid: UUID, name_label: "guest", NVRAM, platform })],
        pool: [poolRow({ hosts })],
      });
      return run(["analyze", put(root, "told.xml", bytes)]).stdout.replaceAll(/\s+/g, " ");
    };
    expect(told(HOST)).toContain("Secure Boot on (auto: the pool has certificates)");
    const off = told("");
    expect(off).toContain("Secure Boot off (auto: the pool has no certificates)");
    expect(off).toContain("Its NVRAM loads. Secure Boot is off: no signature is checked at its start.");
    expect(off).not.toMatch(/nothing in it breaks|nothing is wrong/);
  });
});
