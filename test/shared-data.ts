/** The real daemon's blobs and verdicts, beside the project where a developer has them; tests skip plainly without. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const NVRAM = new URL("../../shared/data/nvram/", import.meta.url);
export const SHARED_NVRAM: string = fileURLToPath(NVRAM);
export const hasSharedData: boolean = existsSync(new URL("expected.json", NVRAM));

/** A folder of what is shared; null where it is missing. */
export function sharedFolder(name: string): string | null {
  const folder = new URL(`../../shared/${name}`, import.meta.url);
  return existsSync(folder) ? fileURLToPath(folder) : null;
}

export interface ExpectedCase {
  readonly bytes: number;
  readonly loader: "accepts" | "refuses";
  readonly hostScript: { readonly affected?: number; readonly oversized?: number; readonly error?: string };
}

export function sharedBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, NVRAM)));
}

export function sharedCases(): [string, ExpectedCase][] {
  if (!hasSharedData) return [];
  return Object.entries(
    JSON.parse(readFileSync(new URL("expected.json", NVRAM), "utf8")) as Record<string, ExpectedCase>,
  );
}
