/** The list of formats. An input may look like several formats: the first of the list whose `probe` says yes gets it, so the surest signs come first. */
import { hasBytesAt } from "../bytes.ts";
import { archive } from "./archive.ts";
import { authFile } from "./auth-file.ts";
import { bugReport } from "./bug-report.ts";
import { efivarfs } from "./efivarfs.ts";
import { BASE64_OF_MAGIC, efivarsB64 } from "./efivars-b64.ts";
import type { ContainerFormat, InputFormat, StreamedFormat } from "./format.ts";
import { hexDump } from "./hex-dump.ts";
import { hostLog } from "./host-log.ts";
import { nvramJson } from "./nvram-json.ts";
import { nvramText } from "./nvram-text.ts";
import { ova } from "./ova.ts";
import { ovaXml } from "./ova-xml.ts";
import { ovf } from "./ovf.ts";
import { pasted } from "./pasted.ts";
import { rpmList } from "./rpm-list.ts";
import { signatureLists } from "./signature-lists.ts";
import { suspendImage } from "./suspend-image.ts";
import { uefiCertificates } from "./uefi-certificates.ts";
import { uefiJson } from "./uefi-json.ts";
import { vars } from "./vars.ts";
import { windowsEvents } from "./windows-events.ts";
import { xapiDb } from "./xapi-db.ts";
import { xoCache } from "./xo-cache.ts";
import { xoConfig } from "./xo-config.ts";
import { xoEncryption } from "./xo-encryption.ts";
import { xoPoolMetadata } from "./xo-pool-metadata.ts";
import { xva } from "./xva.ts";
import { yumLog } from "./yum-log.ts";

/** Formats that are read as a whole, in memory. */
export const FORMATS: readonly InputFormat[] = [
  vars,
  authFile,
  uefiCertificates,
  pasted,
  efivarsB64,
  hexDump,
  ovaXml,
  ovf,
  xoEncryption,
  xoPoolMetadata,
  xoConfig,
  nvramJson,
  uefiJson,
  nvramText,
  windowsEvents,
  signatureLists,
  efivarfs,
];

/**
 * The format of an input that begins with the magic of a blob, or with its base64, as most inputs do: there is no need to ask every
 * `probe`, which costs as much as reading the input. Null where `probe` has to be asked.
 */
export function formatAtOnce(head: Uint8Array): InputFormat | null {
  if (vars.probe(head)) return vars;
  return hasBytesAt(head, 0, BASE64_OF_MAGIC) && efivarsB64.probe(head) && !pasted.probe(head)
    ? efivarsB64
    : null;
}

/** Formats that are read in pieces. They are asked before FORMATS. */
export const STREAMED_FORMATS: readonly StreamedFormat[] = [
  xapiDb,
  xoCache,
  suspendImage,
  yumLog,
  hostLog,
  rpmList,
];

/** Formats with members: `library/` opens the members one by one. */
const CONTAINER_FORMATS: readonly ContainerFormat[] = [xva, ova, archive, bugReport];

export const ALL_FORMATS: readonly (InputFormat | StreamedFormat | ContainerFormat)[] = [
  ...FORMATS,
  ...STREAMED_FORMATS,
  ...CONTAINER_FORMATS,
];
