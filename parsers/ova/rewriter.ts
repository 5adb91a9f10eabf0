/**
 * An appliance in one file with another description: the manifest gets its new digest, a signature of the old manifest is left out, and all
 * other members stay byte for byte. In pieces, so that disks of any size never stand in memory.
 */
import { concatBytes, equalBytes, isAllZero } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import {
  readTarHeader,
  resizedTarHeader,
  TAR_BLOCK_BYTES,
  tarPadding,
  wholeTarName,
} from "../packing/tar.ts";
import {
  EXTENSION_TYPES,
  extendedName,
  MAX_EXTENSION_BYTES,
  PAX_HEADER,
  paxSize,
  resizedPaxRecord,
} from "../packing/tar-extension.ts";
import type { Platform } from "../platform.ts";
import { applySplices } from "../text/splice.ts";
import { FILE_TYPES } from "./description.ts";
import { remakeManifest } from "./manifest.ts";
import { isOvfName, plainName, roleOf } from "./names.ts";

export interface NewDescription {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** What is being done with the bytes that come. */
type State =
  /** A header is awaited. */
  | { readonly kind: "header" }
  /** So many bytes stay, or go. */
  | { readonly kind: "copy" | "drop"; left: number }
  /** Data, with its padding, that is needed as a whole. */
  | {
      readonly kind: "gather";
      readonly size: number;
      left: number;
      readonly done: (data: Uint8Array) => void;
    }
  /** At the zeros that end it, and whatever is behind them. */
  | { readonly kind: "end" };

export class OvaRewriter {
  /** Names of what was left out. */
  readonly leftOut: string[] = [];
  /** False where the manifest told another digest of the description than it had before. */
  manifestWasRight: boolean | null = null;
  private readonly description: NewDescription;
  private readonly platform: Platform;
  private name: string | null = null;
  private state: State = { kind: "header" };
  private position = 0;
  private readonly held: Uint8Array[] = [];
  /** Headers that tell something of the next member: nobody knows yet whether it stays. */
  private extensions: Uint8Array[] = [];
  private nextName: string | null = null;
  private nextSize: number | null = null;
  private out: Uint8Array[] = [];

  constructor(description: NewDescription, platform: Platform) {
    this.description = description;
    this.platform = platform;
  }

  /** What to put out for the next piece. Throws ParseError where the archive is damaged or another one than before. */
  push(piece: Uint8Array): Uint8Array[] {
    this.out = [];
    for (let rest = piece; rest.length > 0; ) {
      const used = this.step(rest);
      this.position += used;
      rest = rest.subarray(used);
    }
    return this.out;
  }

  /** How many of the next bytes stay as they are, so that nobody has to read them: `pass` goes by them. */
  get staying(): number {
    if (this.state.kind === "end") return Number.POSITIVE_INFINITY;
    return this.state.kind === "copy" ? this.state.left : 0;
  }

  /** Goes by `bytes` of the input, no more than `staying`. */
  pass(bytes: number): void {
    this.position += bytes;
    if (this.state.kind !== "copy") return;
    this.state.left -= bytes;
    if (this.state.left === 0) this.state = { kind: "header" };
  }

  /** Throws ParseError where the archive is cut. */
  finish(): Uint8Array[] {
    if (this.state.kind === "end") return [];
    // Without the zeros at its end an archive may still be whole; whoever asks for the repair is told.
    if (
      this.state.kind !== "header" ||
      this.held.length > 0 ||
      this.extensions.length > 0 ||
      this.name === null
    )
      throw this.cut();
    return [];
  }

  private cut(): ParseError {
    return new ParseError({
      code: "truncated",
      offset: this.position,
      expected: "the rest of a member",
      found: "the end of the archive",
      next: "The appliance is cut: fetch or export it again.",
    });
  }

  private step(rest: Uint8Array): number {
    const { state } = this;
    switch (state.kind) {
      case "end":
        this.out.push(rest);
        return rest.length;
      case "copy":
      case "drop": {
        const part = rest.subarray(0, state.left);
        state.left -= part.length;
        if (state.kind === "copy") this.out.push(part);
        if (state.left === 0) this.state = { kind: "header" };
        return part.length;
      }
      case "gather": {
        const part = rest.subarray(0, state.left);
        this.held.push(part);
        state.left -= part.length;
        if (state.left === 0) {
          const whole = this.takeHeld();
          this.state = { kind: "header" };
          state.done(whole.subarray(0, state.size));
        }
        return part.length;
      }
      default:
        return this.takeHeader(rest);
    }
  }

  private takeHeld(): Uint8Array {
    return concatBytes(this.held.splice(0));
  }

  private takeHeader(rest: Uint8Array): number {
    const missing = TAR_BLOCK_BYTES - this.held.reduce((sum, { length }) => sum + length, 0);
    const part = rest.subarray(0, missing);
    this.held.push(part);
    if (part.length < missing) return part.length;
    const block = this.takeHeld();
    if (isAllZero(block)) {
      this.flushExtensions();
      this.out.push(block);
      this.state = { kind: "end" };
      return part.length;
    }
    const header = readTarHeader(block);
    if (header === null || header.size > BigInt(Number.MAX_SAFE_INTEGER)) throw this.noHeader();
    if (EXTENSION_TYPES.has(header.type)) this.enterExtension(block, header.type, Number(header.size));
    else this.enterMember(block, header.type, header.name, Number(header.size));
    return part.length;
  }

