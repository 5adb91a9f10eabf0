/** What a step of reasoning may claim, and the facts that each claim brings. The words are in sentences.ts. */
import type { UefistoredRefusal } from "../../daemon/uefistored-loader.ts";

/** Who has the private key that goes with a certificate, as far as anybody can tell from outside. */
export type Holder = "microsoft" | "vates" | "public" | "unknown";
/** What the guest would have to do. */
export type Aim = "kek" | "db" | "dbx" | "owners";
/** What starts: the Windows boot manager, shim as Microsoft signs it, anything else. */
export type Loader = "windows" | "linux" | "other";

/** Updates that bring a variable from one size to another; several are appended one after the other. */
type Growth = {
  updates: readonly string[];
  variable: string;
  before: number;
  after: number;
  limit: number;
};

/** What keeps a single image from starting although its signer is trusted; null and 0 where nothing does. */
export type Exceptions = { version: string | null; level: string | null; revocations: number };

/** Facts by claim. Variables, certificates and updates go by the names that people know; sizes are in bytes. */
export interface ClaimFacts {
  loads: { variables: number };
  "does-not-load": { refusal: string };

  "user-mode": { pk: string };
  "setup-mode": { variables: readonly string[] };
  "not-enforced": { setting: string };
  "pk-not-read": { readBytes: number; bytes: number };
  "carried-key-signs": { variable: string };
  signer: { variable: string; certificate: string; through: string; holder: Holder };
  "more-signers": { variable: string; count: number };
  "unusable-entries": { variable: string; count: number; reasons: readonly string[] };
  "updates-by-signer": {
    variable: string;
    accepted: readonly string[];
    refused: readonly string[];
    missingSigners: readonly string[];
  };
  /** `published` null: nothing is known of this PK. */
  "kek-update": { pk: string; published: boolean | null };
  "anyone-writes": { variable: string };
  "signers-write": { variable: string; signers: readonly string[] };
  "nobody-writes": { variable: string };
  "writers-unknown": { variable: string };

  "kek-lacks": { missing: string };
  "db-lacks": { missing: readonly string[]; holds: readonly string[] };
  "dbx-lacks": { missing: number; ofHashes: number; release: string };
  "dbx-is-missing": { release: string };
  "wrong-owners": { variables: readonly string[]; entries: number; owner: string };
  "pk-signs": { variable: string; pk: string; holder: Holder };
  "pk-signs-nothing": { variable: string; pk: string };
  "update-of": { variable: string; updates: readonly string[]; signer: string };
  "signer-held": { variable: string; signer: string };
  "signer-missing": { variable: string; signer: string; pk: string };
  "owner-needs-replacing": { variables: readonly string[] };
  "only-appends": { variables: readonly string[] };
  "attributes-refused": { variable: string; attributes: number; needed: number };
  "list-stops-daemon": { variable: string; reason: string };
  "list-leaves-open": { variable: string; reason: string };
  "keys-stop-daemon": { variable: string; signer: string; reason: string };
  "keys-leave-open": { variable: string; signer: string; reason: string };
  "update-fits": Growth;
  "update-over-data-limit": Growth;
  "update-over-total-limit": { updates: readonly string[]; missing: number; limit: number };
  "other-updates": { fits: readonly string[]; overflows: readonly string[] };
  "guest-can": { aim: Aim; by: readonly string[] };
  "guest-can-unsigned": { aim: Aim };
  "guest-cannot": { aim: Aim };
  "guest-perhaps": { aim: Aim; update: string; signer: string };
  "guest-open": { aim: Aim };

  /** What of a host asks the NVRAM, and does not. */
  "boots-by-bios": Record<never, never>;
  "nothing-checked": { secureBoot: boolean | null };
  "secure-boot-off": { secureBoot: boolean | null };
  trusted: { certificate: string };
  revoked: { certificate: string };
  "not-trusted": { certificate: string };
  "svn-least": { application: string; version: string };
  "sbat-least": { level: string; components: readonly string[] };
  "others-trusted": { certificates: readonly string[]; hashes: number };
  "no-others-trusted": { certificates: number };
  "starts-unchecked": { loader: Loader | null };
  "starts-by-bios": { loader: Loader | null };
  starts: Exceptions & { loader: Loader; certificates: readonly string[] };
  "depends-on-disk": Exceptions & { loader: Loader; certificates: readonly string[]; hashes: number };
  "not-trusted-at-all": { loader: Loader };
  "does-not-start": { loader: Loader | null };
  /** Of boot loaders on the disks of the VM, and where nobody looked at them. */
  "image-assumed": { loader: Loader; why: string | null };
  "image-missing": { loader: Loader };
  "image-on-disk": { path: string; taken: boolean | null; reason: string | null };
  "starts-from-disk": { loader: Loader; path: string };
  "refused-on-disk": { loader: Loader; path: string };
  "open-on-disk": { loader: Loader; path: string };

  "host-loads": { variables: number; largest: number; limit: number };
  "host-refuses": { refusal: string };
  "uefistored-refuses": {
    code: UefistoredRefusal;
    version: number;
    found: string | null;
    limit: number | null;
  };
  "uefistored-overreads": { version: number; bytes: number };
  "needs-loading": { loads: "no" | "unknown" };
  "nothing-to-add": { variable: string };
  "no-known-signer": { variable: string };
  "updates-fit": { newest: string; fits: readonly string[]; after: number; limit: number };
  "updates-kill": { kills: readonly string[]; fits: readonly string[]; after: number; limit: number };
  "updates-refused": { refused: readonly string[]; fits: readonly string[]; missing: number };
  "over-uefistored-limit": { update: string; after: number; limit: number };
  "uefistored-not-modelled": { update: string; after: number; limit: number };
  "file-fits": { file: number; most: number; limit: number };
  "file-too-large": { file: number; limit: number };
  "file-may-grow": { file: number; limit: number };
  "too-many-records": { records: number; limit: number };
}

export type Claim = keyof ClaimFacts;
