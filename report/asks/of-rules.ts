/** Which file shows more of what a rule found. */
import { RULES } from "../../rules/index.ts";

/** Ids of asks, by rules of which the NVRAM alone does not tell enough. */
const OF_RULES: Readonly<Record<string, readonly string[]>> = {
  "pool-certificates": [
    "pool-certificates-wrong-owner",
    "pool-certificates-unusable",
    "pool-certificates-2011-only",
  ],
  "failed-start": [
    "auth-file-over-limit",
    "faulty-varstored-installed",
    "faulty-varstored-was-installed",
    "varstored-refused-nvram",
    "varstored-refused-auth-file",
    "varstored-ended-unexplained",
    "start-failed-otherwise",
    "clone-failed",
  ],
  backups: ["backup-incomplete", "nvram-lost"],
  windows: ["windows-secure-boot-event"],
  suspended: ["suspended-without-state", "vm-suspended"],
  "vm-settings": [
    "secure-boot-db-missing",
    "setup-mode-with-secure-boot",
    "nvram-reset-on-boot",
    "nvram-copies-differ",
    "certificates-incomplete",
    "xapi-state-contradicts-blob",
    "xapi-update-scheduled",
  ],
  export: [
    "boot-image-refused",
    "boot-loader-2011-only",
    "boot-loader-unsigned",
    "boot-sbat-below-level",
    "boot-svn-below-dbx",
    "boot-file-missing",
    "boot-loader-revoked",
    "boot-order-dangling",
  ],
};

/** Null for what is no rule. */
export function askOfRule(ruleId: string): string | null {
  if (!RULES.some(({ meta }) => meta.id === ruleId)) return null;
  return Object.keys(OF_RULES).find((ask) => OF_RULES[ask]?.includes(ruleId)) ?? "vm";
}
