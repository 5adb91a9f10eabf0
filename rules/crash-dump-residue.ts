import { usedBytes } from "../daemon/space.ts";
import { EFI_GLOBAL_VARIABLE, guidNamed } from "../parsers/guids.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { EfiVariable } from "../parsers/model.ts";
import type { BlobRule } from "./engine/rule.ts";

const { TOTAL_LIMIT } = VARSTORED_LIMITS;
const LINUX_PSTORE = guidNamed("LINUX_PSTORE");
const PSTORE_NAME = /^dump-type\d+-/;
const HARDWARE_ERROR_NAME = /^HwErrRec[0-9A-F]{4}$/;
/** Of the total, from where on dumps take room that keys and updates need. */
const LOUD_PERCENT = 25;

export const crashDumpResidue: BlobRule = {
  meta: {
    id: "crash-dump-residue",
    title: "Crash dumps of the guest are left in the NVRAM",
    severity: "info",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for variables in which Linux keeps the log of a crash (dump-type0-…), and for hardware error records (HwErrRec####).",
      why: "The kernel writes a crash into some dozens of variables and leaves it there until something in the guest fetches and deletes it. All variables share 131072 bytes: once they are full, the daemon answers that it is out of resources, and updates of dbx, of boot entries and of machine owner keys fail. This is the usual cause of a full NVRAM with Linux guests.",
      repair:
        "None is applied: the dumps may be wanted. In the guest, systemd-pstore or deleting the files below /sys/fs/pstore clears them; on the host, varstore-rm with the GUID and name that inspect shows.",
      references: [
        "Linux drivers/firmware/efi/efi-pstore.c",
        "UEFI 2.10 appendix P (HwErrRec####)",
        "varstored handler.c, get_space_usage",
      ],
    },
  },
  message: ({ dumps, bytes, total, percent }) =>
    `${dumps} variables hold crash dumps or hardware error records: ${bytes} of ${total} bytes (${percent} %).`,
  on: "blob",
  *detect({ variables }) {
    const dumps = variables.filter(isDump);
    if (dumps.length === 0) return;
    const bytes = usedBytes(dumps);
    const isLoud = bytes * 100 > TOTAL_LIMIT * LOUD_PERCENT;
    yield {
      path: "",
      span: null,
      facts: {
        dumps: dumps.length,
        bytes,
        total: TOTAL_LIMIT,
        percent: Math.round((100 * bytes) / TOTAL_LIMIT),
      },
      severity: isLoud ? "warning" : "info",
      ...(isLoud
        ? {
            repair: {
              applicability: "manual",
              title: "Clear the dumps in the guest: fetch and delete the files below /sys/fs/pstore",
              patches: [],
            },
          }
        : {}),
    };
  },
};

function isDump({ name, vendorGuid }: EfiVariable): boolean {
  if (vendorGuid === LINUX_PSTORE) return PSTORE_NAME.test(name);
  return vendorGuid === EFI_GLOBAL_VARIABLE && HARDWARE_ERROR_NAME.test(name);
}
