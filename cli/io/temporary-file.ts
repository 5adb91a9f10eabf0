import { closeSync, fdatasync, fsync, fsyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * Everything here is synchronous: a signal is then seen either before a step or after it, and never finds
 * a file that is just being created.
 */
const unfinished = new Set<string>();
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const MAX_NAME_ATTEMPTS = 16;
const TEMPORARY_NAME = /^\.varscope-\d+-[0-9a-z]{0,8}\.tmp$/;

/** True for the name of a file that this or another run is writing, or left behind when it was killed. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/** A file that goes away by itself, also when the process is ended, unless it is given its final name. */
export class TemporaryFile {
  readonly path: string;
  private readonly descriptor: number;
  private isOpen = true;
  /** Ends when the disk has what was written before `flushBehind`; null where nothing is on its way. */
  private flushing: Promise<void> | null = null;
  private flushError: Error | null = null;

  /** Creates it in `folder`, with the mode of any new file unless told. Throws the errors of open(2). */
  constructor(folder: string, mode = 0o666) {
    const { path, descriptor } = create(folder, mode);
    this.path = path;
    this.descriptor = descriptor;
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor, bytes, at);
  }

  /**
   * Lets the disk write while more is being produced: else it is idle until the end, and busy from then on. What it
   * reports is thrown by `flushed`.
   */
  flushBehind(): void {
    this.flushing ??= new Promise((resolve) => {
      fdatasync(this.descriptor, (error) => {
        this.flushError ??= error;
        this.flushing = null;
        resolve();
      });
    });
  }

  /** Waits for that. Throws the errors of fdatasync(2), which the system tells only once. */
  async flushed(): Promise<void> {
    await this.flushing;
    if (this.flushError !== null) throw this.flushError;
  }

  /** Everything is on the disk before the file gets its name. */
  finish(): void {
    fsyncSync(this.descriptor);
    this.close();
  }

  /** The same while others are on their way: the system writes them together. Throws the errors of fsync(2). */
  async finishBehind(): Promise<void> {
    this.flushing = new Promise((resolve) => {
      fsync(this.descriptor, (error) => {
        this.flushError ??= error;
        this.flushing = null;
        resolve();
      });
    });
    await this.flushed();
    this.close();
  }

  /** What is left of it; nothing, where it was renamed. */
  discard(): void {
    this.close();
    remove(this.path);
    forget(this.path);
  }

  private close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    // The number of a closed descriptor may be another file's by the time that the other thread uses it.
    if (this.flushing === null) closeSync(this.descriptor);
    else this.flushing.then(() => closeSync(this.descriptor));
  }
}

function create(folder: string, mode: number): { path: string; descriptor: number } {
  for (let attempt = 1; ; attempt++) {
    const suffix = Math.random().toString(36).slice(2, 10);
    const path = join(folder, `.varscope-${process.pid}-${suffix}.tmp`);
    // Before it is there: a signal in between would leave it.
    remember(path);
    try {
      return { path, descriptor: openSync(path, "wx", mode) };
    } catch (error) {
      forget(path);
      const isTaken = error instanceof Error && "code" in error && error.code === "EEXIST";
      if (!isTaken || attempt === MAX_NAME_ATTEMPTS) throw error;
    }
  }
}

/**
 * Takes a name that must be free, has `fill` put a file there, and gives the name back where that fails.
 * Throws the errors of open(2), EEXIST among them, and those of `fill`.
 */
export function withClaimedName(path: string, fill: () => void): void {
  closeSync(openSync(path, "wx"));
  remember(path);
  try {
    fill();
  } catch (error) {
    remove(path);
    throw error;
  } finally {
    forget(path);
  }
}

function remember(path: string): void {
  if (unfinished.size === 0) {
    for (const signal of SIGNALS) process.on(signal, endBySignal);
    process.on("exit", removeAll);
  }
  unfinished.add(path);
}

function forget(path: string): void {
  unfinished.delete(path);
  if (unfinished.size === 0) stopListening();
}

function stopListening(): void {
  for (const signal of SIGNALS) process.off(signal, endBySignal);
  process.off("exit", removeAll);
}

function endBySignal(signal: NodeJS.Signals): void {
  removeAll();
  stopListening();
  // Without another listener the signal now does what it does to any process.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function removeAll(): void {
  for (const path of unfinished) remove(path);
  unfinished.clear();
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was renamed, or the disk is gone: there is nobody left to tell.
  }
}
