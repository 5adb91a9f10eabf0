/** JSON Schema of what a report says of hosts and archives. */
import { array, count, flag, object, oneOf, orNull, type Schema, text } from "./common.ts";

const TIME = "host's own time, YYYY-MM-DDThh:mm:ss; without the year where that is not known";
const YEAR_FROM = orNull(
  oneOf(
    ["line", "report-name", "rotated-file-name", "known-release"],
    "from what the year follows; null when it is not known",
  ),
);
const PACKAGE = object({ name: text(), version: text("version and release"), arch: orNull(text()) });
const TRANSACTION = object({
  action: oneOf(["installed", "updated", "erased"]),
  name: text(),
  version: text("version and release; empty where yum does not tell it"),
  time: text(TIME),
  year: orNull(count()),
  yearFrom: YEAR_FROM,
  file: text("inside the input; empty for the input itself"),
  line: count("from 1"),
});
const FAILED_START = object({
  time: orNull(text(TIME)),
  cause: oneOf([
    "nvram-refused",
    "xapi-did-not-answer",
    "keys-not-planted",
    "auth-file-refused",
    "secure-boot-refused",
    "other-emulator",
    "timed-out",
    "unexplained",
  ]),
  uuid: orNull(text("of the VM; null when the logs do not tell it")),
  nameLabel: orNull(text("of the VM; null when the logs do not tell it")),
  domid: orNull(count()),
  emulator: orNull(text()),
  messages: array(text()),
  file: text(),
  line: count("from 1"),
});

const CLONE_FAILURE = object({
  time: orNull(text(TIME)),
  uuid: orNull(text("of the clone; null when the logs do not tell it")),
  exitCode: count("of varstore-rm; 127 where the program is missing"),
  file: text(),
  line: count("from 1"),
});

const UNKNOWN_LINE = object({
  file: text(),
  line: count("from 1, of the first that says so"),
  time: orNull(text(TIME)),
  domid: orNull(count()),
  message: text(),
  times: count("how many lines say so, but for numbers in them"),
  isError: flag("true where its words are those of an error"),
});

const GUEST_EVENT = object({
  id: count("number of the event"),
  line: count("from 1"),
  variable: orNull(text("that could not be written, as the message says")),
  error: orNull(text()),
});

export const HOST: Schema = object(
  {
    files: array(text(), "what was read"),
    reportedAt: orNull(text("when the bug report was made, by its name")),
    packages: orNull(array(PACKAGE, "those of varstored; null without a list of packages")),
    transactions: orNull(array(TRANSACTION, "those of varstored; null without yum's log")),
    varstored: object({
      installed: orNull(text("version and release")),
      installedFrom: orNull(oneOf(["package-list", "yum-log"])),
      faulty: orNull(flag("null when nothing tells what is installed")),
      faultyPeriods: array(
        object({
          version: text(),
          from: text(TIME),
          to: orNull(text("null when nothing replaced it, as far as the log goes")),
          yearFrom: YEAR_FROM,
        }),
      ),
    }),
    failedStarts: orNull(array(FAILED_START, "null without a log of daemons")),
    cloneFailures: orNull(array(CLONE_FAILURE, "null without a log of daemons")),
    unknownLines: orNull(
      array(UNKNOWN_LINE, "of varstored, that varscope does not know; null without a log of daemons"),
    ),
    moreUnknownLines: count("lines that are not among those"),
    guestEvents: orNull(array(GUEST_EVENT, "of a Windows guest; null without any")),
    dropped: count("events that were too many to be kept"),
  },
  "only where the input tells of a host",
);

export const ARCHIVE: Schema = object(
  {
    members: count(),
    dumps: count("told as elements of their own"),
    unclaimed: count("that no format claims, files of hosts included"),
    links: count(),
    special: count("devices and pipes"),
    encrypted: count(),
    duplicates: count("of a name that came before"),
    unreadable: count("damaged, or packed in an unusual way"),
  },
  "only where the input is an archive of others",
);
