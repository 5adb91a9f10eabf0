/** JSON Schema of `analyze --format json`. */
import { POOL_READINESS, VM_READINESS } from "../../rules/engine/readiness.ts";
import { PLACES, PRODUCTS } from "../remedies/remedy.ts";
import { SCHEMA_VERSION } from "../report.ts";
import { BOOT_ANSWER } from "./boot-answer.ts";
import {
  array,
  count,
  DAY,
  document,
  flag,
  GUID,
  object,
  oneOf,
  orNull,
  type Schema,
  SHA256,
  SPAN,
  text,
  VARIABLE,
  variableWith,
} from "./common.ts";
import { DETAIL } from "./detail.ts";
import { ARCHIVE, HOST } from "./host.ts";

const FACT = {
  anyOf: [
    { type: "string" },
    { type: "number" },
    { type: "boolean" },
    { type: "null" },
    { type: "array", items: { anyOf: [{ type: "string" }, { type: "number" }] } },
  ],
};

export const FINDING_PROPERTIES: Readonly<Record<string, Schema>> = {
  ruleId: text("`varscope explain RULE` says more"),
  severity: oneOf(["error", "warning", "info"], "how loudly it speaks"),
  breaks: orNull(oneOf(["start", "update", "secure-boot", "restore"], "what goes wrong because of it")),
  variable: orNull(VARIABLE),
  path: text("such as vms[0].NVRAM.EFI-variables.variables[3].data"),
  span: orNull(SPAN),
  message: text(),
  facts: {
    type: "object",
    additionalProperties: FACT,
    description: "what the message is made of; depends on the rule",
  },
  repair: orNull(object({ applicability: oneOf(["safe", "unsafe", "manual"]), title: text() })),
};

const FINDING = object({
  ...FINDING_PROPERTIES,
  ignored: text("why it is not told to people nor counted for the exit code"),
  ignoredUntil: { ...DAY, description: "where the ignore file says so" },
});

export const ERROR: Schema = object({
  code: text("stable"),
  message: text(),
  path: text("the place inside the input; empty for the input itself"),
  offset: orNull(count("bytes from the start of that place")),
});

const REFUSAL = object(
  { code: text("stable"), message: text(), offset: count("byte of the blob"), variable: orNull(VARIABLE) },
  "why varstored would not load it",
);

const NVRAM_VARIABLE = variableWith({
  index: count("its place in the blob"),
  attributes: orNull(count("null where the input does not tell them")),
  bytes: count("length of its data"),
  timestamp: orNull(text("YYYY-MM-DDThh:mm:ss as stored; null when all zero")),
});

const NVRAM = object(
  {
    state: oneOf(
      ["present", "empty", "redacted", "unreadable", "not-in-record"],
      "not-in-record: the record has no such member, so that nothing is known",
    ),
    version: orNull(count()),
    bytes: orNull(count("length of the blob")),
    sha256: orNull(SHA256),
    variableCount: count(),
    usedBytes: count("the daemon's accounting of what the blob holds: name + data + 128 each"),
    limitBytes: count(),
    runtimeBytes: count("what the daemon adds to usedBytes at start"),
    loads: orNull(
      flag(
        "would varstored load this; null when redacted, not in the record, or what a guest shows of itself",
      ),
    ),
    refusal: orNull(REFUSAL),
    variables: array(NVRAM_VARIABLE),
  },
  "null where the record's map is there and holds no EFI variables",
);

export const VERDICT: Schema = oneOf([
  "no-nvram",
  "unknown",
  "unreadable",
  "unbootable",
  "at-risk",
  "healthy",
]);

const RESTORABLE = object(
  {
    ok: orNull(
      flag("false where the input shows that something is missing, empty or cut; null when not known"),
    ),
    problems: array(text(), "why it is not true"),
  },
  "whether a restore finds what it takes",
);

