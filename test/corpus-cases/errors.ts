/** One case for each way in which an input is no dump, or not a whole one. */
import { ascii } from "../../parsers/bytes.ts";
import { healthyBlob } from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { makeOvaXml, vmObject } from "../builders/ova-xml.ts";
import { makeXva } from "../builders/tar.ts";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

function ovaXml(): Uint8Array {
  const NVRAM = { "EFI-variables": base64(healthyBlob()) };
  return makeOvaXml([
    vmObject("Ref:1", { uuid: "00000000-0000-4000-8000-000000000301", name_label: "test", NVRAM }),
  ]);
}

/** As the value of a record, where a broken blob is a verdict. */
const inRecord = (blob: Uint8Array): Uint8Array =>
  ascii(JSON.stringify({ NVRAM: { "EFI-variables": base64(blob) } }));

/** Magic, deflate, no name; then a block of the reserved kind (RFC 1951 §3.2.3). */
const BROKEN_GZIP = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, ...new Uint8Array(32).fill(0xff));

export const cases: readonly CorpusCase[] = [
  {
    name: "error-empty-input",
    title: "A file of no bytes, as a disk that was full leaves it.",
    file: "input.vars",
    bytes: () => new Uint8Array(0),
  },
  {
    name: "error-unrecognised",
    title: "A note that somebody put beside the dumps.",
    file: "input.txt",
    bytes: () => ascii("The export is on the other share.\n"),
  },
  {
    name: "error-truncated",
    title: "The head of an export, cut in the middle of ova.xml.",
    file: "input.xva",
    bytes: () => makeXva([{ name: "ova.xml", bytes: ovaXml() }]).slice(0, 4096),
  },
  {
    name: "error-bad-magic",
    title: "A blob of which the first bytes are damaged; everything behind them is whole.",
    file: "input.vars",
    bytes: () => healthyBlob().fill(0x58, 0, 2),
  },
  {
    name: "error-bad-structure",
    title: "JSON with an NVRAM, and a comma too many.",
    file: "input.json",
    bytes: () => ascii(`{"NVRAM": {"EFI-variables": "${base64(healthyBlob())}",}}`),
  },
  {
    name: "error-no-ova-xml",
    title: "An archive that is none of an export: it has no ova.xml.",
    file: "input.tar",
    bytes: () => makeXva([{ name: "Ref:3/00000000", bytes: new Uint8Array(4096).fill(0x5a) }]),
  },
  {
    name: "error-no-nvram",
    title: "A metadata export without any VM.",
    file: "input.xml",
    bytes: () => makeOvaXml([]),
  },
  {
    name: "error-dtd-refused",
    title: "An ova.xml with a document type, by which entities could be made.",
    file: "input.xml",
    bytes: () =>
      ascii('<?xml version="1.0"?>\n<!DOCTYPE value [<!ENTITY a "a">]>\n<value><struct></struct></value>\n'),
  },
  {
    name: "error-over-limit",
    title: "JSON that is nested deeper than any record.",
    file: "input.json",
    bytes: () => ascii(`{"NVRAM": ${"[".repeat(400)}${"]".repeat(400)}}`),
  },
  {
    name: "error-corrupt-compression",
    title: "A gzip file of which the content is damaged.",
    file: "input.xva.gz",
    bytes: () => BROKEN_GZIP,
  },
  {
    name: "ancillary-cut",
    title: "A blob of version 2 that ends within the 268 bytes behind its header.",
    file: "input.json",
    bytes: () => inRecord(healthyBlob().slice(0, 100)),
  },
];
