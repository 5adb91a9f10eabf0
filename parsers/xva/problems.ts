import { PARSER_LIMITS } from "../limits.ts";

/** What may be wrong with an export. Stable: scripts may name them. */
export type XvaProblemCode =
  | "no-ova-xml"
  | "ova-xml-not-first"
  | "ova-xml-unreadable"
  | "bad-header"
  | "member-too-large"
  | "unexpected-member"
  | "checksum-missing"
  | "checksum-mismatch"
  | "checksum-without-block"
  | "checksum-table-missing"
  | "checksum-table-unreadable"
  | "block-order"
  | "block-length"
  | "first-block-missing"
  | "last-block-missing"
  | "block-after-end"
  | "disk-order"
  | "disk-unknown"
  | "disk-missing"
  | "end-missing"
  | "trailing-data"
  | "truncated"
  | "unreadable";

export interface XvaProblem {
  readonly code: XvaProblemCode;
  /** Name of the member as the archive has it: nothing that may reach a terminal as it is. */
  readonly member: string | null;
  /** Byte of the (decompressed) archive. */
  readonly offset: number | null;
  readonly message: string;
}

/** The first problems one by one, all of them counted. */
export class ProblemList {
  readonly listed: XvaProblem[] = [];
  count = 0;

  add(problem: XvaProblem): void {
    this.count++;
    if (this.listed.length < PARSER_LIMITS.maxXvaProblems) this.listed.push(problem);
  }
}
