/** zlib. */
import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from "node:zlib";
import { CHUNK_BYTES } from "../../library/input/chunks.ts";
import { type Deflated, InflateFault, type Inflater } from "../../library/unpack/inflater.ts";

export function nodeInflater(kind: Deflated): Inflater {
  return new InflateSteps(
    kind === "gzip" ? createGunzip({ chunkSize: CHUNK_BYTES }) : createInflateRaw({ chunkSize: CHUNK_BYTES }),
  );
}

/**
 * Drives zlib slice by slice instead of by a pipe: a stream that is destroyed by an error drops what it had
 * already given out, and these are the last bytes before the end of a file that is cut.
 */
class InflateSteps implements Inflater {
  isFinished = false;
  private readonly stream: Gunzip | InflateRaw;
  private output: Uint8Array[] = [];
  private failure: unknown = null;
  private wake: () => void = () => {};

  constructor(stream: Gunzip | InflateRaw) {
    this.stream = stream;
    this.stream.on("data", (bytes: Uint8Array) => this.output.push(bytes));
    this.stream.on("end", () => {
      this.isFinished = true;
      this.wake();
    });
    this.stream.on("error", (error) => {
      this.failure ??= error;
      this.wake();
    });
  }

  write(slice: Uint8Array): Promise<readonly Uint8Array[]> {
    return this.step((done) => this.stream.write(slice, done));
  }

  finish(): Promise<readonly Uint8Array[]> {
    return this.step(() => this.isFinished || this.stream.end());
  }

  destroy(): void {
    this.stream.destroy();
  }

  private async step(start: (done: () => void) => void): Promise<readonly Uint8Array[]> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (this.isFinished || this.failure !== null) resolve();
      else start(resolve);
    });
    if (this.failure !== null) throw faultOf(this.failure);
    const output = this.output;
    this.output = [];
    return output;
  }
}

function faultOf(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return code === null ? error : new InflateFault(code === "Z_BUF_ERROR");
}
