import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import { failedVms, startFacts } from "./engine/host-starts.ts";
import type { HostRule } from "./engine/rule.ts";

const MESSAGE = /'([^']*)'(?: is too large: (\d+))?/;

export const varstoredRefusedAuthFile: HostRule = {
  meta: {
    id: "varstored-refused-auth-file",
    title: "No UEFI VM of the host starts because of one of varstored's own .auth files",
    severity: "error",
    breaks: "start",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks in a host's logs for varstored saying that a .auth file of the host is too large, or cannot be read.",
      why: "varstored reads PK.auth, KEK.auth, db.auth and dbx.auth before it asks for the NVRAM of a VM. A file of more than 57344 bytes, its header and signature included, ends it: no UEFI VM of that host starts, whatever its NVRAM holds, until the file is replaced.",
      repair:
        "By hand: look at the sizes (ls -lL /var/lib/varstored /usr/share/varstored), set the pool's certificates anew (secureboot-certs clear, or install with smaller files) and install the package varstored again where its own file is the large one. The NVRAMs need no repair.",
      references: ["varstored handler.c, load_one_auth_data", "varstored varstored.c, main"],
    },
  },
  message: ({ file, size, starts, vms, unknownVms }) =>
    `varstored ended because of ${file}${size === null ? ", which it could not read" : ` of ${size} bytes (it takes ${VARSTORED_LIMITS.DATA_LIMIT})`}, at the start ${failedVms(starts, vms, unknownVms)}: no UEFI VM of this host starts before that file is replaced; the NVRAMs are not the cause.`,
  on: "host",
  *detect({ failedStarts }) {
    const failed = (failedStarts ?? []).filter(({ cause }) => cause === "auth-file-refused");
    if (failed.length === 0) return;
    const [, file, size] =
      failed
        .flatMap(({ messages }) => messages)
        .map((text) => MESSAGE.exec(text))
        .find((match) => match !== null) ?? [];
    yield {
      path: "failedStarts",
      span: null,
      facts: {
        file: file ?? "one of its .auth files",
        size: size === undefined ? null : Number(size),
        ...startFacts(failed),
      },
      repair: {
        applicability: "manual",
        title:
          "Replace that file: secureboot-certs clear (or install with smaller files); where it belongs to the package, install varstored again",
        patches: [],
      },
    };
  },
};
