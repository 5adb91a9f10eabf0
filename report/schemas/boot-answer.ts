/** JSON Schema of what is said of one VM's start: of `boot --format json`, and of `vms[].boot` in a report. */
import { GENERATIONS } from "../../firmware/generation.ts";
import { SCENARIOS } from "../boot.ts";
import { array, count, flag, object, oneOf, orNull, type Schema, SHA256, text } from "./common.ts";

const IMAGE = object({
  sha256: { ...SHA256, description: "of the file" },
  authenticode: {
    type: "object",
    additionalProperties: { type: "string", pattern: "^[0-9a-f]+$" },
    description: "hash of what signatures cover, by algorithm",
  },
  signers: array(object({ subject: text(), issuer: text() }), "of each signature, in their order"),
  sbat: array(text("component,generation")),
  svn: orNull(text("security version of a Windows boot manager")),
});

const WHY = orNull(
  object({ rule: text("stable"), variable: orNull(text()), entry: orNull(count("from 0")) }),
);

const ATTEMPT = object({
  entry: text("Boot0001, or fallback for what the firmware looks for by itself"),
  description: text(),
  disk: orNull(text()),
  partition: orNull(count()),
  path: orNull(text("on its volume")),
  found: flag(),
  image: orNull(IMAGE),
  status: orNull(oneOf(["started", "access-denied", "not-found", "unsupported"], "null: cannot be told")),
  why: WHY,
  // biome-ignore lint/suspicious/noThenProperty: the name that scripts know, and a list, no function
  then: array(
    object({ path: orNull(text()), starts: orNull(flag()), why: text("stable") }),
    "what came behind shim",
  ),
});

const FIRMWARE = oneOf(
  [...GENERATIONS, "2018"],
  "202208 is that of XCP-ng 8.3; newer is EDK2 from stable202311 on; 2018 that of XCP-ng 8.2, of which nothing is known",
);

const SCENARIO = object({
  scenario: {
    type: "string",
    pattern: `^(?:${SCENARIOS.join("|")}|update:.+)$`,
    description: "update: and the id of a known update of dbx, after the repair where there is one",
  },
  firmware: FIRMWARE,
  secureBoot: orNull(flag()),
  starts: orNull(flag("null: cannot be known")),
  unknown: orNull(text("why it cannot be known")),
  refusal: orNull(object({ code: text(), message: text() }, "why the daemon does not load the NVRAM")),
  attempts: array(ATTEMPT),
  pcr7: orNull({ ...SHA256, description: "SHA-256 bank" }),
  pcr7Events: array(
    object({
      type: oneOf(["EV_EFI_VARIABLE_DRIVER_CONFIG", "EV_SEPARATOR", "EV_EFI_VARIABLE_AUTHORITY"]),
      name: text(),
      sha256: SHA256,
    }),
  ),
});

const DISK = object({
  ref: text("Ref: and a number, as in ova.xml; disk for a bare one"),
  bytes: count(),
  table: orNull(oneOf(["gpt", "mbr"])),
  partitions: array(object({ number: count(), type: text(), start: count(), bytes: count() })),
});

const LOADER = object({
  disk: text(),
  partition: count(),
  path: text(),
  image: IMAGE,
  accepted: orNull(flag("by the firmware of 202208 with Secure Boot on, as stored; null: cannot be known")),
  why: WHY,
});

export const BOOT_ANSWER: Readonly<Record<string, Schema>> = {
  firmware: { ...FIRMWARE, description: "what the hosts have, as far as the input tells: it decides" },
  hasVtpm: orNull(flag()),
  disks: array(DISK),
  scenarios: array(SCENARIO),
  loaders: array(LOADER, "programs on the system partitions, whether or not an entry leads to them"),
  loadersWhole: flag("false where some of them were left out"),
};
