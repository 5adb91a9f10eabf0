/** One sentence for each claim, made of its facts: the only place with these words. */
import type { UefistoredRefusal } from "../../daemon/uefistored-loader.ts";
import { NO_CERTIFICATE } from "../engine/platform-key.ts";
import { listed } from "../engine/sentences.ts";
import type { Aim, Claim, ClaimFacts, Exceptions, Holder, Loader } from "./claims.ts";

const HOLDERS: Readonly<Record<Holder, string>> = {
  microsoft: "Microsoft holds its private key",
  vates: "Vates, who make XCP-ng, hold its private key",
  public: "its private key is public",
  unknown: "its private key is with whoever made it, such as the pool's owner",
};

const AIMS: Readonly<Record<Aim, { readonly verb: string; readonly instead: string }>> = {
  kek: { verb: "get the certificate", instead: "it has to be added to KEK from outside" },
  db: { verb: "get the certificates", instead: "they have to be added to db from outside" },
  dbx: { verb: "bring its dbx up to date", instead: "it has to be repaired from outside first" },
  owners: { verb: "correct the owners", instead: "varscope repair does it from outside" },
};

const LOADERS: Readonly<Record<Loader, string>> = {
  windows: "A Windows boot manager",
  linux: "A shim signed by Microsoft",
  other: "Another boot loader",
};

const ASSUMED: Readonly<Record<Loader, string>> = {
  windows: "a Windows boot manager as Microsoft signs it",
  linux: "a shim as Microsoft signs it",
  other: "another boot loader",
};

const ON_DISK: Readonly<Record<Loader, string>> = {
  windows: "The Windows boot manager",
  linux: "The shim",
  other: "The boot loader",
};

const MISREAD: Readonly<Record<UefistoredRefusal, string>> = {
  "count-over-limit": "that many variables",
  "name-empty": "an empty name",
  "name-over-limit": "a name that long",
  "data-empty": "a variable without data",
  "data-over-limit": "data that long",
  "trailing-bytes": "bytes behind the last variable",
};

/** What db allows, in words: certificates, and hashes of images. */
function allowed(certificates: readonly string[], hashes: number): readonly string[] {
  if (hashes === 0) return certificates;
  return [...certificates, hashes === 1 ? "one hash of an image" : `${hashes} hashes of images`];
}

/** The same as a condition. */
function fitting(certificates: readonly string[], hashes: number): string {
  const ways = [
    ...(certificates.length === 0 ? [] : [`is signed under ${certificates.join(" or ")}`]),
    ...(hashes === 0 ? [] : [`has one of the ${hashes} hashes of db`]),
  ];
  return ways.join(" or ");
}

function unless({ version, level, revocations }: Exceptions): string {
  const exceptions = [
    ...(revocations === 0 ? [] : [`its own hash is among the ${revocations} of dbx`]),
    ...(version === null ? [] : [`its version is below ${version}`]),
    ...(level === null ? [] : [`the SBAT level ${level} refuses it`]),
  ];
  return exceptions.length === 0 ? "" : `, unless ${exceptions.join(" or ")}`;
}

function are(items: readonly string[]): string {
  return `${listed(items)} ${items.length === 1 ? "is" : "are"}`;
}

function alsoFitting({ length }: readonly string[]): string {
  return length === 0 ? "" : `; ${length} other${length === 1 ? "" : "s"} would fit`;
}

/** From version 2 on it reads 268 bytes as a record that are none. */
function uefistored(version: number): string {
  return version < 2 ? "uefistored" : `uefistored misreads version ${version} from its first record on, and`;
}

