/** The list of formats. Where several may claim an input, the first does: the stronger sign comes first. */
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

/** Read as a whole. */
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
 * What begins with the magic, or with the base64 of it, is no other format's. Asking all of them costs as much as reading it,
 * and most inputs begin so. Null where the others have to be asked.
 */
export function formatAtOnce(head: Uint8Array): InputFormat | null {
  if (vars.probe(head)) return vars;
  return hasBytesAt(head, 0, BASE64_OF_MAGIC) && efivarsB64.probe(head) && !pasted.probe(head)
    ? efivarsB64
    : null;
}

/** Formats that are read in pieces; what one of them claims is no other's. */
export const STREAMED_FORMATS: readonly StreamedFormat[] = [
  xapiDb,
  xoCache,
  suspendImage,
  yumLog,
  hostLog,
  rpmList,
];

/** Opened by whoever reads the files in them. */
const CONTAINER_FORMATS: readonly ContainerFormat[] = [xva, ova, archive, bugReport];

export const ALL_FORMATS: readonly (InputFormat | StreamedFormat | ContainerFormat)[] = [
  ...FORMATS,
  ...STREAMED_FORMATS,
  ...CONTAINER_FORMATS,
];
