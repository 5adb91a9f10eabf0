import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodePlatform } from "../../../cli/io/platform-node.ts";
import { ascii, concatBytes, toHex } from "../../../parsers/bytes.ts";