const SENTENCES: { readonly [C in Claim]: (facts: ClaimFacts[C]) => string } = {
  loads: ({ variables }) => `varstored loads the NVRAM (${variables} variables).`,
  "does-not-load": ({ refusal }) => `varstored refuses the NVRAM, so the VM does not start. ${refusal}`,

  "user-mode": ({ pk }) =>
    `There is a PK${pk === NO_CERTIFICATE ? " that is no certificate" : ` (${pk})`}: user mode, in which writes of PK, KEK, db and dbx must be signed.`,
  "setup-mode": ({ variables }) =>
    `There is no PK: setup mode, in which writes of ${listed(variables)} need no signature.`,
  "not-enforced": ({ setting }) => `${setting} is false, so the daemon asks for no signature.`,
  "pk-not-read": ({ readBytes, bytes }) =>
    `No PK was found in the first ${readBytes} of ${bytes} bytes, and the rest cannot be read.`,
  "carried-key-signs": ({ variable }) =>
    `There is no PK: setup mode, in which a new ${variable} is signed with the certificate that it carries.`,
  signer: ({ certificate, through, variable, holder }) =>
    `${certificate} (in ${through}) may sign writes of ${variable}; ${HOLDERS[holder]}.`,
  "more-signers": ({ variable, count }) => `${count} more may sign writes of ${variable}.`,
  "unusable-entries": ({ variable, count, reasons }) =>
    `${variable} holds ${count} ${count === 1 ? "entry" : "entries"} that can sign nothing (${listed(reasons)}).`,
  "updates-by-signer": ({ variable, accepted, refused, missingSigners }) => {
    const all = refused.length === 0;
    const taken =
      accepted.length === 0
        ? `No known update of ${variable} by Microsoft has a signature that is accepted`
        : `Of Microsoft's known updates of ${variable} the signatures of ${all ? `all ${accepted.length}` : listed(accepted)} are accepted`;
    if (missingSigners.length === 0) return `${taken}.`;
    return `${taken}; what is signed under ${listed(missingSigners)} is refused.`;
  },
  "kek-update": ({ pk, published }) => {
    if (pk === NO_CERTIFICATE) return "The PK is no certificate: nobody can sign an update of KEK.";
    if (published === null)
      return `Whether Microsoft publishes an update of KEK signed with ${pk} is not known.`;
    return `Microsoft publishes ${published ? "an" : "no"} update of KEK that is signed with ${pk}.`;
  },
  "anyone-writes": ({ variable }) => `Whoever is administrator of the guest can write ${variable}.`,
  "signers-write": ({ variable, signers }) =>
    `${variable} can be written with a signature by ${signers.join(" or ")}.`,
  "nobody-writes": ({ variable }) => `Nobody can write ${variable} from inside the guest.`,
  "writers-unknown": ({ variable }) => `Who can write ${variable} cannot be told.`,

  "kek-lacks": ({ missing }) =>
    `KEK lacks ${missing}, under which Microsoft signs updates from September 2026 on.`,
  "db-lacks": ({ missing, holds }) => `db holds ${listed(holds)}, and lacks ${listed(missing)}.`,
  "dbx-lacks": ({ missing, ofHashes, release }) =>
    `dbx lacks ${missing} of the ${ofHashes} hashes of Microsoft's release ${release}.`,
  "dbx-is-missing": ({ release }) => `There is no dbx; Microsoft's newest known release is ${release}.`,
  "wrong-owners": ({ variables, entries, owner }) =>
    `${entries} entries of ${listed(variables)} stand under the owner of ${owner}.`,
  "pk-signs": ({ variable, pk, holder }) =>
    `A write of ${variable} must be signed with the PK, which is ${pk}; ${HOLDERS[holder]}.`,
  "pk-signs-nothing": ({ variable, pk }) =>
    pk === NO_CERTIFICATE
      ? `A write of ${variable} must be signed with the PK, and that is no certificate: nobody can sign one.`
      : `A write of ${variable} must be signed with the PK, and this one (${pk}) can sign nothing.`,
  "update-of": ({ variable, updates, signer }) =>
    `Microsoft's updates of ${variable} that bring them (${listed(updates)}) are signed under ${signer}.`,
  "signer-held": ({ variable, signer }) =>
    `${variable} holds ${signer}, so a signature under it is accepted.`,
  "signer-missing": ({ variable, signer, pk }) =>
    `${variable} lacks ${signer}, and the PK is ${pk === NO_CERTIFICATE ? pk : `another key (${pk})`}, so a signature under it is refused.`,
  "owner-needs-replacing": ({ variables }) =>
    `An owner changes only by a signed write that replaces all of ${listed(variables)}.`,
  "only-appends": ({ variables }) =>
    `Microsoft's updates of ${listed(variables)} append to what is there; none replaces it.`,
  "attributes-refused": ({ variable, attributes, needed }) =>
    `${variable} is stored with attributes 0x${attributes.toString(16)}, and the daemon refuses an update, which has 0x${needed.toString(16)}.`,
  "list-stops-daemon": ({ variable, reason }) =>
    `Its lists are malformed so that an append to ${variable} stops the daemon. ${reason}`,
  "list-leaves-open": ({ variable, reason }) =>
    `What an append to ${variable} comes to cannot be known. ${reason}`,
  "keys-stop-daemon": ({ variable, signer, reason }) =>
    `Before it comes to ${signer} in ${variable}, the daemon stops. ${reason}`,
  "keys-leave-open": ({ variable, signer, reason }) =>
    `Whether a signature under ${signer} is accepted cannot be known${variable === "PK" ? "." : `: no certificate that the daemon finds in ${variable} before is it.`} ${reason}`,
  "update-fits": ({ updates, variable, before, after, limit }) =>
    `With ${listed(updates)}, ${variable} grows from ${before} to ${after} bytes of at most ${limit}: that fits.`,
  "update-over-data-limit": ({ updates, variable, before, after, limit }) =>
    `With ${listed(updates)}, ${variable} would grow from ${before} to ${after} bytes, and at most ${limit} load: a daemon with the append fix refuses that, one without stores it and never loads the NVRAM again.`,
  "update-over-total-limit": ({ updates, missing, limit }) =>
    `For ${listed(updates)}, ${missing} bytes are missing in the total of ${limit}: every daemon refuses that.`,
  "other-updates": ({ fits, overflows }) =>
    fits.length === 0
      ? `Nor would ${listed(overflows)} fit.`
      : `${listed(fits)} would fit${overflows.length === 0 ? "" : `, ${listed(overflows)} would not`}.`,
  "guest-can": ({ aim, by }) => `The guest can ${AIMS[aim].verb} by itself, with ${listed(by)}.`,
  "guest-can-unsigned": ({ aim }) => `The guest can ${AIMS[aim].verb} by itself: nothing has to be signed.`,
  "guest-cannot": ({ aim }) => `The guest cannot ${AIMS[aim].verb} by itself: ${AIMS[aim].instead}.`,
  "guest-perhaps": ({ aim, update, signer }) =>
    `The guest can ${AIMS[aim].verb} only with ${update} that is signed with ${signer}; whether there is one is not known.`,
  "guest-open": ({ aim }) => `Whether the guest can ${AIMS[aim].verb} by itself cannot be known.`,

  "boots-by-bios": () =>
    "The VM boots by BIOS: no daemon is started for it, nobody reads this NVRAM, and no update comes to it.",
  "starts-by-bios": ({ loader }) =>
    `${loader === null ? "The VM" : LOADERS[loader]} starts as far as this NVRAM goes: with BIOS nothing is asked of it, and Secure Boot does not apply.`,
  "nothing-checked": ({ secureBoot }) =>
    `With Secure Boot off the firmware checks no signature${secureBoot === true ? " (this VM's platform has it on)" : ""}.`,
  "secure-boot-off": ({ secureBoot }) =>
    `There is no PK: the daemon reports Secure Boot as off${secureBoot === true ? ", although this VM's platform has it on" : ""}.`,
  trusted: ({ certificate }) => `db holds ${certificate}, and dbx does not revoke it.`,
  revoked: ({ certificate }) => `dbx revokes ${certificate}: what is signed under it is refused.`,
  "not-trusted": ({ certificate }) => `db lacks ${certificate}: what is signed under it is refused.`,
  "svn-least": ({ application, version }) =>
    `dbx names ${version} as the least version: an older ${application} stops by itself.`,
  "sbat-least": ({ level, components }) =>
    `The SBAT level ${level} names least generations of ${listed(components)}: shim refuses older ones, itself included.`,
  "others-trusted": ({ certificates, hashes }) => `db also allows ${listed(allowed(certificates, hashes))}.`,
  "no-others-trusted": ({ certificates }) =>
    `db allows nothing besides Microsoft's certificates (${certificates} there).`,
  "starts-unchecked": ({ loader }) =>
    `${loader === null ? "The boot loader" : LOADERS[loader]} is started without a check of its signature; whether the disk has one the NVRAM does not tell.`,
  starts: ({ loader, certificates, ...exceptions }) =>
    `${LOADERS[loader]} starts, signed under ${certificates.join(" or ")}${unless(exceptions)}.`,
  "depends-on-disk": ({ loader, certificates, hashes, ...exceptions }) =>
    `${LOADERS[loader]} starts if it ${fitting(certificates, hashes)}${unless(exceptions)}: that depends on the disk.`,
  "not-trusted-at-all": ({ loader }) => `${LOADERS[loader]} does not start with Secure Boot.`,
  "does-not-start": ({ loader }) => `${loader === null ? "The VM" : LOADERS[loader]} does not start.`,

  "image-assumed": ({ loader, why }) =>
    `This assumes ${ASSUMED[loader]}: the NVRAM alone was looked at${why === null ? "" : `, because ${why.replace(/\.$/, "")}`}.`,
  "image-missing": ({ loader }) =>
    `The disks of the VM have none that the firmware would start: this assumes ${ASSUMED[loader]}.`,
  "image-on-disk": ({ path, taken, reason }) =>
    `On the disk, ${path}: ${taken === null ? "not known" : taken ? "taken" : "refused"}${reason === null ? "" : ` (${reason})`}.`,
  "starts-from-disk": ({ loader, path }) => `${ON_DISK[loader]} of this disk starts: ${path}.`,
  "refused-on-disk": ({ loader, path }) =>
    `${ON_DISK[loader]} of this disk, ${path}, does not start with Secure Boot.`,
  "open-on-disk": ({ loader, path }) =>
    `Whether ${ON_DISK[loader].toLowerCase().replace("windows", "Windows")} of this disk, ${path}, starts cannot be known.`,

  "host-loads": ({ variables, largest, limit }) =>
    `${variables} variables, the largest of ${largest} bytes (of at most ${limit}).`,
  "host-refuses": ({ refusal }) => refusal,
  "uefistored-refuses": ({ code, version, found, limit }) =>
    `${uefistored(version)} refuses ${MISREAD[code]}${limit === null ? "" : ` (${found}, at most ${limit})`}.`,
  "uefistored-overreads": ({ version, bytes }) =>
    `${uefistored(version)} reads past the end of the ${bytes} bytes: what it finds there nobody can tell.`,
  "needs-loading": ({ loads }) =>
    loads === "no" ? "It does not load there." : "Whether it loads there is not known.",
  "nothing-to-add": ({ variable }) => `No known update adds anything to ${variable}.`,
  "no-known-signer": ({ variable }) =>
    `No known update of ${variable} is signed under a certificate of KEK; of others nothing is known.`,
  "updates-fit": ({ newest, fits, after, limit }) =>
    `${newest} is taken: dbx gets ${after} bytes of at most ${limit}${alsoFitting(fits.slice(1))}.`,
  "updates-kill": ({ kills, fits, after, limit }) =>
    `${are(kills)} taken, and the VM never starts again: dbx gets up to ${after} bytes, and ${limit} load${alsoFitting(fits)}.`,
  "updates-refused": ({ refused, fits, missing }) =>
    `${are(refused)} refused: up to ${missing} bytes are missing${alsoFitting(fits)}.`,
  "over-uefistored-limit": ({ update, after, limit }) =>
    `${update} would bring dbx to ${after} bytes, and uefistored stores at most ${limit}.`,
  "uefistored-not-modelled": ({ update, after, limit }) =>
    `${update} would bring dbx to ${after} bytes of at most ${limit}; what else uefistored asks for is not modelled.`,
  "file-fits": ({ file, most, limit }) =>
    `The file has ${file} bytes as far as is known, and never more than ${most}; ${limit} are read.`,
  "file-too-large": ({ file, limit }) => `The file has ${file} bytes or more, and at most ${limit} are read.`,
  "file-may-grow": ({ file, limit }) =>
    `The file has ${file} of at most ${limit} bytes, and besides what the guest keeps in memory: that is not known.`,
  "too-many-records": ({ records, limit }) =>
    `The file holds ${records} variables or more, and at most ${limit} are read.`,
};

export function sentenceOf<C extends Claim>(claim: C, facts: ClaimFacts[C]): string {
  return SENTENCES[claim](facts);
}
