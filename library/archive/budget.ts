/** Counts members and bytes of an archive and of all archives inside it, against their limits. */
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";

type Limits = Pick<typeof PARSER_LIMITS, "maxArchiveMembers" | "maxArchiveBytes" | "maxArchiveDumps">;

export class ArchiveBudget {
  private readonly limits: Readonly<Record<keyof Limits, number>>;
  private members = 0;
  private bytes = 0;
  private dumps = 0;

  constructor(limits: Readonly<Record<keyof Limits, number>> = PARSER_LIMITS) {
    this.limits = limits;
  }

  /** This and the next two methods throw ParseError `over-limit` above their limit. */
  countMember(): void {
    this.members++;
    if (this.members > this.limits.maxArchiveMembers)
      throw tooMuch(`${this.limits.maxArchiveMembers} members`);
  }

  countBytes(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.limits.maxArchiveBytes)
      throw tooMuch(`${this.limits.maxArchiveBytes} bytes, decompressed`);
  }

  countDump(): void {
    this.dumps++;
    if (this.dumps > this.limits.maxArchiveDumps) throw tooMuch(`${this.limits.maxArchiveDumps} dumps`);
  }
}

function tooMuch(limit: string): ParseError {
  return new ParseError({
    code: "over-limit",
    expected: `an archive of up to ${limit}, those inside it included`,
    found: "more",
    next: "If you trust the archive, unpack it and analyze the folder.",
  });
}
