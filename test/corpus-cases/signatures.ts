/** Signature lists: owners, copies, sizes; and the layout of base64. */
import { ascii } from "../../parsers/bytes.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  concat,
  healthyBlob,
  incidentBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  sha256List,
  XCP_NG_OWNER,
} from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";

const withDbx = (dbx: Uint8Array) => makeBlob([...bootVariables(), ...keyVariables(MICROSOFT_OWNER, dbx)]);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const wrapped = (text: string) => text.replaceAll(/.{76}/g, "$&\n");

function overrun(list: Uint8Array, extra: number): Uint8Array {
  new DataView(list.buffer).setUint32(16, list.length + extra, true);
  return list;
}

export const cases: readonly CorpusCase[] = [
  {
    name: "wrong-signature-owner",
    title: "KEK, db and dbx planted under the XCP-ng owner; the blob still loads.",
    file: "input.vars",
    bytes: () => incidentBlob(10, 0),
  },
  {
    name: "wrong-signature-owner-near-miss",
    title: "The XCP-ng owner in PK alone, where it is right.",
    file: "input.vars",
    bytes: healthyBlob,
  },
  {
    name: "duplicate-signature",
    title: "Three hashes of dbx are there twice, under two owners; one of them also under the same owner.",
    file: "input.vars",
    bytes: () =>
      withDbx(
        concat(
          sha256List(MICROSOFT_OWNER, 5),
          sha256List(CUSTOM_OWNER, 2),
          sha256List(MICROSOFT_OWNER, 1, 4),
        ),
      ),
  },
  {
    name: "duplicate-signature-near-miss",
    title: "Hashes of dbx in several lists, each once.",
    file: "input.vars",
    bytes: () => withDbx(concat(sha256List(MICROSOFT_OWNER, 5), sha256List(MICROSOFT_OWNER, 3, 5))),
  },
  {
    name: "malformed-signature-list",
    title: "The list of dbx claims 1000 bytes more than there are; its entries are whole.",
    file: "input.vars",
    bytes: () => withDbx(overrun(sha256List(MICROSOFT_OWNER, 5), 1000)),
  },
  {
    name: "malformed-signature-list-near-miss",
    title: "The list of dbx claims exactly the bytes that are there.",
    file: "input.vars",
    bytes: () => withDbx(overrun(sha256List(MICROSOFT_OWNER, 5), 0)),
  },
  {
    name: "malformed-signature-list-part",
    title: "The last entry of dbx is cut: nothing safe can be done.",
    file: "input.vars",
    bytes: () => withDbx(sha256List(XCP_NG_OWNER, 5).slice(0, -7)),
  },
  {
    name: "malformed-signature-list-zero",
    title: "A list size of zero, on which the daemon's filter would never end.",
    file: "input.vars",
    bytes: () => withDbx(new Uint8Array(28)),
  },
  {
    name: "malformed-signature-list-over-limit",
    title:
      "The dbx of the incident with one zero byte behind its lists: merged, it fits, and nothing has to be deleted.",
    file: "input.vars",
    bytes: () =>
      makeBlob([
        ...bootVariables(),
        ...keyVariables(
          XCP_NG_OWNER,
          concat(sha256List(XCP_NG_OWNER, 827), sha256List(MICROSOFT_OWNER, 431, 1), new Uint8Array(1)),
        ),
      ]),
  },
  {
    name: "base64-not-loadable",
    title: "Base64 wrapped at 76 columns, as a mail program sends it.",
    file: "input.txt",
    bytes: () => ascii(wrapped(base64(healthyBlob()))),
  },
  {
    name: "base64-not-loadable-near-miss",
    title: "Base64 on one line, as the host's script backs it up.",
    file: "input.efivars.b64",
    bytes: () => ascii(base64(healthyBlob())),
  },
  {
    name: "base64-not-loadable-in-record",
    title: "A record whose base64 has line breaks: the daemon decodes nothing of it.",
    file: "input.json",
    bytes: () => ascii(JSON.stringify({ NVRAM: { "EFI-variables": wrapped(base64(healthyBlob())) } })),
  },
  {
    name: "base64-not-loadable-blank-behind",
    title: "A blank behind the base64: the daemon reads such a text, the host's restore command does not.",
    file: "input.txt",
    bytes: () => ascii(`${base64(healthyBlob())} `),
  },
  {
    name: "base64-not-loadable-tail-with-variable",
    title: "Behind the base64 of a blob without a dbx, and a stray character, stands the base64 of a dbx.",
    file: "input.txt",
    bytes: () => ascii(`${base64(withoutDbx())}!${base64(dbxRecord())}`),
  },
  {
    name: "base64-not-loadable-tail-with-variable-near-miss",
    title:
      "Behind the base64 and a stray character stands a remark: nothing of a variable can be read in it.",
    file: "input.txt",
    bytes: () => ascii(`${base64(withoutDbx())}! saved before the update of the host`),
  },
  {
    name: "base64-in-record-with-padding-inside",
    title: "A record whose base64 has `=` where `A` stood: the daemon reads both alike, and takes it.",
    file: "input.json",
    bytes: () =>
      ascii(JSON.stringify({ NVRAM: { "EFI-variables": base64(makeBlob([])).replace(/A(?=.{40}$)/, "=") } })),
  },
];

function withoutDbx(): Uint8Array {
  return makeBlob(keyVariables(MICROSOFT_OWNER, new Uint8Array(0)).slice(0, 3));
}

/** The bytes of one record. */
function dbxRecord(): Uint8Array {
  return makeBlob([makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, 20))], 1).slice(24);
}
