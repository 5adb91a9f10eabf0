import { judgeLoad } from "../daemon/varstored-loader.ts";
import { equalBytes } from "../parsers/bytes.ts";
import type { Nvram, VmSource } from "../parsers/model.ts";
import type { NvramRule } from "./engine/rule.ts";

const METADATA_COPY = "snapshot_metadata.NVRAM";

export const nvramCopiesDiffer: NvramRule = {
  meta: {
    id: "nvram-copies-differ",
    title: "The two NVRAM copies of a snapshot differ",
    severity: "info",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Compares the NVRAM of a snapshot with the second copy in its snapshot_metadata.",
      why: "Reverting to the snapshot restores the copy in snapshot_metadata; making a VM from the snapshot uses the NVRAM itself. Where only one of them is good, one of the two ways gives a VM that does not start, and a repair of the other copy changes nothing about that. XAPI has no call that writes snapshot_metadata.",
      repair:
        "None is applied here; each copy has findings and a repair of its own. Where the copy in snapshot_metadata is the bad one: revert, then restore the repaired NVRAM before the first start.",
      notAFault:
        "Both copies are made in the same moment; they differ only where somebody wrote one of them later.",
      references: [
        "xapi ocaml/xapi/xapi_vm_snapshot.ml, revert_vm_fields",
        "xapi ocaml/xapi/xapi_vm_clone.ml, copy_vm_record",
        "xapi ocaml/xapi/helpers.ml, vm_to_string",
      ],
    },
  },
  message: ({ ownBytes, metadataBytes, ownLoads, metadataLoads }) =>
    `The snapshot has two NVRAMs, and they differ. A new VM gets its own (${ownBytes} bytes, ${ownLoads ? "loads" : "is refused"}); a revert restores the one in snapshot_metadata (${metadataBytes} bytes, ${metadataLoads ? "loads" : "is refused"}).`,
  on: "nvram",
  *detect(nvram, { vm, siblings, load }) {
    const metadata = metadataCopyOf(vm, siblings);
    if (metadata === null || load === null || !differ(nvram, metadata)) return;
    const metadataLoads = metadata.daemonBytes !== null && judgeLoad(metadata.daemonBytes).loads;
    const facts = {
      ownBytes: nvram.bytes?.length ?? 0,
      metadataBytes: metadata.bytes?.length ?? 0,
      ownLoads: load.loads,
      metadataLoads,
    };
    const severity = load.loads === metadataLoads ? "info" : "warning";
    yield { path: "", span: null, facts, severity };
  },
};

/** The second copy of a snapshot's record, where `vm` is the first; null for the second itself, so that a pair gives one finding. */
function metadataCopyOf(vm: VmSource, siblings: readonly VmSource[]): Nvram | null {
  if (!vm.source.endsWith("NVRAM") || vm.source.endsWith(METADATA_COPY)) return null;
  const source = vm.source.slice(0, -"NVRAM".length) + METADATA_COPY;
  const found = siblings.filter((sibling) => sibling.source === source);
  // The same record twice in one input leaves open which copies belong together.
  return found.length === 1 ? (found[0]?.nvram ?? null) : null;
}

function isNotKnown({ state }: Nvram): boolean {
  return state === "redacted" || state === "not-in-record";
}

function differ(a: Nvram, b: Nvram): boolean {
  if (isNotKnown(a) || isNotKnown(b)) return false;
  const empty = new Uint8Array(0);
  return a.state !== b.state || !equalBytes(a.bytes ?? empty, b.bytes ?? empty);
}
