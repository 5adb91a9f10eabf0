/** What a finding about a boot loader weighs: whether the VM starts all the same, and whether anything is checked at all. */
import type { Detection } from "../engine/rule.ts";
import type { JudgedAttempt, JudgedBoot } from "./judged-boot.ts";

export type Weight = Required<Pick<Detection, "severity" | "breaks">> & { readonly outcome: string };

export function weighed({ secureBoot, checked }: JudgedBoot): Weight {
  if (checked.starts !== false)
    return {
      severity: "warning",
      breaks: null,
      outcome: checked.starts ? "another entry starts" : "what else starts is not known",
    };
  return secureBoot === true
    ? { severity: "error", breaks: "start", outcome: "the VM does not start" }
    : { severity: "warning", breaks: "secure-boot", outcome: "with Secure Boot on the VM does not start" };
}

export const PATH = "boot";

/** Who signed it, as people know it. */
export function signersOf({ image }: JudgedAttempt): string[] {
  return [...new Set((image?.signers ?? []).map(({ issuer }) => commonName(issuer)))];
}

/** The common name in an RFC 4514 string, else all of it. */
export function commonName(name: string): string {
  return /(?:^|,)CN=((?:[^,\\]|\\.)+)/.exec(name)?.[1] ?? name;
}