const BACKUP = object(
  {
    vmUuid: orNull(text("of the live VM")),
    timestamp: orNull(text("ISO 8601 UTC")),
    mode: orNull(text("full or delta")),
    jobId: orNull(text()),
    scheduleId: orNull(text()),
    xva: orNull(text("the export of a full backup, seen from its JSON")),
    file: orNull(text("the JSON's path in the remote, where a cache held it")),
    restorable: RESTORABLE,
  },
  "the backup of Xen Orchestra that it stands in; null for anything else",
);

export const VM_KIND: Schema = oneOf([
  "vm",
  "template",
  "default-template",
  "snapshot",
  "control-domain",
  "pool",
  "host",
  "unknown",
]);

const SINCE = object(
  {
    status: oneOf(["new", "changed", "unchanged"]),
    verdict: orNull(VERDICT),
    newFindings: array(count(), "places in findings"),
    fixedFindings: array(object({ ruleId: text(), variable: orNull(VARIABLE) })),
    unchanged: count("findings that stand in both"),
  },
  "only with --baseline: what it came to since then; verdict is what it was",
);

const VM = object({
  uuid: orNull(text()),
  nameLabel: orNull(text()),
  kind: VM_KIND,
  source: text("which copy: NVRAM, snapshot_metadata.NVRAM, …"),
  firmware: orNull(oneOf(["uefi", "bios"], "what starts the VM; null when not known, and for a PV guest")),
  secureBoot: orNull(
    flag("whether it starts with it; null when not known; false with BIOS, which knows none"),
  ),
  secureBootSetting: {
    enum: [true, false, "auto", null],
    description:
      "platform:secureboot; auto: on where the pool has certificates, so that secureBoot tells it where they are known",
  },
  xapiState: orNull(
    text(
      "secureboot_certificates_state: ok, update_available, update_on_boot; null where the record has none",
    ),
  ),
  readiness: orNull(
    oneOf(
      VM_READINESS,
      "what XAPI's VM.get_secureboot_readiness answers with this NVRAM; null where that is not known, or where XAPI answers with an error, as for an NVRAM that does not load",
    ),
  ),
  nvram: orNull(NVRAM),
  backup: orNull(BACKUP),
  verdict: VERDICT,
  findings: array(FINDING),
  since: SINCE,
  detail: DETAIL,
  boot: object(
    { error: orNull(ERROR), ...BOOT_ANSWER },
    "only with --boot: what starts from the disks; error: why they could not be read, with the code not-looked-at where there is nothing to look at",
  ),
});

const AUTH_FILE = object(
  {
    name: text("empty when read from standard input"),
    signed: flag("false: it can be written only to a VM that has no PK yet"),
    target: orNull(
      object({
        variable: oneOf(["PK", "KEK", "db", "dbx", "dbt"]),
        append: flag("false where it replaces what is there"),
        by: oneOf(["signature", "name", "content"], "how that is known"),
      }),
    ),
  },
  "one .auth file by itself; null of a set",
);

const CERTIFICATES = object({
  kind: oneOf(["pool", "host", "unknown"]),
  uuid: orNull(text()),
  nameLabel: orNull(text()),
  source: text("field of the record; archive or file where there is none"),
  active: orNull(flag("false where another set counts before this one; null when not known")),
  file: orNull(AUTH_FILE),
  plants: array(
    object({
      name: oneOf(["PK", "KEK", "db", "dbx"]),
      bytes: count("length of its signature lists"),
      signatures: count(),
      certificates: array(text(), "names of its X.509 certificates"),
      timestamp: orNull(text("YYYY-MM-DDThh:mm:ss; null when all zero")),
    }),
    "what a VM gets when it starts for the first time",
  ),
});

const FILE = object(
  {
    bytes: orNull(count("null for a pipe that was not read to its end")),
    modified: orNull(text("YYYY-MM-DDThh:mm:ssZ; null for a pipe")),
    sha256: orNull({ ...SHA256, description: "null where only a part is read: exports, archives, disks" }),
  },
  "the file as it was read, of members of an archive the archive; null where none could be opened",
);

