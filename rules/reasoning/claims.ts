/** What a step of reasoning may claim: its facts, and the one sentence that is made of them. The only place with these words. */
import type { UefistoredRefusal } from "../../parsers/uefistored-loader.ts";
import { listed } from "../sentences.ts";

/** Who has the private key that goes with a certificate, as far as anybody can tell from outside. */
export type Holder = "microsoft" | "vates" | "public" | "unknown";

/** Facts by claim. Names of variables, certificates and updates are as people know them; sizes are in bytes. */
export interface ClaimFacts {
  loads: { variables: number };
  "does-not-load": { refusal: string };

  "user-mode": { pk: string };
  "setup-mode": { variables: readonly string[] };
  "not-enforced": { setting: string };
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
  "kek-update": { pk: string; published: boolean | null };
  "anyone-writes": { variable: string };
  "signers-write": { variable: string; signers: readonly string[] };
  "nobody-writes": { variable: string };

  "kek-lacks": { missing: string };
  "db-lacks": { missing: readonly string[]; holds: readonly string[] };
  "dbx-lacks": { missing: number; ofHashes: number; release: string };
  "dbx-is-missing": { release: string };
  "wrong-owners": { variables: readonly string[]; entries: number; owner: string };
  "pk-signs": { variable: string; pk: string; holder: Holder };
  "update-of": { variable: string; updates: readonly string[]; signer: string };
  "signer-held": { variable: string; signer: string };
  "signer-missing": { variable: string; signer: string; pk: string };
  "owner-needs-replacing": { variables: readonly string[] };
  "only-appends": { variables: readonly string[] };
  "attributes-refused": { variable: string; attributes: number; needed: number };
  "list-stops-daemon": { variable: string; reason: string };
  "update-fits": { update: string; variable: string; before: number; after: number; limit: number };
  "update-over-data-limit": {
    update: string;
    variable: string;
    before: number;
    after: number;
    limit: number;
  };
  "update-over-total-limit": { update: string; missing: number; limit: number };
  "other-updates": { fits: readonly string[]; overflows: readonly string[] };
  "guest-can": { what: string; by: readonly string[] };
  "guest-can-unsigned": { what: string };
  "guest-cannot": { what: string; instead: string };
  "guest-perhaps": { what: string; dependsOn: string };

  "nothing-checked": { secureBoot: boolean | null };
  "setup-mode-starts": { secureBoot: boolean | null };
  trusted: { certificate: string; revocations: number };
  revoked: { certificate: string };
  "not-trusted": { certificate: string };
  "svn-least": { application: string; version: string };
  "sbat-least": { level: string; components: readonly string[] };
  "others-trusted": { certificates: readonly string[]; hashes: number };
  "starts-without-secure-boot": { loader: string | null };
  "starts-if-not-revoked": { loader: string; certificates: readonly string[]; revocations: number };
  "depends-on-disk": { loader: string; conditions: readonly string[] };
  "nothing-trusted": { loader: string };