  private noHeader(): ParseError {
    return new ParseError({
      code: "bad-structure",
      offset: this.position,
      expected: "a tar header",
      found: "something else",
      next: "The archive is damaged: fetch or export it again.",
    });
  }

  private enterExtension(block: Uint8Array, type: string, size: number): void {
    if (size > MAX_EXTENSION_BYTES) {
      throw new ParseError({
        code: "over-limit",
        offset: this.position,
        expected: `a header about the next member of up to ${MAX_EXTENSION_BYTES} bytes`,
        found: `${size}`,
        next: "The archive is damaged, or no appliance.",
      });
    }
    this.gather(size, (data) => {
      this.extensions.push(concatBytes([block, data, tarPadding(size)]));
      this.nextName = extendedName(type, data) ?? this.nextName;
      if (type === PAX_HEADER) this.nextSize = paxSize(data) ?? this.nextSize;
    });
  }

  private gather(size: number, done: (data: Uint8Array) => void): void {
    const left = size + tarPadding(size).length;
    if (left === 0) done(new Uint8Array(0));
    else this.state = { kind: "gather", size, left, done };
  }

  private enterMember(block: Uint8Array, type: string, headerName: string, headerSize: number): void {
    const name = this.nextName ?? wholeTarName(block, headerName);
    const size = this.nextSize ?? headerSize;
    const isFile = FILE_TYPES.has(type);
    const role = isFile && this.name !== null ? roleOf(name, this.name) : null;
    if (this.name === null) {
      if (!isFile || !isOvfName(name)) throw this.changed();
      this.name = name;
      this.putDescription(block, size);
    } else if (role === "certificate") {
      this.leftOut.push(plainName(name));
      this.forgetExtensions();
      this.enter("drop", size);
    } else if (role === "manifest") {
      // As it is it would tell another digest of the description.
      if (size > PARSER_LIMITS.maxManifestBytes) throw this.longManifest(size);
      this.gather(size, (data) => this.putManifest(block, data));
    } else {
      this.flushExtensions();
      this.out.push(block);
      this.enter("copy", isFile ? size : headerSize);
    }
  }

  /** Data and padding. */
  private enter(kind: "copy" | "drop", size: number): void {
    const left = size + tarPadding(size).length;
    if (left > 0) this.state = { kind, left };
  }

  private putDescription(block: Uint8Array, size: number): void {
    const { before, after } = this.description;
    if (size !== before.length) throw this.changed();
    this.gather(size, (data) => {
      if (!equalBytes(data, before)) throw this.changed();
      this.putMember(block, before.length, after);
    });
  }

  private putManifest(block: Uint8Array, data: Uint8Array): void {
    const { splices, wasRight } = remakeManifest(data, this.name ?? "", this.description, this.platform);
    this.manifestWasRight = wasRight;
    this.putMember(block, data.length, applySplices(data, splices));
  }

  /** The headers before it, its own header with another size, its data, and the padding. */
  private putMember(block: Uint8Array, sizeBefore: number, after: Uint8Array): void {
    const before = concatBytes(this.extensions);
    const isExtended = this.nextSize !== null;
    const tellsSize = isExtended || readTarHeader(block)?.size === BigInt(sizeBefore);
    const header = tellsSize ? resizedTarHeader(block, after.length) : null;
    const resized = isExtended ? resizedPaxRecord(before, after.length) : null;
    if (header === null || (isExtended && resized === null)) {
      throw new ParseError({
        code: "bad-structure",
        offset: this.position,
        expected: "a size in the tar header that can be rewritten",
        found: "one that cannot",
        next: "Unpack the appliance with tar and repair the .ovf in it.",
      });
    }
    this.out.push(
      resized === null ? before : applySplices(before, [resized]),
      header,
      after,
      tarPadding(after.length),
    );
    this.forgetExtensions();
  }

  private flushExtensions(): void {
    for (const extension of this.extensions) this.out.push(extension);
    this.forgetExtensions();
  }

  private forgetExtensions(): void {
    this.extensions = [];
    this.nextName = null;
    this.nextSize = null;
  }

  private longManifest(size: number): ParseError {
    return new ParseError({
      code: "over-limit",
      offset: this.position,
      expected: `a manifest (.mf) of up to ${PARSER_LIMITS.maxManifestBytes} bytes`,
      found: `${size}`,
      next: "Unpack the appliance with tar and repair the .ovf in it; its line in the .mf has to be written anew then.",
    });
  }

  private changed(): ParseError {
    return new ParseError({
      code: "read-failed",
      offset: this.position,
      expected: "the description that was there when the repair was planned",
      found: "another one",
      next: "The file was changed while it was read: wait until nothing writes to it.",
    });
  }
}
