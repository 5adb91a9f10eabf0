/** Variables as a Linux guest shows them below /sys/firmware/efi/efivars: one file of them; a folder of them is put together by whoever walks it. */
import { ParseError } from "../errors.ts";
import { efivarfsName, hasAttributes, isTellingName, readEfivarfsFile } from "../guest/efivarfs.ts";
import { hasSignatureList } from "../guest/signature-lists.ts";
import { copyOfView, overLimit, type SeenVariable } from "../guest/view.ts";
import { kindOfGuid } from "../guids.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
import { checkSize, collectDump, type InputFormat } from "./format.ts";

declare module "../model.ts" {
  interface FormatIds {
    efivarfs: true;
  }
}

const ATTRIBUTES_BYTES = 4;

export const efivarfs: InputFormat = {
  id: "efivarfs",
  title: "variables as a guest sees them",
  maxBytes: PARSER_LIMITS.maxSeenBytes,
  needsName: true,
  probe: (head, name = "") =>
    hasAttributes(head) && (isOfKnownVendor(name) || hasSignatureList(head, ATTRIBUTES_BYTES)),
  open: (bytes, _platform, name = ""): Dump =>
    collectDump("efivarfs", (sink) => {
      checkSize(bytes, PARSER_LIMITS.maxSeenBytes);
      const named = efivarfsName(name);
      if (named === null) return nameless(name);
      const variable = readEfivarfsFile(named, bytes);
      if (variable === null) return noVariable();
      sink.vms.push(copyOfView("efivarfs-file", [variable]));
      return null;
    }),
};

/** By itself a name with any UUID behind it says too little. */
function isOfKnownVendor(name: string): boolean {
  const named = efivarfsName(name);
  return named !== null && kindOfGuid(named.vendorGuid) === "vendor";
}

function nameless(name: string): ParseError {
  return new ParseError({
    code: "bad-structure",
    expected:
      "a file that is named after its variable, as efivarfs names it: dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f",
    found: name === "" ? "no name at all" : "attributes and signature lists under another name",
    next: "Give the file the name that it has below /sys/firmware/efi/efivars, or pack that folder: tar czf efivars.tar.gz /sys/firmware/efi/efivars",
  });
}

function noVariable(): ParseError {
  return new ParseError({
    code: "bad-structure",
    offset: 0,
    expected: "4 bytes of attributes with access at runtime, and the data behind them",
    found: "other bytes",
  });
}

/** Puts the files of one folder, or of one folder of an archive, together. */
export class EfivarfsCollector {
  /** Files that are named like variables and are none, or cannot be read; the first of them by its name. */
  #unreadable = 0;
  #firstUnreadable = "";
  readonly #variables: SeenVariable[] = [];
  #bytes = 0;
  #isTelling = false;
  #error: ParseError | null = null;

  /** What of a file is asked for: one that may be a variable, by its name and its first bytes. */
  static claims(name: string, head: Uint8Array): boolean {
    return efivarfsName(name) !== null && hasAttributes(head);
  }

  /** False once there is more than one VM has: then no more files need be read. */
  get hasRoom(): boolean {
    return this.#error === null;
  }

  add(name: string, bytes: Uint8Array): void {
    const named = efivarfsName(name);
    const variable = named === null ? null : readEfivarfsFile(named, bytes);
    if (variable === null) {
      this.fail(name, null);
      return;
    }
    if (!this.#takes(variable.data.length)) return;
    this.#isTelling ||= isTellingName(name);
    this.#variables.push(variable);
  }

  /** A file that cannot be read, or is no variable. */
  fail(name: string, error: ParseError | null): void {
    if (this.#unreadable++ > 0) return;
    this.#firstUnreadable = `${name}${error === null ? " has no attributes in its beginning" : `: ${error.found}`}`;
  }

  #takes(bytes: number): boolean {
    this.#bytes += bytes;
    const { maxSeenVariables, maxSeenBytes } = PARSER_LIMITS;
    if (this.#variables.length >= maxSeenVariables)
      this.#error ??= overLimit(`up to ${maxSeenVariables} variables of one guest`, "more");
    if (this.#bytes > maxSeenBytes)
      this.#error ??= overLimit(`up to ${maxSeenBytes} bytes in all variables of one guest`, "more");
    return this.hasRoom;
  }

  /** Null where no variable of the firmware is among them: then these files are something else. */
  dump(): Dump | null {
    if (!this.#isTelling) return null;
    return collectDump("efivarfs", (sink) => {
      sink.vms.push(copyOfView("efivarfs", this.#variables));
      return this.#error ?? this.#lacking();
    });
  }

  /** What is missing here the guest may see all the same. */
  #lacking(): ParseError | null {
    if (this.#unreadable === 0) return null;
    const files = this.#unreadable === 1 ? "one file" : `${this.#unreadable} files`;
    return new ParseError({
      code: "read-failed",
      expected: "files of 4 bytes of attributes and the data",
      found: `${files} that could not be read so (${this.#firstUnreadable})`,
      next: "What is said here is said of the others. Copy them again in the guest, as root: tar czf efivars.tar.gz /sys/firmware/efi/efivars",
    });
  }
}