  "host-loads": { variables: number; largest: number; limit: number };
  "host-refuses": { refusal: string };
  "uefistored-refuses": {
    code: UefistoredRefusal;
    version: number;
    found: number | null;
    limit: number | null;
  };
  "uefistored-overreads": { version: number; offset: number };
  "host-writes-nothing": { refusal: string | null };
  "nothing-to-add": { variable: string };
  "no-known-signer": { variable: string };
  "updates-fit": { fits: readonly string[]; newest: string; after: number; limit: number };
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

const HOLDS: Readonly<Record<Holder, string>> = {
  microsoft: "Microsoft holds its private key",
  vates: "Vates, who make XCP-ng, hold its private key",
  public: "its private key is public, so that anybody can sign with it",
  unknown: "who holds its private key is not known",
};

const MISREAD: Readonly<Record<UefistoredRefusal, string>> = {
  "count-over-limit": "more variables than it takes",
  "name-empty": "an empty name",
  "name-over-limit": "a name that is too long",
  "data-empty": "a variable without data",
  "data-over-limit": "data that is too long",
  "trailing-bytes": "bytes behind the last variable",
};

function comparison(found: number | null, limit: number | null): string {
  if (limit === null) return "";
  return found === null ? ` (it takes ${limit})` : ` (${found}, it takes ${limit})`;
}

/** What uefistored takes for the first records of a newer blob. */
function misreading(version: number): string {
  return version >= 2
    ? `uefistored takes the 268 bytes that version ${version} has before the records for a record, and`
    : "uefistored";
}

const unless = (revocations: number): string =>
  revocations === 0 ? "" : `, unless its own hash is among the ${revocations} of dbx`;
const others = (fits: readonly string[]): string => (fits.length === 0 ? "" : `; ${listed(fits)} would fit`);

const SENTENCES: { readonly [C in Claim]: (facts: ClaimFacts[C]) => string } = {
  loads: ({ variables }) => `varstored loads the NVRAM (${variables} variables).`,
  "does-not-load": ({ refusal }) => `varstored refuses the NVRAM, so the VM does not start. ${refusal}`,

  "user-mode": ({ pk }) =>
    `There is a PK (${pk}): user mode, in which writes of PK, KEK, db and dbx must be signed.`,
  "setup-mode": ({ variables }) =>
    `There is no PK: setup mode, in which writes of ${listed(variables)} need no signature.`,
  "not-enforced": ({ setting }) => `${setting} is false, so the daemon asks for no signature.`,
  "carried-key-signs": ({ variable }) =>
    `There is no PK: setup mode, in which a new ${variable} is signed with the certificate that it carries.`,
  signer: ({ certificate, through, variable, holder }) =>
    `${certificate} (${through}) may sign writes of ${variable}; ${HOLDS[holder]}.`,
  "more-signers": ({ variable, count }) => `${count} more certificates may sign writes of ${variable}.`,
  "unusable-entries": ({ variable, count, reasons }) =>
    `${count} of the entries of ${variable} can sign nothing (${listed(reasons)}).`,
  "updates-by-signer": ({ variable, accepted, refused, missingSigners }) => {
    const taken =
      accepted.length === 0
        ? `The signature of no known update of ${variable} by Microsoft is accepted`
        : `Of Microsoft's updates of ${variable}, the signatures of ${listed(accepted)} are accepted`;
    const named = refused.length === 0 ? "" : ` (${listed(refused)})`;
    return missingSigners.length === 0
      ? `${taken}.`
      : `${taken}; those signed under ${listed(missingSigners)}${named} are refused.`;
  },
  "kek-update": ({ pk, published }) => {
    if (published === null)
      return `Whether Microsoft publishes an update of KEK signed with ${pk} is not known.`;
    return published
      ? `Microsoft publishes an update of KEK signed with ${pk}.`
      : `Microsoft publishes no update of KEK that is signed with ${pk}.`;
  },
  "anyone-writes": ({ variable }) => `Anybody in the guest who may write variables can write ${variable}.`,
  "signers-write": ({ variable, signers }) =>
    `${variable} can be written with a signature by ${listed(signers)}.`,
  "nobody-writes": ({ variable }) => `Nobody can write ${variable} from inside the guest.`,

  "kek-lacks": ({ missing }) => `KEK lacks ${missing}.`,
  "db-lacks": ({ missing, holds }) => `db holds ${listed(holds)}, and lacks ${listed(missing)}.`,
  "dbx-lacks": ({ missing, ofHashes, release }) =>
    `dbx lacks ${missing} of the ${ofHashes} hashes of Microsoft's release ${release}.`,
  "dbx-is-missing": ({ release }) => `There is no dbx; Microsoft's newest known release is ${release}.`,
  "wrong-owners": ({ variables, entries, owner }) =>
    `${entries} entries of ${listed(variables)} stand under the owner of ${owner}.`,
  "pk-signs": ({ variable, pk, holder }) =>
    `A write of ${variable} must be signed with the PK, which is ${pk}; ${HOLDS[holder]}.`,
  "update-of": ({ variable, updates, signer }) =>
    `Microsoft's updates of ${variable} that bring it (${listed(updates)}) are signed under ${signer}.`,
  "signer-held": ({ variable, signer }) => `${variable} holds ${signer}, so the signature is accepted.`,
  "signer-missing": ({ variable, signer, pk }) =>
    `${variable} lacks ${signer}, and the PK (${pk}) is another key, so the signature is refused.`,
  "owner-needs-replacing": ({ variables }) =>
    `The owner of an entry changes only by a write that replaces ${listed(variables)} as a whole.`,
  "only-appends": ({ variables }) =>
    `Microsoft publishes updates of ${listed(variables)} that append, and none that replaces.`,
  "attributes-refused": ({ variable, attributes, needed }) =>
    `${variable} is stored with attributes 0x${attributes.toString(16)}; an update has 0x${needed.toString(16)}, and the daemon refuses one that differs.`,
  "list-stops-daemon": ({ variable, reason }) =>
    `An append to ${variable} stops the daemon, because the lists that are stored are malformed. ${reason}`,
  "update-fits": ({ update, variable, before, after, limit }) =>
    `${update} makes ${variable} ${after} bytes (now ${before}) of at most ${limit}: it fits.`,
  "update-over-data-limit": ({ update, variable, before, after, limit }) =>
    `${update} would make ${variable} ${after} bytes (now ${before}) of at most ${limit}: a daemon with the append fix refuses it, one without stores it and never loads the NVRAM again.`,
  "update-over-total-limit": ({ update, missing, limit }) =>
    `${update} is refused by every daemon: ${missing} bytes are missing in the total of ${limit}.`,
  "other-updates": ({ fits, overflows }) =>
    fits.length === 0
      ? `${listed(overflows)} do not fit either.`
      : `${listed(fits)} would fit${overflows.length === 0 ? "" : `, ${listed(overflows)} would not`}.`,
  "guest-can": ({ what, by }) => `The guest can ${what} by itself, with ${listed(by)}.`,
  "guest-can-unsigned": ({ what }) => `The guest can ${what} by itself: nothing has to be signed.`,
  "guest-cannot": ({ what, instead }) => `The guest cannot ${what} by itself. ${instead}`,
  "guest-perhaps": ({ what, dependsOn }) =>
    `Whether the guest can ${what} by itself depends on ${dependsOn}.`,

  "nothing-checked": ({ secureBoot }) =>
    `With Secure Boot off the firmware checks no signature${secureBoot === true ? "; the platform of this VM asks for Secure Boot" : ""}.`,
  "setup-mode-starts": ({ secureBoot }) =>
    `There is no PK: the daemon reports Secure Boot as off, whatever the platform asks for${secureBoot === true ? " (here: on)" : ""}.`,
  trusted: ({ certificate, revocations }) =>
    `db holds ${certificate}, and dbx${revocations === 0 ? "" : `, with ${revocations} hashes,`} does not revoke it.`,
  revoked: ({ certificate }) => `dbx revokes ${certificate}: what is signed under it is refused.`,
  "not-trusted": ({ certificate }) => `db lacks ${certificate}: what is signed under it is refused.`,
  "svn-least": ({ application, version }) =>
    `dbx names ${version} as the least version: a ${application} below it stops by itself.`,
  "sbat-least": ({ level, components }) =>
    `The SBAT level ${level} names least generations of ${listed(components)}: shim refuses older ones, itself included.`,
  "others-trusted": ({ certificates, hashes }) => {
    const parts = [
      ...(certificates.length === 0 ? [] : [listed(certificates)]),
      ...(hashes === 0 ? [] : [`${hashes} hashes of images`]),
    ];
    return `db also trusts ${listed(parts)}.`;
  },
  "starts-without-secure-boot": ({ loader }) =>
    `${loader ?? "The boot loader"} is started without a check of its signature; whether the disk holds one the NVRAM does not tell.`,
  "starts-if-not-revoked": ({ loader, certificates, revocations }) =>
    `${loader} starts, whether signed under ${certificates.join(" or ")}${unless(revocations)}.`,
  "depends-on-disk": ({ loader, conditions }) =>
    `It depends on the disk: ${loader} starts if ${listed(conditions)}.`,
  "nothing-trusted": ({ loader }) => `${loader} does not start with Secure Boot.`,

  "host-loads": ({ variables, largest, limit }) =>
    `${variables} variables, the largest of ${largest} bytes (at most ${limit})`,
  "host-refuses": ({ refusal }) => refusal,
  "uefistored-refuses": ({ code, version, found, limit }) =>
    `${misreading(version)} refuses ${MISREAD[code]}${comparison(found, limit)}`,
  "uefistored-overreads": ({ version, offset }) =>
    `${misreading(version)} reads past the end of the ${offset} bytes: it may crash, or take what stands there`,
  "host-writes-nothing": ({ refusal }) =>
    refusal === null ? "it does not load" : `it does not load: ${refusal}`,
  "nothing-to-add": ({ variable }) => `no known update adds anything to ${variable}`,
  "no-known-signer": ({ variable }) =>
    `no known update of ${variable} is signed under a certificate of KEK; of others nothing is known`,
  "updates-fit": ({ newest, after, limit, fits }) =>
    `${newest} is taken: dbx gets ${after} bytes of at most ${limit}${others(fits.filter((id) => id !== newest))}`,
  "updates-kill": ({ kills, fits, after, limit }) =>
    `${listed(kills)} ${kills.length === 1 ? "is" : "are"} taken and kill${kills.length === 1 ? "s" : ""} the VM: dbx gets up to ${after} bytes, and at most ${limit} load${others(fits)}`,
  "updates-refused": ({ refused, fits, missing }) =>
    `${listed(refused)} ${refused.length === 1 ? "is" : "are"} refused: up to ${missing} bytes are missing${others(fits)}`,
  "over-uefistored-limit": ({ update, after, limit }) =>
    `${update} would make dbx ${after} bytes, and uefistored takes ${limit}`,
  "uefistored-not-modelled": ({ update, after, limit }) =>
    `${update} would make dbx ${after} bytes of at most ${limit}; what uefistored answers is not modelled`,
  "file-fits": ({ file, most, limit }) =>
    `the file has ${file} bytes and whatever the guest keeps in memory, at most ${most} of ${limit}`,
  "file-too-large": ({ file, limit }) => `the file has ${file} bytes or more, and at most ${limit} are read`,
  "file-may-grow": ({ file, limit }) =>
    `${file} of at most ${limit} bytes are stored variables; ${limit - file} are left for those that the guest keeps in memory`,
  "too-many-records": ({ records, limit }) =>
    `the file holds ${records} variables or more, and ${limit} are read`,
};

export function sentenceOf<C extends Claim>(claim: C, facts: ClaimFacts[C]): string {
  return SENTENCES[claim](facts);
}
