/**
 * Joins members of one archive: the record of a VM with Secure Boot `auto`, and the record of its pool, whose certificates decide
 * whether `auto` means on or off.
 */
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { dependsOnPool, withPoolCertificates } from "../../parsers/records/secure-boot.ts";
import type { Element } from "../judge/element.ts";

/**
 * The same elements. Those that need the pool's record are held back until all members were read, and come before the archive
 * itself. Above a limit they come as they are, with Secure Boot not known.
 */
export async function* joinedWithPool(
  elements: AsyncIterable<Element>,
): AsyncGenerator<Element, void, undefined> {
  const waiting: Element[] = [];
  let waitingBytes = 0;
  const answers = new Set<boolean>();
  for await (const element of elements) {
    const { poolHasCertificates } = element.dump ?? {};
    if (poolHasCertificates !== undefined) answers.add(poolHasCertificates);
    const bytes = bytesThatWait(element);
    const waits = bytes !== null && waitingBytes + bytes <= PARSER_LIMITS.maxWaitingRecordBytes;
    if (waits) {
      waiting.push(element);
      waitingBytes += bytes;
      continue;
    }
    // The archive itself, and its hosts.
    if (element.order === 0) yield* decided(waiting.splice(0), answers);
    yield element;
  }
  yield* decided(waiting, answers);
}

/** Bytes of NVRAM in an element that is held back; null for an element that needs no pool. */
function bytesThatWait({ dump }: Element): number | null {
  const { vms = [] } = dump ?? {};
  if (!vms.some(dependsOnPool)) return null;
  return vms.reduce((sum, { nvram }) => sum + (nvram?.bytes?.length ?? 0), 0);
}

/** The elements with Secure Boot decided by the pool. Where pools differ it stays unknown, because nobody knows which pool the VM belongs to. */
function* decided(
  elements: readonly Element[],
  answers: ReadonlySet<boolean>,
): Generator<Element, void, undefined> {
  const [answer = null] = answers;
  const hasCertificates = answers.size === 1 ? answer : null;
  for (const element of elements) {
    const { dump } = element;
    yield dump === null
      ? element
      : {
          ...element,
          dump: { ...dump, vms: dump.vms.map((vm) => withPoolCertificates(vm, hasCertificates)) },
        };
  }
}
