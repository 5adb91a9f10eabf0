/** JSON Schema of `boot --format json`. */
import { GENERATIONS } from "../../firmware/generation.ts";
import { SCHEMA_VERSION } from "../report.ts";
import {
  array,
  count,
  document,
  flag,
  object,
  oneOf,
  orNull,
  type Schema,
  SHA256,
  TOOL_SCHEMA,
  text,
} from "./common.ts";
import { ERROR } from "./report.ts";

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

const ATTEMPT = object({
  entry: text("Boot0001, or fallback for what the firmware looks for by itself"),
  description: text(),
  disk: orNull(text()),
  partition: orNull(count()),
  path: orNull(text("on its volume")),
  found: flag(),
  image: orNull(IMAGE),
  status: orNull(oneOf(["started", "access-denied", "not-found", "unsupported"], "null: cannot be told")),
  why: orNull(object({ rule: text("stable"), variable: orNull(text()), entry: orNull(count("from 0")) })),
  // biome-ignore lint/suspicious/noThenProperty: the name that scripts know, and a list, no function
  then: array(
    object({ path: orNull(text()), starts: orNull(flag()), why: text("stable") }),
    "what came behind shim",
  ),
});

const SCENARIO = object({
  scenario: oneOf(["as-stored", "repaired", "secure-boot-on", "secure-boot-off"]),
  firmware: oneOf(GENERATIONS, "202208 is that of XCP-ng 8.3; newer is EDK2 from stable202311 on"),
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

const VM = object({
  uuid: orNull(text()),
  nameLabel: orNull(text()),
  secureBoot: orNull(flag()),
  hasVtpm: orNull(flag()),
  disks: array(DISK),
  scenarios: array(SCENARIO),
});

export const BOOT_SCHEMA: Schema = document(
  "varscope boot",
  object({
    schemaVersion: { const: SCHEMA_VERSION },
    tool: TOOL_SCHEMA,
    inputs: array(object({ path: text(), error: orNull(ERROR), vms: array(VM), bytesRead: count() })),
  }),
);
