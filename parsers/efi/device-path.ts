/**
 * EFI_DEVICE_PATH_PROTOCOL (UEFI 2.10 §10.2), read leniently: nodes with their spans, and the first thing that is
 * wrong. Each node is UINT8 type, UINT8 subtype, UINT16 length (these four bytes included), then its own data.
 */
import { viewOf } from "../bytes.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Span } from "../model.ts";

const NODE_HEADER_BYTES = 4;
const END_TYPE = 0x7f;
const END_ENTIRE = 0xff;

export interface DevicePathNode {
  /** In the bytes that the path was read from, header included. */
  readonly span: Span;
  readonly type: number;
  readonly subType: number;
  /** Behind the header. */
  readonly data: Uint8Array;
}

export interface DevicePathFault {
  readonly code: "node-cut" | "node-too-short" | "node-past-end" | "end-missing" | "too-many-nodes";
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
}

export interface DevicePath {
  /** Without the node that ends the path; an end of one instance (UEFI 2.10 §10.3.1) is kept. */
  readonly nodes: readonly DevicePathNode[];
  /** In the bytes that it was read from, up to behind its end node. */
  readonly span: Span;
  readonly fault: DevicePathFault | null;
}

/**
 * Reads the path at `start` of `bytes`, which may end before `end`. Never throws: each node takes at least its four
 * bytes, and their number is limited.
 */
export function readDevicePath(bytes: Uint8Array, start: number, end: number): DevicePath {
  const view = viewOf(bytes);
  const nodes: DevicePathNode[] = [];
  let offset = start;
  while (offset < end) {
    const fault = faultBefore(view, offset, end, nodes.length);
    if (fault !== null) return { nodes, span: { start, end: offset }, fault };
    const node = readNode(bytes, view, offset);
    offset = node.span.end;
    if (endsPath(node.type, node.subType)) return { nodes, span: { start, end: offset }, fault: null };
    nodes.push(node);
  }
  const fault: DevicePathFault = {
    code: "end-missing",
    offset,
    expected: "a node that ends the device path",
    found: "the end of the data",
  };
  return { nodes, span: { start, end: offset }, fault };
}

function endsPath(type: number, subType: number): boolean {
  return type === END_TYPE && subType === END_ENTIRE;
}

/** True for the node between two instances of a multi-instance path, such as the consoles of ConOut. */
export function endsInstance({ type }: DevicePathNode): boolean {
  return type === END_TYPE;
}

/** What leaves no node to read at `offset`; null where there is one. */
function faultBefore(view: DataView, offset: number, end: number, count: number): DevicePathFault | null {
  const left = end - offset;
  if (left < NODE_HEADER_BYTES) {
    const expected = `${NODE_HEADER_BYTES} bytes of header`;
    return { code: "node-cut", offset, expected, found: `${left} bytes` };
  }
  const length = view.getUint16(offset + 2, true);
  if (length < NODE_HEADER_BYTES || length > left) return wrongLength(offset, length, left);
  const { maxDevicePathNodes } = PARSER_LIMITS;
  if (count < maxDevicePathNodes || endsPath(view.getUint8(offset), view.getUint8(offset + 1))) return null;
  return {
    code: "too-many-nodes",
    offset,
    expected: `at most ${maxDevicePathNodes} nodes`,
    found: "one more",
  };
}

function wrongLength(offset: number, length: number, left: number): DevicePathFault {
  const found = `a node length of ${length}`;
  return length < NODE_HEADER_BYTES
    ? { code: "node-too-short", offset, expected: `a length of at least ${NODE_HEADER_BYTES}`, found }
    : { code: "node-past-end", offset, expected: `a length of at most the ${left} bytes left`, found };
}

function readNode(bytes: Uint8Array, view: DataView, offset: number): DevicePathNode {
  const end = offset + view.getUint16(offset + 2, true);
  return {
    span: { start: offset, end },
    type: view.getUint8(offset),
    subType: view.getUint8(offset + 1),
    data: bytes.subarray(offset + NODE_HEADER_BYTES, end),
  };
}