export const INPUT: Schema = object({
  path: text("as given on the command line"),
  place: count("of the file among all that the command line names; members of an archive share it"),
  format: orNull(text("id of the format that opened it")),
  file: orNull(FILE),
  error: orNull(ERROR),
  findings: array(FINDING, "of the host or the container as a whole"),
  certificates: array(CERTIFICATES, "Secure Boot certificates that pool and host records carry"),
  poolReadiness: oneOf(
    POOL_READINESS,
    "what XAPI's pool.get_guest_secureboot_readiness answers; only where a pool's record tells it",
  ),
  skipped: object({ controlDomains: count(), defaultTemplates: count() }),
  archive: ARCHIVE,
  software: array(
    object({ brand: text("such as XCP-ng"), version: text("such as 8.3.0") }),
    "of the hosts that it came from, by the header of the export or the rows of the database; missing where the input does not tell it",
  ),
  host: HOST,
  vms: array(VM, "one element per copy of an NVRAM"),
  since: SINCE,
});

const COUNTS = { type: "object", additionalProperties: count() };

const SUMMARY = object({
  inputs: count(),
  failed: count("with an error other than unrecognised"),
  unrecognised: count("that no format claims"),
  foldersWithoutDumps: count(
    "of inputs and failed those that stand for a whole folder in which nothing is a dump; missing where there are none",
  ),
  vms: count("records"),
  sources: count("copies of an NVRAM"),
  byVerdict: COUNTS,
  byRule: COUNTS,
  machines: orNull(
    count(
      "VMs: one UUID over all inputs is one, a copy without a UUID (a bare blob) is one by itself; null where there are too many to tell apart",
    ),
  ),
  byMachine: orNull({
    ...COUNTS,
    description:
      "VMs by the worst verdict of the copies that a start or the newest restore takes: the NVRAM of the VM's own record (and the saved state of a suspended one), and of its backups what the newest restores; never snapshots, templates, snapshot_metadata or older backups. A copy of which nothing is known counts only where it is the VM's only one.",
  }),
});

const COPY_OF_BACKUP = {
  path: text("of the input"),
  file: orNull(text("the backup's own path, where the input is a cache of several")),
  source: text("which copy"),
  verdict: VERDICT,
  sha256: orNull(SHA256),
};

const CHANGE = object({
  variable: VARIABLE,
  kind: oneOf(["added", "removed", "changed"]),
  bytesBefore: orNull(count()),
  bytesAfter: orNull(count()),
  signatures: orNull(object({ added: count(), removed: count(), moved: count("under another owner") })),
});

const TIMELINE = object({
  vmUuid: GUID,
  nameLabel: orNull(text()),
  backups: array(
    object({
      timestamp: text("ISO 8601 UTC"),
      mode: orNull(
        text(
          "full or delta; pool-metadata: the database of a pool's backup; snapshot: of a VM that stands in the same input",
        ),
      ),
      ...COPY_OF_BACKUP,
      restorable: RESTORABLE,
      rules: array(text(), "whose findings break something"),
      otherCopies: array(object(COPY_OF_BACKUP)),
    }),
    "the oldest first; verdict and path are those of the copy that a restore takes",
  ),
  lastGood: orNull(count("place in backups of the newest good one that can be restored")),
  firstBad: orNull(count("place in backups of the oldest bad one after it")),
  current: object(
    COPY_OF_BACKUP,
    "the VM's own record beside its snapshots, where nothing tells when it was saved: later than each of them; missing without one",
  ),
  notRead: array(
    object({ timestamp: text("ISO 8601 UTC"), path: text() }),
    "backups of which no file could be read, told by their place, the oldest first; missing without one",
  ),
  changes: orNull(array(CHANGE, "from the last good one to the first bad one")),
});

const IDENTITY = {
  uuid: orNull(text()),
  nameLabel: orNull(text()),
  source: text("which copy"),
  path: text("of the input"),
};

