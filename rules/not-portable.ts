import { largest } from "../parsers/arrays.ts";
import { UEFISTORED_LIMITS, VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { VarstoredBlob } from "../parsers/model.ts";
import { isResumeFile } from "../parsers/suspend-image/copy.ts";
import { repairByMerge } from "./engine/after-merge.ts";
import type { BlobRule } from "./engine/rule.ts";

const { MAX_FILE_SIZE, DB_VERSION } = VARSTORED_LIMITS;
const { MAX_VAR_COUNT, NAME_LIMIT, DATA_LIMIT } = UEFISTORED_LIMITS;
/** Linux include/uapi/linux/binfmts.h, MAX_ARG_STRLEN: one argument with its NUL. */
const MAX_ARGUMENT_BYTES = 131_072;
const XE_KEY = "EFI-variables=";

export const notPortable: BlobRule = {
  meta: {
    id: "not-portable",
    title: "The NVRAM does not fit everywhere that it may be taken to",
    severity: "info",
    breaks: null,
    repairable: "sometimes",
    since: "0.1.0",
    docs: {
      what: "Compares the blob with three borders besides the loader's: the file by which a VM is suspended and migrated, one argument of the xe command, and, for blobs of version 0 and 1, what uefistored of XCP-ng 8.2 takes.",
      why: "A file of more than 131072 bytes is refused when the VM is resumed or arrives on another host. Linux takes no argument of 131072 bytes, so that xe vm-param-add cannot write such a text. uefistored takes 128 variables, names of 256 and data of 32768 bytes: with more, a VM does not start on 8.2. In the saved state of a suspended VM only the first border counts, and there it is an error: no host resumes that VM.",
      repair:
        "None for its own sake: an NVRAM is right on the host where it is. Where merging copies in KEK, db and dbx brings it below every border, the finding says so. A suspended VM is shut down with force=true, which gives up what was in its memory. For the argument there are other ways: fix-efivars restore-efivar-backup, or VM.set_NVRAM_EFI_variables through the API.",
      notAFault:
        "That uefistored misreads version 2 is so for every VM that was started on 8.3, and is only said where something else is.",
      references: [
        "varstored include/xapidb.h and xapidb.c, MAX_FILE_SIZE",
        "Linux include/uapi/linux/binfmts.h, MAX_ARG_STRLEN",
        "xcp-ng/uefistored inc/config.h and src/serializer.c",
      ],
    },
  },
  topics: ["hosts"],
  message: ({ fails }) => `${(fails as readonly string[]).join("; ")}.`,
  on: "blob",
  *detect(blob, context) {
    const { bytes, version } = blob;
    // A saved state is in that file already, and goes nowhere else.
    if (isResumeFile(context.vm)) {
      const fails = resumeFile(bytes.length);
      const facts = { bytes: bytes.length, version, fails };
      if (fails.length > 0) yield { path: "", span: null, facts, severity: "error", breaks: "start" };
      return;
    }
    const fails = refusals(blob);
    if (fails.length === 0) return;
    const repair = repairByMerge(blob, context, (after) => refusals(after).length > 0);
    if (version >= DB_VERSION) fails.push(`XCP-ng 8.2 misreads version ${version}, as of every VM from 8.3`);
    const facts = { bytes: bytes.length, version, fails };
    yield { path: "", span: null, facts, ...(repair === null ? {} : { repair }) };
  },
};

function refusals(blob: VarstoredBlob): string[] {
  return [...fileAndArgument(blob.bytes.length), ...(blob.version < DB_VERSION ? uefistored(blob) : [])];
}

function resumeFile(blobBytes: number): string[] {
  if (blobBytes <= MAX_FILE_SIZE) return [];
  return [`No host resumes it or takes it by migration (${blobBytes} of at most ${MAX_FILE_SIZE} bytes)`];
}

function fileAndArgument(blobBytes: number): string[] {
  const fails = resumeFile(blobBytes);
  const argument = XE_KEY.length + 4 * Math.ceil(blobBytes / 3) + 1;
  if (argument > MAX_ARGUMENT_BYTES) {
    fails.push(
      `xe cannot be given it as one argument (${argument} of at most ${MAX_ARGUMENT_BYTES} characters)`,
    );
  }
  return fails;
}

function uefistored({ variables }: VarstoredBlob): string[] {
  const fails: string[] = [];
  const names = largest(variables.map(({ nameBytes }) => nameBytes.length));
  const data = largest(variables.map((variable) => variable.data.length));
  const refuses = "XCP-ng 8.2 (uefistored) refuses";
  if (variables.length > MAX_VAR_COUNT)
    fails.push(`${refuses} ${variables.length} variables, it takes ${MAX_VAR_COUNT}`);
  if (names > NAME_LIMIT) fails.push(`${refuses} a name of ${names} bytes, it takes ${NAME_LIMIT}`);
  if (data > DATA_LIMIT) fails.push(`${refuses} a variable of ${data} bytes, it takes ${DATA_LIMIT}`);
  return fails;
}
