/** Settings for judging: all rules, the built-in tables, and the references that the caller gave. */
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { Platform } from "../../parsers/platform.ts";
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import { RULES } from "../../rules/index.ts";
import { type Knowledge, makeKnowledge } from "../../rules/knowledge/knowledge.ts";
import type { Reference } from "../../rules/knowledge/reference-content.ts";
import { readAll } from "../input/read-all.ts";
import type { Machine, World } from "../world.ts";
import { InputError } from "./errors.ts";
import { checkSource, worldOf } from "./sources.ts";
import type { Options, Signal, Source } from "./types.ts";

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;

/** Throws TypeError for wrong options, and InputError for a reference that cannot be read. */
export async function settingsOf(
  machine: Machine,
  { asOf, references = [] }: Options,
): Promise<RepairSettings> {
  const { platform } = machine;
  const knowledge = knowledgeOf(platform, await referencesOf(machine, references));
  return { rules: RULES, platform, asOf: dayOf(asOf), knowledge };
}

/** Throws InputError for one that cannot be read. */
export async function referencesOf(machine: Machine, references: readonly Source[]): Promise<Reference[]> {
  if (!Array.isArray(references)) throw new TypeError("references are a list of sources: [{ name, data }]");
  const read: Reference[] = [];
  for (const source of references) read.push(await readOne(source, machine));
  return read;
}

/** The built-in tables, and the references that the caller gave. */
export function knowledgeOf(platform: Platform, references: readonly Reference[] = []): Knowledge {
  const decode = (text: string): Uint8Array => platform.decodeBase64(encodeUtf8(text)) ?? new Uint8Array(0);
  return makeKnowledge(decode, references);
}

async function readOne(source: Source, machine: Machine): Promise<Reference> {
  const { readReference } = await import("../../rules/knowledge/reference.ts");
  const bytes = await readSource(
    source,
    PARSER_LIMITS.maxReferenceBytes,
    worldOf(machine, [checkSource(source)]),
  );
  return asInputError(() => readReference(bytes, source.name, machine.platform));
}

/** Reads a whole source. Throws InputError where it cannot be read, is empty, or has more than `maxBytes` bytes. */
export async function readSource(source: Source, maxBytes: number, world: World): Promise<Uint8Array> {
  const opened = await world.open(source.name);
  try {
    return await readAll(opened.bytes, maxBytes);
  } catch (error) {
    throw error instanceof ParseError ? new InputError(error) : error;
  }
}

function asInputError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ParseError ? new InputError(error) : error;
  }
}

/** Today, in UTC, where no day is named. Throws TypeError for what is none. */
export function dayOf(text: string | undefined): string {
  if (text === undefined) return new Date().toISOString().slice(0, 10);
  const day = typeof text === "string" && DAY.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  if (day === null || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text)
    throw new TypeError(`asOf is a day, YYYY-MM-DD: ${JSON.stringify(text)} is none`);
  return text;
}

/** Throws TypeError for what is neither true nor false. */
export function checkFlag(name: string, value: unknown): void {
  if (typeof value !== "boolean")
    throw new TypeError(`${name} is true or false, found ${JSON.stringify(value) ?? typeof value}`);
}

/** Throws the reason of a signal that is aborted, or becomes so as soon as others have their turn. */
export async function checkSignal({ turn }: Machine, signal: Signal | undefined): Promise<void> {
  if (signal === undefined) return;
  if (!signal.aborted) await turn();
  if (signal.aborted) throw signal.reason ?? new Error("aborted");
}
