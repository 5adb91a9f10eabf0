/**
 * A VHD by its first and last bytes, as Xen Orchestra opens one: the header stands behind the first footer, and the last 512 bytes
 * are that footer again (vhd-lib, VhdFile.js, readHeaderAndFooter; _utils.js, unpackFooter). A fixed one has its footer at its end alone.
 */
import { equalBytes } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { isVhd, readVhdFooter, readVhdHeader, VHD_FOOTER_BYTES, VHD_HEADER_BYTES } from "./vhd.ts";

/** What is read of its beginning: footer and header. */
export const VHD_HEAD_BYTES: number = VHD_FOOTER_BYTES + VHD_HEADER_BYTES;

export interface VhdEnds {
  /** Why it is no whole VHD; null where its ends do not tell that. */
  readonly fault: string | null;
  /** Of a differencing one: how it names the file of its parent. Empty where it names none. */
  readonly parentName: string | null;
}

/** `head`: its first VHD_HEAD_BYTES, `end`: at least its last 512, or all that it has. */
export function vhdEnds(bytes: number, head: Uint8Array, end: Uint8Array): VhdEnds {
  const wrong = (fault: string): VhdEnds => ({ fault, parentName: null });
  if (bytes < VHD_FOOTER_BYTES)
    return wrong(`has ${bytes} bytes, and the footer of a VHD alone needs ${VHD_FOOTER_BYTES}`);
  const last = end.subarray(Math.max(0, end.length - VHD_FOOTER_BYTES));
  if (!isVhd(head)) return isVhd(last) ? fixedEnds(bytes, last) : wrong(`is no VHD: ${NO_FOOTER}`);
  const first = head.subarray(0, VHD_FOOTER_BYTES);
  const [fault, footer] = attempt(() => readVhdFooter(first, ""));
  if (fault !== null) return wrong(`is damaged in its first ${VHD_FOOTER_BYTES} bytes: ${fault}`);
  if (!isVhd(last))
    return wrong(
      `does not end as a VHD does: its last ${VHD_FOOTER_BYTES} bytes are no footer, so it is cut or was added to`,
    );
  if (!equalBytes(first, last)) return wrong("is damaged: the footers at its beginning and its end differ");
  if (footer === null || footer.kind === "fixed") return { fault: null, parentName: null };
  const [damage, header] = attempt(() => readVhdHeader(head.subarray(VHD_FOOTER_BYTES), ""));
  if (damage !== null) return wrong(`is damaged in its header: ${damage}`);
  if (header === null) return { fault: null, parentName: null };
  const least = header.tableOffset + 4 * header.entries + VHD_FOOTER_BYTES;
  if (bytes < least)
    return wrong(`has ${bytes} bytes, and needs ${least} for its table of blocks alone: it is cut`);
  return { fault: null, parentName: footer.kind === "differencing" ? header.parentName : null };
}

const NO_FOOTER = `neither its first nor its last ${VHD_FOOTER_BYTES} bytes are the footer of one`;

function fixedEnds(bytes: number, last: Uint8Array): VhdEnds {
  const wrong = (fault: string): VhdEnds => ({ fault, parentName: null });
  const [fault, footer] = attempt(() => readVhdFooter(last, ""));
  if (fault !== null) return wrong(`is damaged in its last ${VHD_FOOTER_BYTES} bytes: ${fault}`);
  if (footer !== null && footer.kind !== "fixed")
    return wrong(`is damaged: it ends as a ${footer.kind} VHD, and does not begin as one`);
  const least = (footer?.size ?? 0) + VHD_FOOTER_BYTES;
  return bytes < least
    ? wrong(`has ${bytes} bytes, and a fixed disk of this size takes ${least}: it is cut`)
    : { fault: null, parentName: null };
}

/** Why it is wrong, or what it says; neither where it is beyond what we read. */
function attempt<T>(read: () => T): readonly [fault: string | null, value: T | null] {
  try {
    return [null, read()];
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    if (error.code === "over-limit") return [null, null];
    return [`expected ${error.expected}, found ${error.found}`, null];
  }
}