const CLUSTER = object({
  verdict: VERDICT,
  faults: array(text(), "rules whose findings make the cause; those that break something, where any does"),
  isMixed: flag("true where more causes than are told apart came together"),
  keys: orNull(
    object(
      {
        sha256: SHA256,
        text: text(),
        certificates: array(object({ variable: oneOf(["KEK", "db"]), name: text(), owner: GUID })),
      },
      "what KEK and db hold, whatever the order",
    ),
  ),
  baseTemplateName: orNull(text("other_config:base_template_name")),
  templates: array(
    object({
      ...IDENTITY,
      kind: text(),
      verdict: VERDICT,
      isNamed: flag("bears the name that the members give; else it has the same base template as they"),
      sharesCause: flag("same verdict, faults and certificates"),
    }),
    "of the same run, that the members may come from; the likeliest first",
  ),
  copies: count(),
  vms: count(),
  snapshots: count(),
  ownTemplates: count("templates among the members"),
  members: array(object({ ...IDENTITY, kind: text() }), "the first of them"),
  next: array(object({ text: text(), commands: array(text()) })),
});

const BASELINE = object(
  {
    file: text(),
    version: orNull(text("of varscope that wrote it; null where it does not say")),
    new: count("findings"),
    fixed: count(),
    unchanged: count(),
    worse: count("copies whose verdict got worse"),
    copies: object({ new: count(), changed: count(), unchanged: count() }),
    gone: orNull(
      object({
        count: count(),
        copies: array(object({ ...IDENTITY, verdict: VERDICT }), "the first of them"),
      }),
    ),
  },
  "only with --baseline; gone is null with --shard",
);

export const NEXT_STEP: Schema = object({
  where: oneOf(PLACES, "where it is typed or clicked"),
  title: text(),
  commands: array(text("a line of a shell; of the guest's own inside it")),
  caution: orNull(text("what it may cost")),
  expect: orNull(text("what one sees when it worked")),
  undo: orNull(text("how to go back")),
});

const NEXT_STEPS = object({
  title: text("what it is about"),
  for: array(
    object({
      input: count("place in inputs"),
      vm: orNull(count("place in its vms; null for the input itself")),
    }),
  ),
  ruleIds: array(text()),
  errorCodes: array(text()),
  product: oneOf(PRODUCTS, "the same remedy stands once for each product where it is not known"),
  way: orNull(text("which of several ways it is")),
  steps: array(NEXT_STEP),
  source: array(text("where it is known from")),
});
const IGNORE_ENTRY: Schema = {
  type: "object",
  properties: { rule: text(), vm: text(), path: text(), variable: text(), reason: text(), until: DAY },
  required: ["rule", "reason", "until"],
};
const IGNORED = object(
  {
    byOption: count("findings that --only, --ignore and --min-severity leave out"),
    until: {
      ...COUNTS,
      description: "findings that the ignore file names, by the last day on which it does",
    },
    expired: array(IGNORE_ENTRY, "entries of the ignore file that are past their day"),
    unused: array(IGNORE_ENTRY, "entries that matched nothing; only where the run saw everything itself"),
  },
  "only with --only, --ignore, --min-severity or --ignore-file",
);

export const REPORT_SCHEMA: Schema = document(
  "varscope analyze",
  object({
    schemaVersion: { const: SCHEMA_VERSION },
    tool: object({
      name: { const: "varscope" },
      version: text(),
      tables: { ...DAY, description: "of the newest release in its tables" },
    }),
    asOf: DAY,
    title: text("as --title gave it"),
    referenceId: text("as --reference-id gave it"),
    convertedFrom: object(
      { version: orNull(text("of varscope that wrote it")), asOf: orNull(DAY) },
      "only of convert: the saved report that is told once more",
    ),
    inputs: array(INPUT, "--format ndjson prints one of these a line"),
    summary: SUMMARY,
    timelines: array(
      TIMELINE,
      "one a VM of which there are backups, databases of its pool's backups, or snapshots beside its record; by UUID",
    ),
    timelineCopiesLeftOut: count(
      "copies in backups beyond what timelines are made of; missing where there are none",
    ),
    clusters: array(CLUSTER, "only with --group: copies of one root cause, the largest first"),
    baseline: BASELINE,
    nextSteps: array(NEXT_STEPS, "what to do, the worst verdict first"),
    ignored: IGNORED,
  }),
);
