/** A finding as a result of SARIF 2.1.0 (§3.27). */
import { toHex } from "../../parsers/bytes.ts";
import { isAbsolute, normalize } from "../../parsers/paths.ts";
import type { Platform } from "../../parsers/platform.ts";
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import type { FindingReport } from "../finding.ts";
import type { InputReport } from "../input.ts";
import type { VmReport } from "../vm.ts";
import { printable } from "./printable.ts";
import { sarifLevel, sarifText } from "./sarif-rules.ts";

/** Characters of a fingerprint: 128 bits. */
const FINGERPRINT_LENGTH = 32;

/** All results of one input, one by one. `ruleIndex` is the place of a rule among those that the report describes. */
export function* sarifResults(
  { path, format, findings, vms }: InputReport,
  ruleIndex: ReadonlyMap<string, number>,
  sha256: Platform["sha256"],
): Generator<unknown, void, undefined> {
  const artifact = { path, isBlob: format === "vars" };
  const ofCopy = (of: readonly FindingReport[], vm: VmReport | null): unknown[] => {
    const fingerprint = fingerprinter(path, vm, sha256);
    return of.map((finding) => ({
      ruleId: finding.ruleId,
      ruleIndex: ruleIndex.get(finding.ruleId) ?? -1,
      level: sarifLevel(finding.severity),
      message: { text: sarifText(printable(finding.message)) },
      locations: [location(finding, vm, artifact)],
      partialFingerprints: { "varscope/v1": fingerprint(finding) },
      ...suppressions(finding),
      properties: properties(finding, vm),
    }));
  };
  yield* ofCopy(findings, null);
  for (const vm of vms) yield* ofCopy(vm.findings, vm);
}

/** A relative reference for a relative path, `file:` for one from the root (§3.4.3); `-` is standard input. */
export function artifactUri(path: string): string {
  if (isAbsolute(path)) return `file://${fileUrlPath(path)}`;
  return path
    .split("/")
    .map((segment) => encodeURIComponent(segment.toWellFormed()))
    .join("/");
}

/** What a path of a URL may not hold as it is (RFC 1738 §2.2 "unsafe"), and what would end or divide it. */
const ENCODED = new Set(' "#<>?`{}^%\\[]|~');

function fileUrlPath(path: string): string {
  let url = "";
  for (const character of normalize(path)) {
    const isPlain = character > "\u001f" && character < "\u007f" && !ENCODED.has(character);
    url += isPlain ? character : percentEncoded(character);
  }
  return url;
}

function percentEncoded(character: string): string {
  return Array.from(encodeUtf8(character), (byte) => `%${toHex(Uint8Array.of(byte)).toUpperCase()}`).join("");
}

/** SARIF §3.35: a result that is not to be shown, and why. */
function suppressions({ ignored }: FindingReport): object {
  if (ignored === undefined) return {};
  return { suppressions: [{ kind: "external", justification: sarifText(printable(ignored)) }] };
}

interface Artifact {
  readonly path: string;
  /** The file is the blob itself, so that a place in the one is a place in the other. */
  readonly isBlob: boolean;
}

function location(finding: FindingReport, vm: VmReport | null, { path, isBlob }: Artifact): unknown {
  const { span } = finding;
  const region = span === null ? null : { byteOffset: span.start, byteLength: span.end - span.start };
  return {
    physicalLocation: {
      artifactLocation: { uri: artifactUri(path) },
      ...(region !== null && isBlob ? { region } : {}),
      // In a container these bytes stand encoded: a place below the decoded NVRAM is an address in it (§3.32).
      ...(region !== null && !isBlob
        ? {
            address: {
              kind: "data",
              fullyQualifiedName: finding.path,
              offsetFromParent: region.byteOffset,
              length: region.byteLength,
            },
          }
        : {}),
    },
    logicalLocations: logicalLocations(finding, vm),
  };
}

function logicalLocations({ path, variable }: FindingReport, vm: VmReport | null): unknown[] {
  const owner =
    vm === null ? "" : [vm.uuid ?? vm.nameLabel ?? "", vm.source].filter((part) => part !== "").join("/");
  const ofVm =
    vm === null
      ? []
      : [
          {
            name: printable(vm.nameLabel ?? vm.uuid ?? vm.source),
            fullyQualifiedName: printable(owner),
            kind: "resource",
          },
        ];
  if (variable === null) return [...ofVm, { fullyQualifiedName: printable(path), kind: "object" }];
  const { name, guid } = variable;
  const id = [owner, guid === null ? name : `${name}-${guid}`].filter((part) => part !== "").join("/");
  return [...ofVm, { name: printable(name), fullyQualifiedName: printable(id), kind: "variable" }];
}

function properties({ breaks, path, span, facts, repair }: FindingReport, vm: VmReport | null): unknown {
  const place = { breaks, path, span, facts, repair };
  if (vm === null) return place;
  const { uuid, nameLabel, kind, source, verdict } = vm;
  return { ...place, vm: { uuid, nameLabel, kind, source, verdict } };
}

/**
 * The same for the same fault in a later run: made of what identifies the VM, the copy, the variable and the rule, and not of
 * places and sizes, which change with every update of the variable.
 */
function fingerprinter(
  path: string,
  vm: VmReport | null,
  sha256: Platform["sha256"],
): (finding: FindingReport) => string {
  const copy = [vm?.uuid ?? path, vm?.source ?? ""];
  const seen = new Map<string, number>();
  return ({ ruleId, variable, path: place }) => {
    const what =
      variable === null
        ? [place.replace(/^vms\[\d+\]\./, "")]
        : [variable.guid, variable.nameHex ?? variable.name];
    const key = JSON.stringify([ruleId, ...copy, ...what]);
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return toHex(sha256(encodeUtf8(`${key}#${before}`))).slice(0, FINGERPRINT_LENGTH);
  };
}
