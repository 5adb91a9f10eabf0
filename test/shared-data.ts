/** The real daemon's blobs and verdicts, beside the project where a developer has them; tests skip plainly without. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

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

const BOOT = new URL("../../shared/data/boot/", import.meta.url);
export const hasSharedBoots: boolean = existsSync(new URL("README.md", BOOT));

export interface ObservedStart {
  readonly disk: string;
  readonly starts: boolean;
  readonly attempts: readonly {
    readonly entry: string;
    readonly status: string;
    readonly description: string;
  }[];
  readonly pcr7: string;
  readonly pcr7Extends: readonly string[];
}

export interface RecordedBoot {
  readonly name: string;
  readonly secureBoot: boolean;
  readonly nvram: Uint8Array;
  readonly disk: (name: string) => Uint8Array;
  readonly observed: Readonly<Record<string, ObservedStart>>;
}

/** What real firmware did with a disk and an NVRAM; empty where the recordings are missing. */
export function recordedBoots(): RecordedBoot[] {
  if (!hasSharedBoots) return [];
  return readdirSync(new URL("cases/", BOOT))
    .sort()
    .map((name) => {
      const folder = new URL(`cases/${name}/`, BOOT);
      const { secureBoot = 1, observed } = JSON.parse(
        readFileSync(new URL("expected.json", folder), "utf8"),
      ) as {
        secureBoot?: number;
        observed: Record<string, ObservedStart>;
      };
      return {
        name,
        secureBoot: secureBoot === 1,
        nvram: new Uint8Array(readFileSync(new URL("nvram.vars", folder))),
        disk: (file) => new Uint8Array(gunzipSync(readFileSync(new URL(`disks/${file}`, BOOT)))),
        observed,
      };
    });
}
