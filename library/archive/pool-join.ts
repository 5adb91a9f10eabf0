/**
 * Members of one archive together: a VM's record with Secure Boot `auto` in one of them, and in another the record of the
 * pool, whose certificates decide what that comes to.
 */
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { dependsOnPool, withPoolCertificates } from "../../parsers/records/secure-boot.ts";
import type { Element } from "../judge/element.ts";

/**
 * The same elements. Those that the pool decides come when all were seen, before the archive itself; up to a limit, beyond
 * which they come as they are: then it is not known.
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

/** Null where the pool decides nothing. */
function bytesThatWait({ dump }: Element): number | null {
  const { vms = [] } = dump ?? {};
  if (!vms.some(dependsOnPool)) return null;
  return vms.reduce((sum, { nvram }) => sum + (nvram?.bytes?.length ?? 0), 0);
}

/** Pools that differ decide nothing: which of them the VM belongs to nobody knows. */
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
