/** A machine without Node: what a page and other programs compute with. */
import type { Machine } from "../../library/world.ts";
import { equalBytes } from "../../parsers/bytes.ts";
import { decodeBase64 } from "./base64.ts";
import { readCertificate } from "./certificate.ts";
import { sha1, sha256, sha384, sha512 } from "./hashes.ts";
import { portableInflater } from "./inflater.ts";
import { turn } from "./turn.ts";
import { portableSignatureVerifier } from "./verifier.ts";

export const portableMachine: Machine = {
  platform: {
    decodeBase64,
    sha1,
    sha256,
    sha384,
    sha512,
    equalBytes,
    indexOfByte: (bytes, byte, from) => bytes.indexOf(byte, from),
    hashSeed: Math.floor(Math.random() * 2 ** 32),
    parseCertificate: readCertificate,
  },
  makeInflater: async (kind) => portableInflater(kind),
  newSha256: () => sha256.create(),
  verifier: async () => portableSignatureVerifier,
  turn,
};
